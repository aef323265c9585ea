import { crc32, deflateSync } from 'node:zlib';

/** A PNG written by hand, so that what is decoded is known without another decoder; `before` goes before its data. */
export function writePng(
  width: number,
  height: number,
  bitDepth: number,
  colourType: number,
  rows: readonly Uint8Array[],
  before: readonly Buffer[] = [],
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = bitDepth;
  header[9] = colourType;
  const unfiltered = Uint8Array.of(0);
  const data = deflateSync(Buffer.concat(rows.flatMap((row) => [unfiltered, row])));
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    pngChunk('IHDR', header),
    ...before,
    pngChunk('IDAT', data),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

export function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** The chunk that gives a PNG an ICC profile. */
export const pngProfile = (profile: Buffer) =>
  pngChunk('iCCP', Buffer.concat([Buffer.from('profile\0\0', 'latin1'), deflateSync(profile)]));
