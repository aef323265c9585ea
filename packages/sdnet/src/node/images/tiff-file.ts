import type { ImageHeader } from './image-header.js';

/** By number of the tag PhotometricInterpretation, as far as it is read. */
const colours: Readonly<Record<number, string>> = {
  0: 'inverted grey',
  1: 'grey',
  2: 'RGB',
  3: 'palette',
  5: 'CMYK',
  6: 'YCbCr',
};

/** And what is not. */
const otherColours: Readonly<Record<number, string>> = {
  4: 'a TIFF that is a mask',
  8: 'a TIFF in Lab colours',
  9: 'a TIFF in Lab colours',
  10: 'a TIFF in Lab colours',
  32803: 'a camera’s raw picture (DNG)',
  32844: 'a TIFF in LogL levels',
  32845: 'a TIFF in LogLuv colours',
  34892: 'a camera’s raw picture (DNG)',
};

/** What a value takes, by type: byte, text, short, long, and so on. */
const bytesOf = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];

const text = 2;

/** Entries of a directory: a camera writes some dozens. */
const mostEntries = 4096;

/** Values of BitsPerSample that are looked at: one a sample, of which no more than 5 are read. */
const mostDepths = 16;

interface Entry {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  /** As it stands in the file. */
  readonly raw: Buffer;
}

/**
 * Reads the header of a TIFF's first image, and has the file end after it; mends a directory that is out of order,
 * texts without their end, and lengths that are not given. Specification: TIFF 6.0, Adobe 1992, and BigTIFF, AWare
 * Systems 2007.
 */
export function readTiff(bytes: Buffer): ImageHeader | undefined {
  const little = bytes[0] === 0x49;
  const isBig = bytes[little ? 2 : 3] === 43;
  const number = (from: Buffer, at: number, size: number): number => {
    if (size === 8) return Number(little ? from.readBigUInt64LE(at) : from.readBigUInt64BE(at));
    return little ? from.readUIntLE(at, size) : from.readUIntBE(at, size);
  };
  // Of an offset or a count of values, an entry, and the count of entries.
  const [wide, entryBytes, countBytes] = isBig ? [8, 20, 8] : [4, 12, 2];

  const entries: Entry[] = [];
  // The first `most` of an entry's values; a file of some kilobytes may announce millions.
  const values = ({ type, count, raw }: Entry, most: number, first = 0): number[] => {
    const size = bytesOf[type]!;
    const isInside = count * size <= wide;
    const [from, start] = isInside ? [raw, 4 + wide] : [bytes, number(raw, 4 + wide, wide)];
    if (start + count * size > from.length) throw new RangeError();
    return Array.from({ length: Math.min(most, count - first) }, (_, index) =>
      number(from, start + (first + index) * size, size),
    );
  };

  const directory = number(bytes, isBig ? 8 : 4, wide);
  const count = number(bytes, directory, countBytes);
  const end = directory + countBytes + count * entryBytes;
  if (count === 0 || end + wide > bytes.length) return undefined;
  if (count > mostEntries)
    return { width: 0, height: 0, bytesPerPixel: 0, bytes, refused: `a TIFF with ${count} tags` };
  for (let at = directory + countBytes; at < end; at += entryBytes) {
    const raw = bytes.subarray(at, at + entryBytes);
    entries.push({ tag: number(raw, 0, 2), type: number(raw, 2, 2), count: number(raw, 4, wide), raw });
  }
  const all = (tag: number, most: number): number[] => {
    const entry = entries.find((one) => one.tag === tag);
    return entry && [1, 3, 4, 16].includes(entry.type) ? values(entry, most) : [];
  };
  const first = (tag: number, otherwise: number) => all(tag, 1)[0] ?? otherwise;

  const [width, height, samples] = [first(256, 0), first(257, 0), first(277, 1)];
  const given = all(258, mostDepths);
  const depths = given.length > 0 ? given : [1];
  // Of a file in tiles, the tiles of a row are held whole, however much of them lies outside the image.
  const [across, down] = [first(322, width), first(323, 1)];
  const tiles =
    (Math.max(across, width) * down * samples * Math.max(1, depths[0]! / 8)) / Math.max(1, width * height);
  const header = {
    width,
    height,
    bytesPerPixel: 3 + 2 * tiles,
    refused: refusal(first, depths, samples),
  };
  if (header.refused) return { ...header, bytes };

  const mended: string[] = [];
  if (entries.some(({ tag }, index) => index > 0 && tag <= entries[index - 1]!.tag))
    mended.push('a directory out of order');
  const texts = entries.filter(({ type, count: length }) => type === text && length > 0);
  if (texts.some((entry) => values(entry, 1, entry.count - 1)[0] !== 0))
    mended.push('a text without its end');
  // A strip has a row of a sample or more.
  const offsets = all(279, 1).length === 0 ? all(273, height * samples) : [];
  const lengths = offsets.length > 0 ? stripLengths(offsets, bytes.length) : undefined;
  if (lengths) mended.push('strips without their lengths');
  // Other images may follow, each of which a decoder would look at.
  if (mended.length === 0 && number(bytes, end, wide) === 0) return { ...header, bytes };

  const put = (into: Buffer, value: number, at: number, size: number) => {
    if (size === 8 && little) into.writeBigUInt64LE(BigInt(value), at);
    else if (size === 8) into.writeBigUInt64BE(BigInt(value), at);
    else if (little) into.writeUIntLE(value, at, size);
    else into.writeUIntBE(value, at, size);
  };
  const kept = entries.filter(
    ({ tag, type }, index) => type !== text && entries.findIndex((other) => other.tag === tag) === index,
  );
  // On an even byte, as the specification asks.
  const outsideAt = bytes.length + (bytes.length % 2);
  let outside = Buffer.alloc(0);
  if (lengths) {
    const raw = Buffer.alloc(entryBytes);
    put(raw, 279, 0, 2);
    put(raw, 4, 2, 2);
    put(raw, lengths.length, 4, wide);
    const packed = Buffer.alloc(lengths.length * 4);
    for (const [index, length] of lengths.entries()) put(packed, length, index * 4, 4);
    if (packed.length <= wide) packed.copy(raw, 4 + wide);
    else {
      put(raw, outsideAt, 4 + wide, wide);
      outside = packed;
    }
    kept.push({ tag: 279, type: 4, count: lengths.length, raw });
  }
  kept.sort((a, b) => a.tag - b.tag);
  const newCount = Buffer.alloc(countBytes);
  put(newCount, kept.length, 0, countBytes);
  const padding = Buffer.alloc(outsideAt - bytes.length);
  const parts = [bytes, padding, outside, newCount, ...kept.map(({ raw }) => raw), Buffer.alloc(wide)];
  const single = Buffer.concat(parts);
  put(single, outsideAt + outside.length, isBig ? 8 : 4, wide);
  return { ...header, bytes: single, mended };
}

