import type { Dataset, Sample } from '@sdnet/training';

/** The images at `indices`, each with its new sample, as a data set of its own. */
export function selectImages(
  dataset: Dataset,
  chosen: readonly { readonly index: number; readonly sample: Sample }[],
): Dataset {
  const stride = dataset.width * dataset.height * dataset.channels;
  const pixels = new Uint8Array(chosen.length * stride);
  for (const [position, { index }] of chosen.entries()) {
    pixels.set(dataset.pixels.subarray(index * stride, (index + 1) * stride), position * stride);
  }
  return { ...dataset, pixels, samples: chosen.map(({ sample }) => sample) };
}

/** The images of the classes `classNames`, which are then the only ones. */
export function selectClasses(dataset: Dataset, classNames: readonly string[]): Dataset {
  const chosen = dataset.samples.flatMap((sample, index) => {
    const label = classNames.indexOf(dataset.classNames[sample.label]!);
    return label < 0 ? [] : [{ index, sample: { ...sample, label } }];
  });
  return { ...selectImages(dataset, chosen), classNames };
}
