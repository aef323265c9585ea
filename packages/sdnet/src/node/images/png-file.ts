import type { ImageHeader } from './image-header.js';

/** What a picture's pixels depend on; of the others, texts can unpack to gigabytes. */
const needed = new Set(['IHDR', 'PLTE', 'IDAT', 'IEND', 'tRNS', 'iCCP', 'sRGB', 'gAMA', 'cHRM', 'eXIf']);

/** Runs of needed parts with others between them. */
const mostRuns = 10_000;

/** Samples a pixel, by colour type; a palette is resolved. */
const samples: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 };

/** Reads a PNG's header, and leaves out of the file what its pixels do not depend on. Specification: W3C PNG. */
export function readPng(bytes: Buffer): ImageHeader | undefined {
  if (bytes.length < 33 || bytes.toString('latin1', 12, 16) !== 'IHDR') return undefined;
  const runs: [number, number][] = [[0, 8]];
  let isWhole = true;
  for (let at = 8; at + 8 <= bytes.length;) {
    const end = at + 12 + bytes.readUInt32BE(at);
    const last = runs.at(-1)!;
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (!needed.has(type)) isWhole = false;
    else if (last[1] === at) last[1] = end;
    else if (runs.push([at, end]) > mostRuns) return undefined;
    at = end;
  }
  return {
    width: bytes.readUInt32BE(16),
    height: bytes.readUInt32BE(20),
    // Rows are decoded one after the other, but an interlaced picture is held whole.
    bytesPerPixel: bytes[28] === 1 ? 3 + (samples[bytes[25]!] ?? 4) * (bytes[24] === 16 ? 2 : 1) : 3,
    bytes: isWhole ? bytes : Buffer.concat(runs.map(([start, end]) => bytes.subarray(start, end))),
  };
}
