import type { RawImage } from 'sdnet';

/** Decoded pixels as a canvas takes them. */
export function rgbaOf({ width, height, channels, pixels }: RawImage): ImageData {
  const data = new ImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel++)
    for (let channel = 0; channel < 4; channel++)
      data.data[4 * pixel + channel] =
        channel < 3
          ? pixels[channels * pixel + (channels === 1 ? 0 : channel)]!
          : channels === 4
            ? pixels[4 * pixel + 3]!
            : 255;
  return data;
}
