import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage } from 'sdnet';
import { type TiffContent, writeTiff } from './support/write-tiff.js';

const side = 64;
const noise = Buffer.from({ length: side * side * 3 }).map((_, index) => (index * 7919) >>> 3);
const picture = () => sharp(noise, { raw: { width: side, height: side, channels: 3 } });

/** More than a decoder reads ahead without noticing. */
const twelve = Array.from({ length: 12 }, (_, index) => index + 1);

const insert = (file: Buffer, at: number, ...bytes: number[]) =>
  Buffer.concat([file.subarray(0, at), Buffer.from(bytes), file.subarray(at)]);
/** Where the marker stands in a JPEG for the `which`-th time. */
function markerAt(file: Buffer, code: number, which = 0): number {
  let at = -1;
  do at = file.indexOf(Buffer.of(0xff, code), at + 1);
  while (which-- > 0);
  return at;
}

/** Where the picture data of a progressive JPEG's scan ends: the next scan's table follows it. */
const scanEnd = (file: Buffer, which: number) =>
  file.indexOf(Buffer.of(0xff, 0xc4), markerAt(file, 0xda, which));

async function decoded(file: Uint8Array) {
  const warnings: string[] = [];
  const image = await decodeImage(file, 'file.jpg', (message) => warnings.push(message));
  return { image, warnings };
}

describe('a JPEG that decoders warn of, though its pixels are whole', () => {
  const jpeg = () => picture().jpeg({ quality: 90 }).toBuffer();
  const progressive = () => picture().jpeg({ quality: 90, progressive: true }).toBuffer();
  const jfif = (major: number) => Buffer.from(`ffe000104a46494600${`0${major}`}0100000100010000`, 'hex');
  const adobe = (transform: number) => Buffer.from(`ffee000e41646f62650064000000000${transform}`, 'hex');

  it.each<[string, () => Promise<[Buffer, Buffer]>, RegExp]>([
    [
      'stray bytes before a table',
      async () => [await jpeg(), insert(await jpeg(), markerAt(await jpeg(), 0xdb), 1, 2, 3)],
      /3 stray byte/,
    ],
    [
      'stray bytes before the scan',
      async () => [await jpeg(), insert(await jpeg(), markerAt(await jpeg(), 0xda), 0, 0)],
      /2 stray byte/,
    ],
    [
      'version 2 of JFIF',
      async () => [await jpeg(), insert(await jpeg(), 2, ...jfif(2))],
      /version 2 of JFIF/,
    ],
    [
      'an unknown colour transform',
      async () => [insert(await jpeg(), 2, ...adobe(1)), insert(await jpeg(), 2, ...adobe(5))],
      /colour transform 5/,
    ],
    [
      'stray bytes between progressive scans',
      async () => [
        await progressive(),
        insert(await progressive(), scanEnd(await progressive(), 3), ...twelve),
      ],
      /stray bytes after a scan/,
    ],
    [
      'stray bytes after two scans',
      async () => {
        const whole = await progressive();
        return [whole, insert(insert(whole, scanEnd(whole, 4), ...twelve), scanEnd(whole, 2), ...twelve)];
      },
      /stray bytes after a scan and .* stray bytes after a scan/,
    ],
  ])('is read with a warning: %s', async (_what, make, words) => {
    const [whole, strange] = await make();
    const expected = await decoded(whole);
    expect(expected.warnings).toEqual([]);
    const { image, warnings } = await decoded(strange);
    expect(image).toEqual(expected.image);
    expect(warnings).toEqual([expect.stringMatching(words)]);
    expect(warnings[0]).toMatch(/^file\.jpg: has .*; its pixels are whole/);
  });

  it('is refused where pixels are missing as well', async () => {
    const whole = await progressive();
    const strange = insert(whole, scanEnd(whole, 3), 1, 2, 3);
    await expect(decodeImage(strange.subarray(0, strange.length - 400))).rejects.toThrow(
      /damaged or cut off/,
    );
    const hit = Buffer.from(strange);
    for (let at = hit.length - 300; at < hit.length - 200; at++) hit[at] = (at * 37) % 251;
    await expect(decodeImage(hit)).rejects.toThrow(/damaged or cut off/);
    const baseline = await jpeg();
    const early = insert(baseline, markerAt(baseline, 0xdb), 1, 2, 3);
    await expect(decodeImage(early.subarray(0, early.length * 0.7))).rejects.toThrow(/damaged or cut off/);
  });

  it('has no more strays than are plausible', async () => {
    const whole = await progressive();
    const many = insert(whole, scanEnd(whole, 3), ...Array.from({ length: 40 }, (_, index) => index + 1));
    await expect(decodeImage(many)).rejects.toThrow(/damaged or cut off/);
  });
});

describe('a TIFF that decoders warn of, though its pixels are whole', () => {
  const content: TiffContent = {
    width: 16,
    height: 16,
    data: Buffer.from(Array.from({ length: 256 }, (_, index) => index)),
    bits: [8],
    photometric: 1,
  };
  const text = [270, 2, [...'six six'].map((letter) => letter.charCodeAt(0))] as const;

  it.each<[string, Partial<TiffContent>, RegExp]>([
    ['tags out of order', { order: 'unsorted' }, /directory out of order/],
    ['a text without its end', { tags: [text] }, /text without its end/],
    ['no lengths of strips', { without: [279] }, /strips without their lengths/],
    ['all three', { order: 'unsorted', tags: [text], without: [279] }, /order and a text .* and strips/],
    [
      'all three, big endian',
      { order: 'unsorted', tags: [text], without: [279], bigEndian: true },
      /order and a text .* and strips/,
    ],
    [
      'all three, BigTIFF',
      { order: 'unsorted', tags: [text], without: [279], big: true },
      /order and a text .* and strips/,
    ],
  ])('is read with a warning: %s', async (_what, strange, words) => {
    const { image, warnings } = await decoded(writeTiff({ ...content, ...strange }));
    expect([...image.pixels]).toEqual([...content.data]);
    expect(warnings).toEqual([expect.stringMatching(words)]);
  });

  it('is refused where pixels are missing as well', async () => {
    const file = writeTiff({ ...content, height: 4000, order: 'unsorted' });
    await expect(decodeImage(file)).rejects.toThrow(/damaged or cut off/);
  });
});
