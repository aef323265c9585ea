import { createHash } from 'node:crypto';
import { type Dataset, imageOf } from '@sdnet/training';

/** Those of `indices` whose pixels are not byte-equal to an image's of `trained`. */
export function withoutTrainingCopies(
  dataset: Dataset,
  indices: readonly number[],
  trained: readonly number[],
): number[] {
  const digest = (index: number) =>
    createHash('sha256').update(imageOf(dataset, index).pixels).digest('base64');
  const known = new Set(trained.map(digest));
  return indices.filter((index) => !known.has(digest(index)));
}
