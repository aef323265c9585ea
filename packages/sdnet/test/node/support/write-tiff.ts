/** The samples of a TIFF, and the tags that say what they are (TIFF 6.0). */
export interface TiffContent {
  readonly width: number;
  readonly height: number;
  /** Rows of samples, packed as the file has them. */
  readonly data: Buffer;
  readonly bits: readonly number[];
  readonly photometric: number;
  readonly sampleFormat?: number;
  readonly extraSamples?: readonly number[];
  readonly colourMap?: readonly number[];
  readonly planar?: 1 | 2;
  readonly profile?: Buffer | undefined;
  readonly bigEndian?: boolean;
  readonly big?: boolean;
  readonly compression?: number;
  /** `unsorted`: the directory begins with its last tag. */
  readonly order?: 'unsorted';
  /** Tags left out. */
  readonly without?: readonly number[];
  /** Further tags: number, type, values. */
  readonly tags?: readonly (readonly [number, number, readonly number[]])[];
}

const sizes: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4, 7: 1, 16: 8 };

/** An uncompressed TIFF of one strip (or one a sample), written by hand. */
export function writeTiff({
  bits,
  planar = 1,
  bigEndian = false,
  big = false,
  ...content
}: TiffContent): Buffer {
  const wide = big ? 8 : 4;
  const start = big ? 16 : 8;
  const strips = planar === 2 ? bits.length : 1;
  const stripBytes = content.data.length / strips;
  const many = (length: number, make: (index: number) => number) =>
    Array.from({ length }, (_, index) => make(index));
  let fields: [number, number, readonly number[]][] = [
    [256, 3, [content.width]],
    [257, 3, [content.height]],
    [258, 3, bits],
    [259, 3, [content.compression ?? 1]],
    [262, 3, [content.photometric]],
    [273, 4, many(strips, (index) => start + index * stripBytes)],
    [277, 3, [bits.length]],
    [278, 3, [content.height]],
    [279, 4, many(strips, () => stripBytes)],
    [284, 3, [planar]],
    ...(content.colourMap ? [[320, 3, content.colourMap] as [number, number, readonly number[]]] : []),
    ...(content.extraSamples ? [[338, 3, content.extraSamples] as [number, number, readonly number[]]] : []),
    ...(content.sampleFormat
      ? [[339, 3, bits.map(() => content.sampleFormat!)] as [number, number, readonly number[]]]
      : []),
    ...(content.profile ? [[34675, 7, [...content.profile]] as [number, number, readonly number[]]] : []),
    ...((content.tags ?? []) as [number, number, readonly number[]][]),
  ];
  fields = fields.filter(([tag]) => !content.without?.includes(tag)).sort(([a], [b]) => a - b);
  if (content.order === 'unsorted') fields.unshift(fields.pop()!);

  const put = (buffer: Buffer, value: number, at: number, size: number) => {
    if (size === 8) {
      if (bigEndian) buffer.writeBigUInt64BE(BigInt(value), at);
      else buffer.writeBigUInt64LE(BigInt(value), at);
    } else if (bigEndian) buffer.writeUIntBE(value, at, size);
    else buffer.writeUIntLE(value, at, size);
  };
  const padding = Buffer.alloc(content.data.length % 2);
  const directoryAt = start + content.data.length + padding.length;
  const directory = Buffer.alloc((big ? 8 : 2) + fields.length * (big ? 20 : 12) + wide);
  put(directory, fields.length, 0, big ? 8 : 2);
  const outside: Buffer[] = [];
  let outsideAt = directoryAt + directory.length;
  for (const [index, [tag, type, values]] of fields.entries()) {
    const at = (big ? 8 : 2) + index * (big ? 20 : 12);
    put(directory, tag, at, 2);
    put(directory, type, at + 2, 2);
    put(directory, values.length, at + 4, wide);
    const size = sizes[type]!;
    const packed = Buffer.alloc(values.length * size);
    for (const [position, value] of values.entries()) put(packed, value, position * size, size);
    if (packed.length <= wide) packed.copy(directory, at + 4 + wide);
    else {
      put(directory, outsideAt, at + 4 + wide, wide);
      const even = Buffer.concat([packed, Buffer.alloc(packed.length % 2)]);
      outside.push(even);
      outsideAt += even.length;
    }
  }
  const header = Buffer.alloc(start);
  header.write(bigEndian ? 'MM' : 'II', 'latin1');
  put(header, big ? 43 : 42, 2, 2);
  if (big) put(header, 8, 4, 2);
  put(header, directoryAt, big ? 8 : 4, wide);
  return Buffer.concat([header, content.data, padding, directory, ...outside]);
}
