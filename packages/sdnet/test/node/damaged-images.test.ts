import { random } from '@sdnet/autograd';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage, UserError } from 'sdnet';
import { fuzzCount, reportFuzz } from '../../../../test/support/fuzzing.js';

/** How many mutated images are decoded. */
const count = fuzzCount(400);

const side = 24;

/** Small pictures of every format, and of the ways its decoder can go. */
async function seeds(): Promise<Map<string, Buffer>> {
  const pixels = (channels: number) =>
    Buffer.from(
      Array.from(
        { length: side * side * channels },
        (_, index) => ((index * 37) ^ (Math.floor(index / (side * channels)) ** 2)) & 255,
      ),
    );
  const picture = (channels: 1 | 3 | 4 = 3) => {
    const image = sharp(pixels(channels), { raw: { width: side, height: side, channels } });
    return channels === 1 ? image.toColourspace('b-w') : image;
  };
  const profiled = await picture().withIccProfile('p3').toColourspace('rgb16').png().toBuffer();
  return new Map(
    Object.entries({
      'grey.png': await picture(1).png().toBuffer(),
      'alpha.png': await picture(4).png().toBuffer(),
      'profile16.png': profiled,
      'palette.png': await picture().png({ palette: true }).toBuffer(),
      'interlaced.png': await picture().png({ progressive: true }).toBuffer(),
      'rgb.jpg': await picture().jpeg().toBuffer(),
      'progressive.jpg': await picture().jpeg({ progressive: true }).toBuffer(),
      'grey.jpg': await picture(1).jpeg().toBuffer(),
      'lossy.webp': await picture().webp().toBuffer(),
      'lossless.webp': await picture(4).webp({ lossless: true }).toBuffer(),
      'rgb.avif': await picture().avif({ effort: 0 }).toBuffer(),
      'alpha.avif': await picture(4).avif({ effort: 0 }).toBuffer(),
      'few.gif': await picture().gif({ colours: 16 }).toBuffer(),
      'plain.tif': await picture().tiff({ compression: 'none' }).toBuffer(),
      'lzw.tif': await picture().tiff({ compression: 'lzw' }).toBuffer(),
      'deflate.tif': await picture(4)
        .tiff({ compression: 'deflate', tile: true, tileWidth: 16, tileHeight: 16 })
        .toBuffer(),
      'jpeg.tif': await picture().tiff({ compression: 'jpeg' }).toBuffer(),
    }),
  );
}

/** Decodes, and tells what became of it; anything but an image or a `UserError` fails the test. */
async function outcome(file: Buffer): Promise<'read' | 'refused'> {
  try {
    const { width, height, channels, pixels } = await decodeImage(file, 'file');
    expect(pixels.length).toBe(width * height * channels);
    return 'read';
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.message).toMatch(/^file: /);
    expect(error.message.length).toBeLessThan(1000);
    return 'refused';
  }
}

describe('damaged images', () => {
  it(`of ${count} mutated ones none breaks the decoder`, async () => {
    const files = [...(await seeds())];
    const tally = { read: 0, refused: 0 };
    for (let index = 0; index < count; index++) {
      const [, seed] = files[index % files.length]!;
      const draw = random(2026, index);
      const file = mutated(seed, draw);
      tally[await outcome(file)]++;
    }
    reportFuzz('images', tally);
    expect(tally.refused).toBeGreaterThan(count / 4);
  });

  it('are refused wherever they are cut off before the end of their pixels', async () => {
    for (const [name, file] of await seeds()) {
      // What follows the pixels: an end marker, a checksum, a directory of which the pixels do not depend.
      for (const part of [0.05, 0.2, 0.4, 0.6, 0.8, 0.9])
        expect(await outcome(file.subarray(0, Math.floor(file.length * part))), `${name} to ${part}`).toBe(
          'refused',
        );
    }
  });

  it('are refused where a PNG’s checksums do not hold', async () => {
    for (const [name, file] of await seeds()) {
      if (!name.endsWith('.png')) continue;
      const data = file.indexOf('IDAT') + 4;
      for (let at = data; at < data + 40; at += 3) {
        const hit = Buffer.from(file);
        hit[at]! ^= 0x10;
        expect(await outcome(hit), `${name} at ${at}`).toBe('refused');
      }
    }
  });
});

/** Bytes changed, a part cut out, doubled or overwritten, or the end cut off. */
function mutated(seed: Buffer, draw: ReturnType<typeof random>): Buffer {
  const below = (limit: number) => draw.integer(limit);
  const file = Buffer.from(seed);
  const at = below(file.length);
  const length = 1 + below(Math.min(64, file.length - at));
  switch (below(6)) {
    case 0:
      for (let change = 0; change <= below(8); change++) file[below(file.length)] = below(256);
      return file;
    case 1:
      file[at]! ^= 1 << below(8);
      return file;
    case 2:
      return Buffer.concat([file.subarray(0, at), file.subarray(at + length)]);
    case 3:
      return Buffer.concat([file.subarray(0, at + length), file.subarray(at)]);
    case 4:
      file.fill(below(2) * 255, at, at + length);
      return file;
    default:
      return file.subarray(0, at);
  }
}
