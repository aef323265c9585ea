import type { ImageHeader } from './image-header.js';

const startOfFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/** By the marker of their frame: what is not decoded. Specification: ITU-T T.81, table B.1. */
const processes: Readonly<Record<number, string>> = {
  0xc3: 'a lossless JPEG',
  0xc5: 'a hierarchical JPEG',
  0xc6: 'a hierarchical JPEG',
  0xc7: 'a hierarchical JPEG',
  0xcb: 'a lossless JPEG',
  0xcd: 'a hierarchical JPEG',
  0xce: 'a hierarchical JPEG',
  0xcf: 'a hierarchical JPEG',
};

/** Segments of a file: a photograph has some dozens. */
const mostSegments = 10_000;

/**
 * Reads a JPEG's header and mends what strict decoders stumble over though the picture data is whole: stray bytes
 * between segments, and numbers of versions that do not exist. So the decoder can be told to take every further
 * complaint for damage. Specification: ITU-T T.81, annex B.
 */
export function readJpeg(bytes: Buffer): ImageHeader | undefined {
  let frame: Pick<ImageHeader, 'width' | 'height' | 'refused'> | undefined;
  let coefficients = 0;
  let components = 0;
  let isSequential = true;
  const parts: Buffer[] = [bytes.subarray(0, 2)];
  const scanEnds: number[] = [];
  const mended = new Set<string>();
  let strays = 0;
  let colourSamples: number | undefined;
  let length = 2;
  let isChanged = false;
  const keep = (part: Buffer) => {
    parts.push(part);
    length += part.length;
  };

  let at = 2;
  while (at < bytes.length) {
    const marker = nextMarker(bytes, at);
    if (marker < 0) break;
    if (parts.length > mostSegments) return undefined;
    isChanged ||= marker > at;
    strays += marker - at;
    const code = bytes[marker + 1]!;
    if (code === 0xd9 || marker + 4 > bytes.length) {
      keep(bytes.subarray(marker, marker + 2));
      break;
    }
    const next = marker + 2 + bytes.readUInt16BE(marker + 2);
    let segment = bytes.subarray(marker, next);
    if (startOfFrame(code) && segment.length >= 10) {
      const [precision, samples] = [segment[4]!, segment[9]!];
      const refused =
        processes[code] ??
        (precision !== 8 ? `a JPEG of ${precision} bits a sample` : undefined) ??
        ([1, 3, 4].includes(samples) ? undefined : `a JPEG of ${samples} channels`);
      components ||= samples;
      coefficients ||= samplesPerPixel(segment, samples);
      isSequential = code === 0xc0 || code === 0xc1;
      frame ??= {
        width: segment.readUInt16BE(7),
        height: segment.readUInt16BE(5),
        refused,
      };
    }
    if (code === 0xee) colourSamples ??= componentsOf(bytes);
    const better = mendSegment(code, segment, colourSamples ?? components, isSequential);
    if (better) {
      isChanged = true;
      segment = better.segment;
      if (better.what) mended.add(better.what);
    }
    keep(segment);
    at = next;
    if (code === 0xda) {
      at = scanEnd(bytes, next);
      keep(bytes.subarray(next, at));
      scanEnds.push(length);
    }
  }
  if (!frame) return undefined;
  if (strays > 0) mended.add(`${strays} stray byte(s) between its parts`);
  return {
    ...frame,
    // In several scans, coefficients of 16 bits are held until the last one.
    bytesPerPixel: 3 + (scanEnds.length > 1 ? 2 * coefficients : 0),
    passes: scanEnds.length,
    scanEnds,
    bytes: isChanged ? Buffer.concat(parts) : bytes,
    mended: [...mended],
  };
}

/** The components that the frame header names, which may come later than what depends on them. */
function componentsOf(bytes: Buffer): number {
  for (let at = nextMarker(bytes, 2); at >= 0 && at + 10 <= bytes.length;) {
    if (startOfFrame(bytes[at + 1]!)) return bytes[at + 9]!;
    if (bytes[at + 1] === 0xda) return 0;
    at = nextMarker(bytes, at + 2 + bytes.readUInt16BE(at + 2));
  }
  return 0;
}

/** Fewer than the components where some are subsampled. */
function samplesPerPixel(frame: Buffer, components: number): number {
  let [sum, across, down] = [0, 1, 1];
  for (let at = 11; at < 10 + 3 * components && at < frame.length; at += 3) {
    const [horizontal, vertical] = [frame[at]! >> 4, frame[at]! & 15];
    sum += horizontal * vertical;
    across = Math.max(across, horizontal);
    down = Math.max(down, vertical);
  }
  return sum / (across * down);
}

