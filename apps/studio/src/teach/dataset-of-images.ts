import type { Dataset } from '@sdnet/training';
import { faceSize, type TaughtImage } from './taught-image.js';

/** The images of these classes as a data set, in an order that does not depend on that in which they are given. */
export function datasetOfImages(images: readonly TaughtImage[], classNames: readonly string[]): Dataset {
  const chosen = images
    .filter(({ className }) => classNames.includes(className))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const pixels = new Uint8Array(chosen.length * faceSize ** 2);
  for (const [index, image] of chosen.entries()) pixels.set(image.pixels, index * faceSize ** 2);
  return {
    name: 'studio',
    classNames,
    ...{ width: faceSize, height: faceSize, channels: 1, pixels },
    samples: chosen.map(({ id, className, take, split }) => ({
      source: id,
      label: classNames.indexOf(className),
      ...(take !== undefined && { sequence: take }),
      ...(split !== undefined && { split }),
    })),
  };
}
