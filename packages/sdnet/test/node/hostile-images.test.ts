import { execFileSync } from 'node:child_process';
import { truncateSync } from 'node:fs';
import { resolve } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage } from 'sdnet';
import { costOf, reportCost } from '../../../../test/support/cost.js';
import { put, temporaryFolder } from '../../../../test/support/temporary-folder.js';
import { pngChunk, writePng } from './support/write-png.js';

/** What a process takes that does nothing but decode the file. */
const decodingCost = (file: string) => {
  const decoder = resolve(import.meta.dirname, '../../dist/node/images/decode-image.js');
  const program = `
    const { decodeImage } = await import(${JSON.stringify(decoder)});
    const answer = await decodeImage(${JSON.stringify(file)}, 'file').then(
      ({ width }) => 'decoded: ' + width, ({ message }) => message);
    console.log(answer);
  `;
  return costOf('--input-type=module', '-e', program);
};

const svg = (text: string) => gzipSync(`<svg xmlns="http://www.w3.org/2000/svg"><text>${text}</text></svg>`);
const blank = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#888' } });

/** A PNG without pixels of its own but its header. */
const emptyPng = (width: number, height: number) => writePng(width, height, 8, 0, []);

function gif(frames: number): Buffer {
  const header = Buffer.from('GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff', 'latin1');
  const frame = Buffer.from('2c000000000100010000024401003b'.slice(0, -2), 'hex');
  return Buffer.concat([header, ...Array<Buffer>(frames).fill(frame), Buffer.of(0x3b)]);
}

async function webp(frames: number): Promise<Buffer> {
  const still = (await blank(2, 2).webp().toBuffer()).subarray(12);
  const frame = Buffer.alloc(24);
  frame.write('ANMF', 'latin1');
  frame.writeUInt32LE(16 + still.length, 4);
  frame.writeUIntLE(1, 14, 3);
  frame.writeUIntLE(1, 17, 3);
  const canvas = Buffer.alloc(18);
  canvas.write('VP8X', 'latin1');
  canvas.writeUInt32LE(10, 4);
  canvas[8] = 2;
  canvas.writeUIntLE(1, 12, 3);
  canvas.writeUIntLE(1, 15, 3);
  const loop = Buffer.from('ANIM\x06\0\0\0\xff\xff\xff\xff\0\0', 'latin1');
  const whole = Buffer.concat([frame, still]);
  const body = Buffer.concat([Buffer.from('WEBP'), canvas, loop, ...Array<Buffer>(frames).fill(whole)]);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(body.length);
  return Buffer.concat([Buffer.from('RIFF'), size, body]);
}

/** A JPEG whose last scan comes again and again. */
async function scans(count: number): Promise<Buffer> {
  const whole = await blank(2000, 2000).jpeg({ progressive: true }).toBuffer();
  const last = whole.subarray(whole.lastIndexOf(Buffer.of(0xff, 0xda)), -2);
  return Buffer.concat([whole.subarray(0, -2), ...Array<Buffer>(count).fill(last), Buffer.of(0xff, 0xd9)]);
}

/** One that a picture needs, though it is empty, and one that it does not. */
const twoChunks = Buffer.concat([pngChunk('IDAT', Buffer.alloc(0)), pngChunk('tEXt', Buffer.alloc(2))]);

const packedText = (size: number) =>
  pngChunk('zTXt', Buffer.concat([Buffer.from('a\0\0', 'latin1'), deflateSync(Buffer.alloc(size))]));

type Tag = readonly [number: number, type: number, count: number, value: number];

/** A TIFF with just these tags, in front of which lie `data`, from byte 8. */
function tiff(tags: readonly Tag[], data: Buffer): Buffer {
  const directory = Buffer.alloc(2 + 12 * tags.length + 4);
  directory.writeUInt16LE(tags.length);
  for (const [index, [tag, type, count, value]] of tags.entries()) {
    directory.writeUInt16LE(tag, 2 + 12 * index);
    directory.writeUInt16LE(type, 4 + 12 * index);
    directory.writeUInt32LE(count, 6 + 12 * index);
    directory.writeUInt32LE(value, 10 + 12 * index);
  }
  const header = Buffer.from('II*\0\0\0\0\0', 'latin1');
  header.writeUInt32LE(8 + data.length, 4);
  return Buffer.concat([header, data, directory]);
}

const [short, long, text] = [3, 4, 2];
const grey8: readonly Tag[] = [
  [256, short, 1, 8],
  [257, short, 1, 8],
  [258, short, 1, 8],
  [259, short, 1, 1],
  [262, short, 1, 1],
  [277, short, 1, 1],
];
const oneStrip: readonly Tag[] = [
  [273, long, 1, 8],
  [279, long, 1, 64],
];

