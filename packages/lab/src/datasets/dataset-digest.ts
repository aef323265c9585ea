import { createHash } from 'node:crypto';
import type { Dataset } from '@sdnet/training';

/** SHA-256, in hexadecimal, of the images at `indices`: order, pixels, labels and distributions. */
export function datasetDigest(dataset: Dataset, indices: readonly number[]): string {
  const stride = dataset.height * dataset.width * dataset.channels;
  const hash = createHash('sha256');
  for (const index of indices) {
    const { label, distribution = [] } = dataset.samples[index]!;
    hash.update(JSON.stringify([label, distribution]));
    hash.update(dataset.pixels.subarray(index * stride, (index + 1) * stride));
  }
  return hash.digest('hex');
}
