import { classIndex, type Dataset, UserError } from '@sdnet/training';

/**
 * The data set with a network's classes instead of its own, matched by name (see `classIndex`), whatever their number
 * and order. Classes that the data set does not have get no images. Soft targets are left out.
 *
 * Samples of classes that the network does not know have the label -1; throws a `UserError` naming them where any is
 * at `indices`.
 */
export function withClassesOf(
  dataset: Dataset,
  indices: readonly number[],
  classNames: readonly string[],
): Dataset {
  const labels = dataset.classNames.map(classIndex(classNames));
  const unknown = new Map<string, number>();
  for (const index of indices) {
    const { label } = dataset.samples[index]!;
    const name = dataset.classNames[label]!;
    if (labels[label]! < 0) unknown.set(name, (unknown.get(name) ?? 0) + 1);
  }
  if (unknown.size > 0) {
    const found = [...unknown].map(([name, count]) => `${name} (${count})`);
    const isNumbered = [...unknown.keys()].every((name) => /^\d+$/.test(name));
    const advice = isNumbered
      ? 'Say what the numbers mean by --class-names, from the lowest on.'
      : 'Leave them out, or choose weights that were trained on them.';
    throw new UserError(
      `The data set ${dataset.name} has images of classes that the network does not know: ${found.join(', ')}. It knows ` +
        `${classNames.join(', ')}. ${advice}`,
    );
  }
  return {
    ...dataset,
    classNames,
    samples: dataset.samples.map(({ distribution: _, label, ...sample }) => ({
      ...sample,
      label: labels[label]!,
    })),
  };
}
