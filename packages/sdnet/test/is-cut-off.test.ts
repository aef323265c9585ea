import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { isCutOff } from '../src/browser/is-cut-off.js';

const portrait = readFileSync(new URL('../../../samples/portrait.jpg', import.meta.url));
const small = () => sharp(portrait).resize(96);

/** A segment of metadata with the end of another JPEG in it. */
const withPreview = (jpeg: Buffer): Buffer =>
  Buffer.concat([
    jpeg.subarray(0, 2),
    Buffer.from([0xff, 0xe1, 0, 12, 0xff, 0xd8, 1, 2, 3, 4, 0xff, 0xd9, 0, 0]),
    jpeg.subarray(2),
  ]);

describe('isCutOff', () => {
  it.each([
    ['JPEG', () => small().jpeg().toBuffer()],
    ['progressive JPEG', () => small().jpeg({ progressive: true }).toBuffer()],
    ['JPEG with a preview', async () => withPreview(await small().jpeg().toBuffer())],
    ['PNG', () => small().png().toBuffer()],
    ['GIF', () => small().gif().toBuffer()],
    ['WebP', () => small().webp().toBuffer()],
    ['AVIF', () => small().avif().toBuffer()],
  ])('knows a %s that ends before its picture does, wherever it is cut', async (_, encode) => {
    const file = new Uint8Array(await encode());
    expect(isCutOff(file)).toBe(false);
    // What follows a picture does not matter.
    expect(isCutOff(new Uint8Array([...file, 0, 0, 0]))).toBe(false);
    for (const part of [0.1, 0.3, 0.5, 0.8, 0.95]) {
      const cut = file.subarray(0, Math.floor(part * file.length));
      expect({ part, isCutOff: isCutOff(cut) }).toEqual({ part, isCutOff: true });
    }
    expect(isCutOff(file.subarray(0, file.length - 5))).toBe(true);
  });

  it('says nothing of what it does not know', () => {
    for (const bytes of [[], [1, 2, 3], [...new TextEncoder().encode('This is no photo.')]])
      expect(isCutOff(new Uint8Array(bytes))).toBe(false);
  });
});
