import { type Preprocessing, toPlanes, UserError } from 'sdnet';
import type { Dataset } from './dataset.js';
import { imageOf } from './image-of.js';

/**
 * Mean and (population) deviation of all pixels of the images at `indices`, in units of [0, 1], as a network of
 * `channels` sees them: of the luma where a colour data set meets a grey network. One pair for all channels.
 *
 * Throws `UserError` where there are no images, or all their pixels are equal.
 */
export function pixelStatistics(
  dataset: Dataset,
  indices: readonly number[],
  channels: 1 | 3 = dataset.channels,
): Pick<Preprocessing, 'mean' | 'deviation'> {
  // Counting levels is exact, whatever the number of images.
  const counts = new Float64Array(256);
  for (const index of indices) {
    for (const plane of toPlanes(imageOf(dataset, index), channels)) {
      for (let pixel = 0; pixel < plane.length; pixel++) counts[plane[pixel]!]!++;
    }
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) throw new UserError(`${dataset.name}: no images to take the mean and deviation of.`);
  const mean = counts.reduce((sum, count, level) => sum + count * level, 0) / total;
  const variance = counts.reduce((sum, count, level) => sum + count * (level - mean) ** 2, 0) / total;
  if (variance === 0) {
    throw new UserError(
      `${dataset.name}: every pixel of its ${indices.length} image(s) is ${mean}, so there is nothing to learn. Look at the image files.`,
    );
  }
  return { mean: mean / 255, deviation: Math.sqrt(variance) / 255 };
}