/** A TIFF of 1×1 pixels in a tile of 60,000 × 60,000. */
const wideTile = () =>
  tiff(
    [
      ...grey8.map(([tag, type, count, value]): Tag => [
        tag,
        type,
        count,
        tag < 258 ? 1 : tag === 259 ? 8 : value,
      ]),
      [322, long, 1, 60_000],
      [323, long, 1, 60_000],
      [324, long, 1, 8],
      [325, long, 1, 4],
    ],
    Buffer.alloc(4),
  );

/** So many segments in front of a JPEG's first. */
async function segments(count: number, segment: Buffer): Promise<Buffer> {
  const whole = await blank(64, 64).jpeg().toBuffer();
  return Buffer.concat([whole.subarray(0, 2), ...Array<Buffer>(count).fill(segment), whole.subarray(2)]);
}

/** A blank picture of 36 megapixels in a few KB, and half a MB of nothing behind it. */
async function padded(format: 'avif' | 'webp' | 'gif'): Promise<Buffer> {
  return Buffer.concat([
    await blank(6000, 6000).toFormat(format, { effort: 1 }).toBuffer(),
    Buffer.alloc(500_000),
  ]);
}

/** A GIF whose frame is larger than it says of itself. */
async function largeFrame(): Promise<Buffer> {
  const file = await blank(6000, 6000).gif({ effort: 1 }).toBuffer();
  file.writeUInt16LE(1, 6);
  file.writeUInt16LE(1, 8);
  return file;
}

/** The size stands in one place: that of a small picture is written over. */
async function largeAvif(): Promise<Buffer> {
  const file = await blank(64, 64).avif({ effort: 0 }).toBuffer();
  const size = file.indexOf('ispe') + 8;
  file.writeUInt32BE(8000, size);
  file.writeUInt32BE(8000, size + 4);
  return file;
}

function interlaced(width: number, height: number): Buffer {
  const file = writePng(width, height, 8, 6, []);
  file[28] = 1;
  return file;
}

/** A profile that unpacks to `size` bytes. */
const packedProfile = (size: number) =>
  pngChunk('iCCP', Buffer.concat([Buffer.from('a\0\0', 'latin1'), deflateSync(Buffer.alloc(size, 255))]));

describe('a hostile image takes no more than 2 s and 300 MB', () => {
  it.each<[what: string, before: string, make: () => Buffer | Promise<Buffer>, answer: RegExp]>([
    ['a packed SVG that is slow to draw', '> 90 s', () => svg('a'.repeat(30_000)), /packed by gzip/],
    ['a packed SVG that takes memory', '1.7 GB', () => svg('a '.repeat(2_000_000)), /packed by gzip/],
    [
      'an SVG',
      '',
      () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
      /SVG/,
    ],
    ['1 × 5,000,000 pixels', '18 s, 1.5 GB', () => emptyPng(1, 5_000_000), /limit of 65535 on a side/],
    ['1 × 10,000,000 pixels', '2.9 GB', () => emptyPng(1, 10_000_000), /limit of 65535 on a side/],
    ['5,000,000 × 1 pixels', '', () => emptyPng(5_000_000, 1), /limit of 65535 on a side/],
    ['40,000 × 40,000 pixels', '', () => emptyPng(40_000, 40_000), /64 megapixels/],
    ['a GIF of a million frames', '13 s', () => gif(1_000_000), /decoded: 1$/],
    ['a WebP of 300,000 frames', '', () => webp(300_000), /decoded: 2$/],
    ['a JPEG of a thousand scans', '', () => scans(1000), /scans take too long/],
    ['a JPEG of ninety scans', '', () => scans(80), /damaged|decoded/],
    [
      'a PNG with texts of 4 GB',
      '',
      () => writePng(1, 1, 8, 0, [Buffer.of(9)], Array<Buffer>(500).fill(packedText(7_900_000))),
      /decoded: 1$/,
    ],
    [
      'a PNG with a profile of 400 MB',
      '',
      () => writePng(1, 1, 8, 0, [Buffer.of(9)], [packedProfile(400e6)]),
      /decoded: 1$/,
    ],
    [
      'a PNG in 40,000 parts',
      '',
      () => writePng(1, 1, 8, 0, [Buffer.of(9)], Array<Buffer>(40_000).fill(twoChunks)),
      /header is incomplete/,
    ],
    ['a TIFF with a huge tile', '', wideTile, /MB of memory/],
    [
      'a TIFF with 60,000 tags',
      '5.1 s',
      () =>
        tiff(
          [
            ...grey8,
            ...oneStrip,
            ...Array.from({ length: 60_000 }, (_, tag): Tag => [1000 + tag, short, 1, 0]),
          ].reverse(),
          Buffer.alloc(64),
        ),
      /it is a TIFF with 60008 tags/,
    ],
    [
      'a TIFF with 4,000 long texts in one place',
      '> 120 s',
      () =>
        tiff(
          [
            ...grey8,
            ...oneStrip,
            ...Array.from({ length: 4000 }, (_, tag): Tag => [1000 + tag, text, 2_000_000, 8]),
          ],
          Buffer.alloc(2_000_000),
        ),
      /decoded: 8$|damaged/,
    ],
    [
      'a TIFF of 500,000 strips without lengths',
      '94 s',
      () => tiff([...grey8, [273, long, 500_000, 8]], Buffer.alloc(2_000_000, 1)),
      /damaged/,
    ],
    [
      'a JPEG with 250,000 parts',
      '> 120 s',
      () => segments(250_000, Buffer.from('ffee0002', 'hex')),
      /header is incomplete/,
    ],
    ['a JPEG with 250,000 stray bytes', '', () => segments(250_000, Buffer.of(0)), /decoded: 64$/],
    ['an AVIF of 64 megapixels', '', largeAvif, /MB of memory/],
    ['an AVIF of 36 megapixels, padded', '2.0 s, 695 MB', () => padded('avif'), /need 648 MB of memory/],
    ['a WebP of 36 megapixels, padded', '1.2 s, 345 MB', () => padded('webp'), /need 396 MB of memory/],
    ['a GIF of 36 megapixels, padded', '1.2 s, 326 MB', () => padded('gif'), /need 252 MB of memory/],
    ['a GIF larger than it says', '1.5 s, 320 MB', largeFrame, /need 252 MB of memory/],
    ['a PNG of 64 megapixels, interlaced', '', () => interlaced(8000, 8000), /MB of memory/],
    [
      'a PNG of 42 megapixels, of 16 bits with a profile',
      '1.3 s, 343 MB',
      () =>
        blank(6500, 6500).withIccProfile('p3').toColourspace('rgb16').png({ compressionLevel: 1 }).toBuffer(),
      /need \d+ MB of memory/,
    ],
    [
      'a JPEG of 48 megapixels, to be turned',
      '1.1 s, 363 MB',
      () => blank(8000, 6000).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
      /decoded: 6000$/,
    ],
    [
      'a JPEG of 42 megapixels in CMYK',
      '2.1 s',
      () => blank(6500, 6500).toColourspace('cmyk').jpeg().toBuffer(),
      /limit of 40 megapixels/,
    ],
  ])('%s', async (what, before, make, expected) => {
    const file = put(temporaryFolder(), 'x.png', await make());
    let cost = await decodingCost(file);
    // What else computes on the same core adds to processor time, and never takes from it.
    for (let attempt = 2; attempt <= 3 && cost.seconds >= 2; attempt++) cost = await decodingCost(file);
    reportCost(what, before, cost);
    expect(cost.answer).toMatch(expected);
    expect(cost.seconds).toBeLessThan(2);
    expect(cost.megabytes).toBeLessThan(300);
  });
});

