import { loadDataset, requireSplit } from '@sdnet/lab';

/** The grey crops of a split of FER2013, and their labels: `cropOf(0 … count − 1)` gives 48×48 pixels. */
export async function faceCrops(data, split) {
  const { samples, pixels, classNames, width, height } = await loadDataset({ dataset: 'fer2013', data });
  const indices = requireSplit({ samples }, split);
  const area = width * height;
  return {
    count: indices.length,
    classNames,
    cropOf: (index) => pixels.subarray(indices[index] * area, (indices[index] + 1) * area),
    labelOf: (index) => samples[indices[index]].label,
  };
}
