import { createHash } from 'node:crypto';
import { type Dataset, samplesOfSplit } from './datasets/dataset.js';
import { imageOf } from './image-of.js';

/** Those of `indices` whose pixels are not byte-equal to a training image's. */
export function withoutTrainingCopies(dataset: Dataset, indices: readonly number[]): number[] {
  const digest = (index: number) =>
    createHash('sha256').update(imageOf(dataset, index).pixels).digest('base64');
  const trained = new Set(samplesOfSplit(dataset, 'train').map(digest));
  return indices.filter((index) => !trained.has(digest(index)));
}
