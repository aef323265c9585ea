import type { ImageHeader } from './image-header.js';

/**
 * Reads a WebP's header, and leaves out of the file all but the first frame of an animation. Specification: RFC 9649.
 */
export function readWebp(bytes: Buffer): ImageHeader | undefined {
  if (bytes.length < 30) return undefined;
  const end = Math.min(bytes.length, 8 + bytes.readUInt32LE(4));
  const first = bytes.toString('latin1', 12, 16);
  const size =
    first === 'VP8X'
      ? { width: 1 + bytes.readUIntLE(24, 3), height: 1 + bytes.readUIntLE(27, 3) }
      : first === 'VP8L'
        ? {
            width: 1 + (bytes.readUInt32LE(21) & 0x3fff),
            height: 1 + ((bytes.readUInt32LE(21) >> 14) & 0x3fff),
          }
        : { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
  const header = { ...size, bytesPerPixel: 11 };
  for (let at = 12; at + 8 <= end;) {
    const next = at + 8 + Math.ceil(bytes.readUInt32LE(at + 4) / 2) * 2;
    if (bytes.toString('latin1', at, at + 4) === 'ANMF' && next < end) {
      const still = Buffer.from(bytes.subarray(0, next));
      still.writeUInt32LE(next - 8, 4);
      return { ...header, bytes: still };
    }
    at = next;
  }
  return { ...header, bytes };
}
