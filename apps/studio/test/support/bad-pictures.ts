import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import sharp from 'sharp';

/** A file as a page's file input is given it. */
export interface GivenFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

const portrait = resolve(import.meta.dirname, '../../../../samples/portrait.jpg');

/** A PNG's header that says 30,000×30,000 pixels, and nothing behind it. */
function hugePng(): Buffer {
  const bytes = Buffer.alloc(33);
  bytes.write('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1');
  bytes.writeUInt32BE(30_000, 16);
  bytes.writeUInt32BE(30_000, 20);
  bytes.set([8, 2], 24);
  return bytes;
}

/** What is no picture, and what the page says of it. */
export const badPictures: readonly (readonly [GivenFile, RegExp])[] = [
  [
    { name: 'text.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('This is no photo.') },
    /cannot be read as a picture/,
  ],
  [{ name: 'empty.png', mimeType: 'image/png', buffer: Buffer.alloc(0) }, /This file is empty/],
  [
    { name: 'cut.jpg', mimeType: 'image/jpeg', buffer: readFileSync(portrait).subarray(0, 20_000) },
    /cannot be read as a picture/,
  ],
  [{ name: 'huge.png', mimeType: 'image/png', buffer: hugePng() }, /too large: 64 megapixels/],
];

/** Grey, with nothing in it. */
export const withoutFaces = async (): Promise<GivenFile> => ({
  name: 'grey.png',
  mimeType: 'image/png',
  buffer: await sharp({ create: { width: 300, height: 200, channels: 3, background: '#888' } })
    .png()
    .toBuffer(),
});

/** The portrait's head, 96×96 pixels, two hundred times. */
export async function twoHundredFaces(): Promise<GivenFile> {
  const head = await sharp(portrait)
    .extract({ left: 104, top: 4, width: 240, height: 240 })
    .resize(96)
    .toBuffer();
  const places = Array.from({ length: 200 }, (_, index) => ({
    input: head,
    left: 96 * (index % 20),
    top: 96 * Math.floor(index / 20),
  }));
  const buffer = await sharp({ create: { width: 1920, height: 960, channels: 3, background: '#888' } })
    .composite(places)
    .jpeg()
    .toBuffer();
  return { name: 'crowd.jpg', mimeType: 'image/jpeg', buffer };
}
