import { type RawImage } from '../preprocess.js';
import type { PlacedMap } from './map-to-image.js';
import { viridis } from './viridis.js';

/**
 * Colours a map over an image: the image in grey with the map's colours (viridis: 0 dark violet, 1 yellow) laid over it
 * where the map covers it, and untouched elsewhere.
 *
 * @param opacity of the colours, 0 … 1; default 0.5
 * @returns the image as RGBA
 * @throws where the map reaches beyond the image, or the opacity is none
 */
export function overlay(
  image: RawImage,
  map: PlacedMap,
  { opacity = 0.5 }: { readonly opacity?: number } = {},
): RawImage & { readonly channels: 4; readonly pixels: Uint8ClampedArray<ArrayBuffer> } {
  const { width, height } = image;
  if (!(opacity >= 0 && opacity <= 1))
    throw new Error(`The opacity ${opacity} is none; a number from 0 to 1 is expected.`);
  if (map.x < 0 || map.y < 0 || map.x + map.width > width || map.y + map.height > height)
    throw new Error(
      `A map of ${map.width}×${map.height} at (${map.x}, ${map.y}) reaches beyond the image of ${width}×${height}.`,
    );
  const pixels = asRgba(image);
  for (let from = 0, row = 0; row < map.height; row++)
    for (let column = 0; column < map.width; column++, from++) {
      const value = map.values[from]!;
      if (Number.isNaN(value)) continue;
      const to = 4 * ((map.y + row) * width + map.x + column);
      const colour = 3 * Math.round(255 * Math.min(1, Math.max(0, value)));
      const luma = 0.299 * pixels[to]! + 0.587 * pixels[to + 1]! + 0.114 * pixels[to + 2]!;
      for (let channel = 0; channel < 3; channel++)
        pixels[to + channel] = luma + opacity * (viridis[colour + channel]! - luma);
    }
  return { width, height, channels: 4, pixels };
}

function asRgba({ width, height, channels, pixels }: RawImage): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(width * height * 4);
  if (pixels.length !== width * height * channels)
    throw new Error(
      `An image of ${width}×${height} pixels with ${channels} channel(s) needs ${width * height * channels} values, ` +
        `but there are ${pixels.length}.`,
    );
  for (let pixel = 0; pixel < width * height; pixel++)
    for (let channel = 0; channel < 4; channel++)
      rgba[4 * pixel + channel] =
        channel === 3
          ? channels === 4
            ? pixels[4 * pixel + 3]!
            : 255
          : pixels[channels * pixel + (channels === 1 ? 0 : channel)]!;
  return rgba;
}
