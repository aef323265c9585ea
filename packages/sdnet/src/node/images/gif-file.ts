import type { ImageHeader } from './image-header.js';

/**
 * Reads a GIF's header, and leaves out of the file all but the first of its frames: a decoder would read through a
 * million of them first. Specification: GIF89a, CompuServe 1990.
 */
export function readGif(bytes: Buffer): ImageHeader | undefined {
  if (bytes.length < 13) return undefined;
  const [width, height, packed] = [bytes.readUInt16LE(6), bytes.readUInt16LE(8), bytes[10]!];
  const header = { width, height, bytesPerPixel: 7 };
  let at = 13 + colours(packed);
  // A block's data: parts of at most 255 bytes, each after its length, up to one of length 0.
  const skipData = () => {
    while (at < bytes.length && bytes[at] !== 0) at += 1 + bytes[at]!;
    at++;
  };
  while (at < bytes.length) {
    const kind = bytes[at++];
    if (kind === 0x21) {
      at++;
      skipData();
    } else if (kind === 0x2c) {
      if (at + 9 > bytes.length) return undefined;
      at += 9 + colours(bytes[at + 8]!) + 1;
      skipData();
      if (at > bytes.length) return undefined;
      return { ...header, bytes: Buffer.concat([bytes.subarray(0, at), Buffer.of(0x3b)]) };
    } else return undefined;
  }
  return undefined;
}

/** In bytes: the table of colours that a packed field announces. */
const colours = (packed: number) => (packed & 0x80 ? 3 << ((packed & 7) + 1) : 0);
