import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage, UserError } from 'sdnet';
import { writePng as png } from './support/write-png.js';
import { put, temporaryFolder } from '../../../../test/support/temporary-folder.js';

const bytes = (...values: number[]) => Uint8Array.from(values);

describe('decodeImage', () => {
  it('keeps a grey PNG at one channel, byte for byte', async () => {
    const image = await decodeImage(png(3, 2, 8, 0, [bytes(0, 128, 255), bytes(1, 2, 3)]));
    expect(image).toEqual({ width: 3, height: 2, channels: 1, pixels: bytes(0, 128, 255, 1, 2, 3) });
  });

  it('decodes colour as interleaved RGB', async () => {
    const image = await decodeImage(png(2, 1, 8, 2, [bytes(255, 0, 7, 1, 2, 3)]));
    expect(image).toEqual({ width: 2, height: 1, channels: 3, pixels: bytes(255, 0, 7, 1, 2, 3) });
  });

  it('reduces 16 bits to 8', async () => {
    const image = await decodeImage(png(3, 1, 16, 0, [bytes(0, 0, 0x80, 0x80, 0xff, 0xff)]));
    expect(image).toEqual({ width: 3, height: 1, channels: 1, pixels: bytes(0, 0x80, 0xff) });
  });

  it('lays transparency over white', async () => {
    const colour = await decodeImage(png(2, 1, 8, 6, [bytes(10, 20, 30, 0, 10, 20, 30, 255)]));
    expect(colour.pixels).toEqual(bytes(255, 255, 255, 10, 20, 30));
    const half = await decodeImage(png(1, 1, 8, 4, [bytes(100, 128)]));
    expect(half.channels).toBe(1);
    expect(Math.abs(half.pixels[0]! - (100 * 128 + 255 * 127) / 255)).toBeLessThanOrEqual(1);
  });

  it('applies the EXIF orientation', async () => {
    // Left half black, right half white; orientation 6 is shown turned clockwise by a quarter: black on top.
    const pixels = Buffer.alloc(32 * 16, 0).map((_, index) => (index % 32 < 16 ? 0 : 255));
    const plain = await sharp(pixels, { raw: { width: 32, height: 16, channels: 1 } })
      .toColourspace('b-w')
      .jpeg({ quality: 100 })
      .toBuffer();
    // One directory entry, big endian: tag 0x112, one short, 6.
    const entry = '0112' + '0003' + '00000001' + '00060000';
    const exif = Buffer.from(`457869660000${'4d4d002a00000008'}${'0001'}${entry}${'00000000'}`, 'hex');
    const segment = Buffer.from([0xff, 0xe1, 0, exif.length + 2]);
    const jpeg = Buffer.concat([plain.subarray(0, 2), segment, exif, plain.subarray(2)]);
    const image = await decodeImage(jpeg);
    expect([image.width, image.height, image.channels]).toEqual([16, 32, 1]);
    expect(image.pixels[8]).toBeLessThan(8);
    expect(image.pixels[31 * 16 + 8]).toBeGreaterThan(247);
  });

  it.each([2, 3, 4, 5, 6, 7, 8])(
    'turns a picture of orientation %d as the library does',
    async (orientation) => {
      // More and less than panels of 256, and just as wide.
      for (const [width, height] of [
        [600, 71],
        [256, 3],
        [7, 130],
      ] as const) {
        const pixels = Buffer.from(
          Array.from({ length: width * height * 3 }, (_, index) => (index * 37) % 251),
        );
        const picture = () =>
          sharp(pixels, { raw: { width, height, channels: 3 } }).withMetadata({ orientation });
        for (const file of [picture().png(), picture().jpeg(), picture().tiff(), picture().webp()]) {
          const bytes = await file.toBuffer();
          const expected = await sharp(bytes).autoOrient().raw().toBuffer({ resolveWithObject: true });
          const image = await decodeImage(bytes);
          expect([image.width, image.height]).toEqual([expected.info.width, expected.info.height]);
          expect(Buffer.compare(image.pixels, expected.data)).toBe(0);
        }
      }
    },
  );

  it('reads the file anew each time', async () => {
    const folder = temporaryFolder();
    const file = put(folder, 'a.png', png(1, 1, 8, 0, [bytes(1)]));
    expect((await decodeImage(file)).pixels).toEqual(bytes(1));
    put(folder, 'a.png', png(1, 1, 8, 0, [bytes(2)]));
    expect((await decodeImage(file)).pixels).toEqual(bytes(2));
  });
});