/** Each strip reaches to the next one, the last to the end of the file. */
function stripLengths(offsets: readonly number[], end: number): number[] {
  const starts = [...new Set(offsets).add(end)].sort((a, b) => a - b);
  const nextOf = new Map(starts.map((start, index) => [start, starts[index + 1] ?? start]));
  return offsets.map((offset) => nextOf.get(offset)! - offset);
}

function refusal(
  first: (tag: number, otherwise: number) => number,
  depths: readonly number[],
  samples: number,
): string | undefined {
  const bits = depths[0]!;
  const format = first(339, 1);
  const photometric = first(262, 1);
  if (otherColours[photometric]) return otherColours[photometric];
  if (format === 2) return `a TIFF of signed ${bits}-bit samples`;
  if (format === 3) return `a TIFF of ${bits}-bit floating-point samples`;
  if (format > 4) return 'a TIFF of complex samples';
  if (depths.some((depth) => depth !== bits)) return `a TIFF of ${depths.join(', ')} bits a sample`;
  if (![1, 2, 4, 8, 16].includes(bits)) return `a TIFF of ${bits}-bit samples`;
  const colour = colours[photometric];
  if (!colour) return `a TIFF in colours of the unknown kind ${photometric}`;
  if (bits < 8 && samples > 1) return `a TIFF of ${samples} samples of ${bits} bits a pixel`;
  if (colour === 'inverted grey' && samples > 1) return 'a TIFF in inverted grey with transparency';
  if (colour === 'palette' && (bits > 8 || samples > 1))
    return 'a TIFF with a palette and more than 8 bits a pixel';
  if (colour === 'CMYK' && samples > 4 && bits > 8)
    return 'a TIFF in CMYK colours of 16 bits with transparency';
  if (colour === 'CMYK' && (samples < 4 || first(332, 1) !== 1)) return 'a TIFF in inks other than CMYK';
  // Libraries take its numbers for RGB.
  const compression = first(259, 1);
  if (compression === 6) return 'a TIFF with old-style JPEG compression';
  if (colour === 'YCbCr' && compression !== 7 && first(530, 2) === 1)
    return 'a TIFF in YCbCr colours without subsampling';
  return undefined;
}
