import { execFile, execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { deflateSync, gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeImage } from 'sdnet';
import { put, temporaryFolder } from '../../../../test/support/temporary-folder.js';
import { pngChunk, writePng } from './support/write-png.js';

/** What a process takes that does nothing but decode the file, in seconds of processor time and MB at most. */
async function costOf(file: string): Promise<{ seconds: number; megabytes: number; answer: string }> {
  const decoder = resolve(import.meta.dirname, '../../dist/node/images/decode-image.js');
  const program = `
    const { decodeImage } = await import(process.argv[1]);
    const answer = await decodeImage(process.argv[2], 'file').then(({ width }) => 'decoded: ' + width, ({ message }) => message);
    const { user, system } = process.cpuUsage();
    const { maxRSS } = process.resourceUsage();
    console.log(JSON.stringify({ seconds: (user + system) / 1e6, megabytes: maxRSS / 1024, answer }));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '-e',
    program,
    decoder,
    file,
  ]);
  return JSON.parse(stdout) as { seconds: number; megabytes: number; answer: string };
}

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

const packedText = (size: number) =>
  pngChunk('zTXt', Buffer.concat([Buffer.from('a\0\0', 'latin1'), deflateSync(Buffer.alloc(size))]));

/** A TIFF of 1×1 pixels in a tile of 40,000 × 1,000. */
function wideTile(): Buffer {
  const tags = [
    [256, 1],
    [257, 1],
    [258, 8],
    [259, 8],
    [262, 1],
    [277, 1],
    [322, 60_000],
    [323, 60_000],
    [324, 8],
    [325, 4],
  ];
  const file = Buffer.alloc(12 + 2 + 12 * tags.length + 4);
  file.write('II*\0', 'latin1');
  file.writeUInt32LE(12, 4);
  file.writeUInt16LE(tags.length, 12);
  for (const [index, [tag, value]] of tags.entries()) {
    file.writeUInt16LE(tag!, 14 + 12 * index);
    file.writeUInt16LE(4, 16 + 12 * index);
    file.writeUInt32LE(1, 18 + 12 * index);
    file.writeUInt32LE(value!, 22 + 12 * index);
  }
  return file;
}

describe('a hostile image takes no more than 2 s and 300 MB', () => {
  it.each<[string, () => Buffer | Promise<Buffer>, RegExp]>([
    ['a packed SVG that is slow to draw', () => svg('a'.repeat(30_000)), /packed by gzip/],
    ['a packed SVG that takes memory', () => svg('a '.repeat(2_000_000)), /packed by gzip/],
    ['an SVG', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), /SVG/],
    ['1 × 10,000,000 pixels', () => emptyPng(1, 10_000_000), /limit of 65535 on a side/],
    ['5,000,000 × 1 pixels', () => emptyPng(5_000_000, 1), /limit of 65535 on a side/],
    ['40,000 × 40,000 pixels', () => emptyPng(40_000, 40_000), /64 megapixels/],
    ['a GIF of a million frames', () => gif(1_000_000), /decoded: 1$/],
    ['a WebP of 300,000 frames', () => webp(300_000), /decoded: 2$/],
    ['a JPEG of a thousand scans', () => scans(1000), /scans take too long/],
    ['a JPEG of ninety scans', () => scans(80), /damaged|decoded/],
    [
      'a PNG with texts of 4 GB',
      () => writePng(1, 1, 8, 0, [Buffer.of(9)], Array<Buffer>(500).fill(packedText(7_900_000))),
      /decoded: 1$/,
    ],
    ['a TIFF with a huge tile', wideTile, /MB of memory/],
    ['an AVIF of 64 megapixels', async () => hugeAvif, /MB of memory/],
    ['a PNG of 64 megapixels, interlaced', () => interlaced(8000, 8000), /MB of memory/],
  ])('%s', async (_what, make, expected) => {
    const { seconds, megabytes, answer } = await costOf(put(temporaryFolder(), 'x.png', await make()));
    expect(answer).toMatch(expected);
    expect(seconds).toBeLessThan(2);
    expect(megabytes).toBeLessThan(300);
  });

  let hugeAvif: Buffer;
  beforeAll(async () => {
    // The size stands in one place: that of a small picture is written over.
    hugeAvif = await blank(64, 64).avif({ effort: 0 }).toBuffer();
    const size = hugeAvif.indexOf('ispe') + 8;
    hugeAvif.writeUInt32BE(8000, size);
    hugeAvif.writeUInt32BE(8000, size + 4);
  });

  function interlaced(width: number, height: number): Buffer {
    const file = writePng(width, height, 8, 6, []);
    file[28] = 1;
    return file;
  }
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
    const { truncateSync } = await import('node:fs');
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
