import type { RawImage } from 'sdnet';
import { loadDrawingSharp } from './encode-picture.js';

/** An image as a PNG's content, as it is. */
export async function encodePng({ width, height, channels, pixels }: RawImage): Promise<Buffer> {
  const sharp = await loadDrawingSharp();
  return sharp(pixels, { raw: { width, height, channels } })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .png()
    .toBuffer();
}
