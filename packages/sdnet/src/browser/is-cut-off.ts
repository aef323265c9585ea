/**
 * Whether an image file (JPEG, PNG, GIF, WebP, AVIF) ends before its picture does. Browsers decode what is there and show
 * the rest grey, so that a face may be missing without an error. Of other formats nothing is known.
 */
export function isCutOff(bytes: Uint8Array): boolean {
  const text = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return !jpegEnds(bytes);
  if (text(1, 4) === 'PNG') return !pngEnds(bytes);
  if (text(0, 4) === 'GIF8') return !gifEnds(bytes);
  if (text(0, 4) === 'RIFF') return bytes.length < 8 || viewOf(bytes).getUint32(4, true) + 8 > bytes.length;
  if (text(4, 8) === 'ftyp') return !boxesEnd(bytes);
  return false;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** Whether the end of the image comes after its last scan (ITU-T T.81, annex B); a preview lies within a segment. */
function jpegEnds(bytes: Uint8Array): boolean {
  let at = 2;
  for (;;) {
    at = bytes.indexOf(0xff, at);
    const code = at < 0 ? undefined : bytes[at + 1];
    if (code === undefined) return false;
    if (code === 0xd9) return true;
    // Fill bytes, a 0xff of the picture data itself, restarts.
    const hasLength = code >= 0xc0 && code < 0xff && !(code >= 0xd0 && code <= 0xd8);
    at += code === 0xff ? 1 : 2;
    if (hasLength) at += 256 * (bytes[at] ?? 0) + (bytes[at + 1] ?? 0);
  }
}

/** Whether its last chunk is there (PNG specification, 5.3: length, type, data, checksum). */
function pngEnds(bytes: Uint8Array): boolean {
  const view = viewOf(bytes);
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at))
    if (view.getUint32(at + 4) === 0x49454e44) return true;
  return false;
}

/** Whether its first picture is there to its end (GIF89a, 17 to 24). */
function gifEnds(bytes: Uint8Array): boolean {
  const colours = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  /** Behind blocks that each begin with their length. */
  const afterBlocks = (from: number): number => {
    let at = from;
    while (at < bytes.length && bytes[at] !== 0) at += bytes[at]! + 1;
    return at + 1;
  };
  let at = 13 + colours(bytes[10] ?? 0);
  while (bytes[at] === 0x21) at = afterBlocks(at + 2);
  // No picture at all is found by the decoder.
  if (bytes[at] !== 0x2c) return at < bytes.length;
  return afterBlocks(at + 11 + colours(bytes[at + 9] ?? 0)) <= bytes.length;
}

/** Whether its boxes end with the file or before (ISO/IEC 14496-12, 4.2). */
function boxesEnd(bytes: Uint8Array): boolean {
  const view = viewOf(bytes);
  let at = 0;
  while (at + 16 <= bytes.length) {
    const size = view.getUint32(at);
    // The last box goes to the end of the file.
    if (size === 0) return true;
    at += size === 1 ? Number(view.getBigUint64(at + 8)) : Math.max(8, size);
  }
  return at <= bytes.length;
}
