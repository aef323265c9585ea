import type { RawImage } from 'sdnet';
import type { Dataset } from './dataset.js';

/** Image `index` of a data set; its pixels are a view, not a copy. */
export function imageOf({ width, height, channels, pixels }: Dataset, index: number): RawImage {
  const stride = width * height * channels;
  return { width, height, channels, pixels: pixels.subarray(index * stride, (index + 1) * stride) };
}