describe('decodeImage refuses', () => {
  const refusal = async (content: string | Uint8Array, path = 'picture.png') => {
    const file = put(temporaryFolder(), path, content);
    const error = await decodeImage(file).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    const { message } = error as UserError;
    expect(message).toContain(file);
    return message;
  };
  const noise = Buffer.from({ length: 64 * 64 * 3 }).map((_, index) => (index * 7919) >>> 3);
  const picture = () => sharp(noise, { raw: { width: 64, height: 64, channels: 3 } });

  it('40,000 × 40,000 pixels, by the header alone', async () => {
    const message = await refusal(png(40_000, 40_000, 8, 0, [bytes(0)]));
    expect(message).toMatch(/40000×40000 pixels .* 64 megapixels/);
  });

  it('one row of pixels more than the limit, but not the limit itself', async () => {
    expect(await refusal(png(8000, 8001, 1, 0, [bytes(0)]))).toMatch(/8000×8001/);
    const row = new Uint8Array(1000);
    const image = await decodeImage(png(8000, 8000, 1, 0, Array(8000).fill(row)));
    expect(image.pixels.length).toBe(64_000_000);
  });

  it('a JPEG or PNG that is cut off', async () => {
    const jpeg = await picture().jpeg().toBuffer();
    expect(await refusal(jpeg.subarray(0, jpeg.length * 0.6))).toMatch(/damaged or cut off/);
    expect(await refusal(jpeg.subarray(0, 30))).toMatch(/damaged or cut off/);
    const whole = await picture().png().toBuffer();
    expect(await refusal(whole.subarray(0, whole.length * 0.6))).toMatch(/damaged or cut off/);
  });

  it('a JPEG or PNG with damage inside', async () => {
    const jpeg = await picture().jpeg().toBuffer();
    const middle = jpeg.length >> 1;
    for (let index = middle; index < middle + 40; index++) jpeg[index] = 0xaa ^ index;
    expect(await refusal(jpeg)).toMatch(/damaged or cut off/);
    const whole = await picture().png().toBuffer();
    whole[whole.length >> 1]! ^= 1;
    expect(await refusal(whole)).toMatch(/damaged or cut off/);
  });

  it('but not the wrong scan parameters some phones write', async () => {
    const jpeg = await picture().jpeg().toBuffer();
    const expected = await decodeImage(jpeg);
    const scan = jpeg.indexOf(bytes(0xff, 0xda)) + 2;
    jpeg[scan + jpeg.readUInt16BE(scan) - 2] = 0;
    expect(await decodeImage(jpeg)).toEqual(expected);
    const short = jpeg.subarray(0, jpeg.length * 0.6);
    await expect(decodeImage(short, 'short.jpg')).rejects.toThrow(/short.jpg: the image is damaged/);
  });

  it('other formats that the library would read, such as SVG', async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8"/></svg>';
    expect(await refusal(svg, '004.jpeg')).toMatch(
      /004.jpeg: not an image that can be read \(it is an SVG drawing\). Expected PNG, JPEG, WebP, AVIF, GIF or TIFF/,
    );
    for (const format of ['png', 'jpeg', 'webp', 'avif', 'gif', 'tiff'] as const)
      expect(await decodeImage(await picture().toFormat(format).toBuffer())).toMatchObject({ width: 64 });
  });

  it('text called .png, an empty file, a folder and a missing file', async () => {
    expect(await refusal('This is no picture.\n')).toMatch(/not an image .* Expected PNG, JPEG/);
    expect(await refusal('')).toMatch(/the file is empty/);
    const folder = temporaryFolder();
    await expect(decodeImage(folder)).rejects.toThrow(`${folder}: is a folder`);
    await expect(decodeImage(`${folder}/none.png`)).rejects.toThrow(
      `${folder}/none.png: there is no such file`,
    );
  });
});