describe('what is no file of a picture', () => {
  it.skipIf(process.platform === 'win32')('is not waited for: a pipe', async () => {
    const pipe = `${temporaryFolder()}/face.png`;
    execFileSync('mkfifo', [pipe]);
    await expect(decodeImage(pipe)).rejects.toThrow(`${pipe}: a pipe or device; a file was expected.`);
  });

  it.skipIf(process.platform === 'win32')('has an end: a device', async () => {
    await expect(decodeImage('/dev/zero')).rejects.toThrow(
      '/dev/zero: a pipe or device; a file was expected.',
    );
  });

  it('is refused by its size before it is read', async () => {
    const file = put(temporaryFolder(), 'large.png', '');
    truncateSync(file, 3 * 2 ** 30);
    await expect(decodeImage(file)).rejects.toThrow(/3221225472 bytes are more than the limit of 512 MB/);
  });
});

describe('the library that decodes', () => {
  it('has no loader left for other formats', async () => {
    await decodeImage(writePng(1, 1, 8, 0, [Buffer.of(1)]));
    await expect(sharp(svg('')).metadata()).rejects.toThrow(/unsupported image format/);
  });
});

describe('other kinds of file', () => {
  it.each([
    ['\0\0\0\x18ftypheic\0\0\0\0mif1heic', /it is HEIC, the format of iPhone photos; export it as JPEG/],
    ['\0\0\0\x18ftypmif1\0\0\0\0mif1heic', /it is HEIC/],
    ['\0\0\0\x18ftypisom\0\0\0\0', /it is a video/],
    ['BM\x9a\0\0\0', /it is BMP/],
    ['%PDF-1.7', /it is PDF/],
    ['<!DOCTYPE html><html>', /it is a web page/],
    ['\n<?xml version="1.0"?>\n<!-- made -->\n<svg>', /it is an SVG drawing/],
    ['This is no picture.', /not an image that can be read\. Expected PNG, JPEG, WebP, AVIF, GIF or TIFF/],
  ])('are called what they are: %j', async (content, words) => {
    await expect(decodeImage(Buffer.from(content, 'latin1'), 'face.jpg')).rejects.toThrow(words);
  });
});