/** Where the next marker begins: its last fill byte, and a byte that makes it one. */
function nextMarker(bytes: Buffer, from: number): number {
  for (
    let at = bytes.indexOf(0xff, from);
    at >= 0 && at + 1 < bytes.length;
    at = bytes.indexOf(0xff, at + 1)
  ) {
    const code = bytes[at + 1]!;
    if (code === 0xd8 || code === 0xd9 || (code >= 0xc0 && !(code >= 0xd0 && code <= 0xd7) && code !== 0xff))
      return at;
  }
  return -1;
}

/** Where a scan's picture data ends: at the next marker that is no restart. */
function scanEnd(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const code = bytes[at + 1];
    if (code !== undefined && code !== 0 && code !== 0xff && !(code >= 0xd0 && code <= 0xd7)) return at;
  }
  return bytes.length;
}

function mendSegment(
  code: number,
  segment: Buffer,
  samples: number,
  isSequential: boolean,
): { segment: Buffer; what?: string } | undefined {
  const text = segment.toString('latin1', 4, 9);
  const changed = (at: number, ...values: number[]) => {
    const copy = Buffer.from(segment);
    copy.set(values, at);
    return copy;
  };
  if (code === 0xe0 && text === 'JFIF\0' && segment.length >= 11 && segment[9] !== 1)
    return { segment: changed(9, 1), what: `version ${segment[9]} of JFIF, which does not exist` };
  // What libjpeg takes an unknown colour transform for, only without its warning.
  const transforms = samples === 3 ? [1, 0] : samples === 4 ? [2, 0] : undefined;
  if (
    code === 0xee &&
    text === 'Adobe' &&
    segment.length >= 16 &&
    transforms &&
    !transforms.includes(segment[15]!)
  )
    return { segment: changed(15, transforms[0]!), what: `the unknown colour transform ${segment[15]}` };
  // Some phones write these three wrong; in a sequential JPEG they have one value.
  const scan = segment.length - 3;
  if (code === 0xda && isSequential && segment.subarray(scan).compare(Buffer.of(0, 63, 0)) !== 0)
    return { segment: changed(scan, 0, 63, 0) };
  return undefined;
}

/** Stray bytes after a scan that are taken for such; many more are rather what damage has left of the scan. */
const mostStrays = 16;

/**
 * Decodes a JPEG with stray bytes after the picture data of its scans. Where such data end only its decoder knows,
 * whose complaint names the number of bytes and the marker after them, but not the scan. They are strays where without
 * them it has nothing to complain of. `mended` is told of them.
 */
export async function decodeWithoutStrays<Image>(
  bytes: Uint8Array,
  scanEnds: readonly number[],
  decode: (bytes: Uint8Array) => Promise<Image>,
  mended: string[],
  mostAttempts: number,
): Promise<Image> {
  const attempt = (content: Uint8Array) =>
    decode(content).then(
      (image) => ({ image }),
      (error: unknown) => ({ error }),
    );
  const first = await attempt(bytes);
  if ('image' in first) return first.image;
  let current = { bytes, error: first.error, ends: scanEnds };
  for (let from = 0, attempts = 1; ;) {
    const found = straysIn(current.error);
    if (!found || found.count > mostStrays) throw first.error;
    const next = current.ends.findIndex(
      (end, index) => index >= from && current.bytes[end + 1] === found.marker,
    );
    if (next < 0 || attempts++ >= mostAttempts) throw first.error;
    from = next + 1;
    const end = current.ends[next]!;
    const without = Buffer.concat([
      current.bytes.subarray(0, end - found.count),
      current.bytes.subarray(end),
    ]);
    const result = await attempt(without);
    const what = `${found.count} stray bytes after a scan`;
    if ('image' in result) {
      mended.push(what);
      return result.image;
    }
    // From the wrong scan something is missing now; of the right one, the next complaint is of a later scan.
    if (straysIn(result.error)) {
      mended.push(what);
      current = {
        bytes: without,
        error: result.error,
        ends: current.ends.map((position, index) => (index < next ? position : position - found.count)),
      };
    }
  }
}

function straysIn(error: unknown): { count: number; marker: number } | undefined {
  const found = /(\d+) extraneous bytes before marker 0x([0-9a-f]{2})/.exec(String(error));
  return found ? { count: Number(found[1]), marker: parseInt(found[2]!, 16) } : undefined;
}
