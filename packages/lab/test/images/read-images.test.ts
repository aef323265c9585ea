import { UserError } from '@sdnet/training';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { SourceFile } from '../../src/files/source-file.js';
import { packedPixels } from '../../src/images/packed-pixels.js';
import { type ReadImagesOptions, readImages } from '../../src/images/read-images.js';
import { patternImage, plainImage } from '../support/draw-image.js';
import { refusal } from '../support/refusal.js';
import { put, temporaryFolder } from '../support/temporary-folder.js';

/** Reads the images, written to `0.png` and so on. */
function read(images: readonly (Buffer | string)[], options: Partial<ReadImagesOptions<SourceFile>> = {}) {
  const root = temporaryFolder();
  const files = images.map((image, index): SourceFile => {
    put(root, `${index}.png`, image);
    return { path: `${index}.png`, size: image.length, modified: 0 };
  });
  return readImages(root, files, { channels: 1, ...options });
}

describe('readImages', () => {
  const gradient = (width: number, height: number) =>
    patternImage(width, height, 1, (x, y) => (x * 251 + y * 31) % 256);

  it('keeps images of one size of at most 96×96 as they are', async () => {
    for (const [width, height] of [
      [48, 48],
      [96, 96],
      [30, 90],
    ] as const) {
      const packed = await read([await gradient(width, height), await plainImage(3, width, height)]);
      expect([packed.width, packed.height]).toEqual([width, height]);
      expect(packed.pixels.slice(0, width * height)).toEqual(
        Uint8Array.from(
          { length: width * height },
          (_, index) => ((index % width) * 251 + Math.floor(index / width) * 31) % 256,
        ),
      );
    }
  });

  it('brings larger ones, and those of several sizes, to 96×96', async () => {
    for (const sizes of [
      [[97, 20]],
      [
        [48, 48],
        [48, 47],
      ],
      [
        [200, 150],
        [96, 96],
        [10, 10],
      ],
    ] as const) {
      const packed = await read(
        await Promise.all(sizes.map(([width, height], index) => plainImage(index + 5, width, height))),
      );
      expect([packed.width, packed.height]).toEqual([96, 96]);
      for (const index of sizes.keys())
        expect(new Set(packed.pixels.subarray(index * 9216, (index + 1) * 9216))).toEqual(
          new Set([index + 5]),
        );
    }
  });

  it('reduces with antialiasing, to the nearest grey level', async () => {
    // Each new pixel sees two columns of each side and two of the next: stripes of 0 and 255 become grey.
    const stripes = await patternImage(192, 192, 1, (x) => (x % 2) * 255);
    const { pixels } = await read([stripes]);
    const row = pixels.subarray(40 * 96 + 2, 40 * 96 + 94);
    expect(Math.min(...row)).toBeGreaterThanOrEqual(127);
    expect(Math.max(...row)).toBeLessThanOrEqual(128);
  });

  it('packs grey as luma, and RGB with channels interleaved', async () => {
    const colours = await patternImage(3, 2, 3, (x, y, channel) => 100 * channel + 10 * y + x);
    const grey = await plainImage(9, 3, 2);
    const luma = await read([colours, grey]);
    // 0.299 · 0 + 0.587 · 100 + 0.114 · 200 = 81.5 + position
    expect([...luma.pixels]).toEqual([82, 83, 84, 92, 93, 94, ...Array(6).fill(9)]);
    const rgb = await read([colours, grey], { channels: 3 });
    expect([...rgb.pixels.subarray(0, 6)]).toEqual([0, 100, 200, 1, 101, 201]);
    expect([...rgb.pixels.subarray(18)]).toEqual(Array(18).fill(9));
    const large = await sharp(colours).resize(300, 200, { kernel: 'nearest' }).png().toBuffer();
    const reduced = await read([large], { channels: 3 });
    expect([...reduced.pixels.subarray(0, 3)]).toEqual([0, 100, 200]);
  });

  it('has many small images in hand at once, but of large ones no more than 64 megapixels', async () => {
    /** None is let go before `expected` are in hand, and then one for each that comes. */
    const mostAtOnce = async (image: Buffer, count: number, expected: number) => {
      let running = 0;
      let most = 0;
      const held: (() => void)[] = [];
      let arrived = 0;
      await read(Array<Buffer>(count).fill(image), {
        async prepare() {
          most = Math.max(most, ++running);
          const letGo = new Promise<void>((resolve) => held.push(resolve));
          if (++arrived >= expected) held.shift()!();
          if (arrived === count) for (const release of held) release();
          await letGo;
          running--;
          return { width: 1, height: 1, channels: 1, pixels: Uint8Array.of(0) };
        },
      });
      return most;
    };
    expect(await mostAtOnce(await plainImage(1, 4), 32, 16)).toBe(16);
    const large = sharp({ create: { width: 5000, height: 5000, channels: 3, background: '#fff' } });
    expect(await mostAtOnce(await large.toColourspace('b-w').png().toBuffer(), 5, 2)).toBe(2);
  });

  it('tells of each image that was mended, in order', async () => {
    const heard: string[] = [];
    const jpeg = await sharp(await plainImage(1, 4))
      .jpeg()
      .toBuffer();
    const strange = Buffer.concat([jpeg.subarray(0, 2), Buffer.of(1, 2), jpeg.subarray(2)]);
    await read([strange, jpeg, strange], { onWarning: (message) => heard.push(message) });
    expect(heard).toEqual([
      expect.stringMatching(/0.png: has 2 stray byte/),
      expect.stringMatching(/2.png: has 2 stray byte/),
    ]);
  });

  it('tells of each image that cannot be read, in order, and leaves it out', async () => {
    const heard: string[] = [];
    const done: number[] = [];
    const prepare: ReadImagesOptions<SourceFile>['prepare'] = (image, _file, name) => {
      if (image.width === 5) throw new UserError(`${name}: is 5 wide`);
      return image;
    };
    const { files, pixels } = await read(
      [await plainImage(1, 4), 'text', await plainImage(2, 5), await plainImage(3, 4)],
      { prepare, onUnreadable: (message) => heard.push(message), onProgress: (count) => done.push(count) },
    );
    expect(files.map(({ path }) => path)).toEqual(['0.png', '3.png']);
    expect([...pixels]).toEqual([...Array(16).fill(1), ...Array(16).fill(3)]);
    expect(heard).toEqual([
      expect.stringMatching(/1.png: not an image/),
      expect.stringMatching(/2.png: is 5 wide/),
    ]);
    expect(done).toEqual([1, 2, 3, 4]);
  });

  it('refuses the first image that cannot be read where nobody is told, and where none can', async () => {
    expect(await refusal(read([await plainImage(1, 4), 'text', '']))).toMatch(/1.png: not an image/);
    expect(await refusal(read(['text'], { onUnreadable: () => {} }))).toMatch(
      /none of its 1 image\(s\) can be read/,
    );
  });

  it('refuses more than a data set can hold, as soon as it is known', async () => {
    const image = await plainImage(1, 4);
    let prepared = 0;
    const pixels = { length: 2 ** 31 } as Uint8Array;
    const message = await refusal(
      read(Array<Buffer>(40).fill(image), {
        onUnreadable: () => {},
        prepare() {
          prepared++;
          return { width: 1, height: 1, channels: 1, pixels };
        },
      }),
    );
    expect(message).toContain(
      ': its images take more than the 4 GiB that a data set may have. Take fewer of them: at most 466033 of 9216 bytes each.',
    );
    expect(prepared).toBeLessThan(40);
    // Of several sizes, all become 96×96, which may be more than they were.
    expect(() => packedPixels('faces', 200_000, 96, 96, 3)).toThrow(
      'faces: its images take more than the 4 GiB that a data set may have. Take fewer of them: at most 155344 of 27648 bytes each.',
    );
  });

  it('passes on an error that is not about the image', async () => {
    const prepare = () => {
      throw new TypeError('broken');
    };
    await expect(read([await plainImage(1, 4)], { prepare, onUnreadable: () => {} })).rejects.toThrow(
      TypeError,
    );
  });
});
