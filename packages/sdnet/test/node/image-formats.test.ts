import { format } from 'prettier';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeImage } from 'sdnet';
import { pngChunk, pngProfile, writePng } from './support/write-png.js';
import { type TiffContent, writeTiff } from './support/write-tiff.js';

const width = 16;
const height = 4;

/** Levels at which every depth from 4 to 16 bits has a value of its own, so that nothing is lost in writing. */
const pattern = (x: number, y: number, sample: number) => ((x * 3 + y * 5 + sample * 7) % 16) * 17;
const levels = (samples: number) =>
  Array.from({ length: width * height * samples }, (_, index) => {
    const pixel = Math.floor(index / samples);
    return pattern(pixel % width, Math.floor(pixel / width), index % samples);
  });

/** Samples (levels from 0 to 255) packed into rows of bits, bytes or larger numbers. */
function pack(
  values: readonly number[],
  bits: number,
  {
    format = 1,
    bigEndian = true,
    perRow = values.length / height,
  }: { format?: number; bigEndian?: boolean; perRow?: number } = {},
): Buffer {
  const rows: Buffer[] = [];
  for (let from = 0; from < values.length; from += perRow) {
    const row = Buffer.alloc(Math.ceil((perRow * bits) / 8));
    const view = new DataView(row.buffer, row.byteOffset, row.length);
    for (let index = 0; index < perRow; index++) {
      const part = values[from + index]! / 255;
      const at = (index * bits) / 8;
      if (format === 3) {
        if (bits === 16) view.setUint16(at, half(part), !bigEndian);
        else if (bits === 32) view.setFloat32(at, part, !bigEndian);
        else view.setFloat64(at, part, !bigEndian);
      } else {
        const most = format === 2 ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
        const value = Math.round(part * most);
        if (bits < 8) row[at >> 0]! |= value << (8 - bits - ((index * bits) % 8));
        else if (bits === 8) view.setUint8(at, value);
        else if (bits === 16) view.setUint16(at, value, !bigEndian);
        else if (bits === 32) view.setUint32(at, value, !bigEndian);
        else view.setBigUint64(at, BigInt(Math.min(value, 2 ** 63 - 1024)), !bigEndian);
      }
    }
    rows.push(row);
  }
  return Buffer.concat(rows);
}

function half(value: number): number {
  if (value === 0) return 0;
  const exponent = Math.floor(Math.log2(value));
  return ((exponent + 15) << 10) | (Math.round((value / 2 ** exponent - 1) * 1024) & 1023);
}

/** One file: what it is, and what its pixels are, or `undefined` where it must be refused. */
interface Row {
  readonly format: string;
  readonly colours: string;
  readonly samples: string;
  readonly alpha: string;
  readonly profile: string;
  readonly file: Buffer;
  readonly expected: readonly number[] | undefined;
}

/** ICC profiles as the library has them. */
async function libraryProfile(name: 'srgb' | 'p3' | 'cmyk'): Promise<Buffer> {
  const made = sharp({ create: { width: 8, height: 8, channels: 3, background: '#123' } })
    .toColourspace(name === 'cmyk' ? 'cmyk' : 'srgb')
    .withIccProfile(name)
    .tiff();
  return (await sharp(await made.toBuffer()).metadata()).icc!;
}

/** A grey profile whose levels are of a gamma (ICC.1, version 2: description, white point, one curve). */
function greyProfile(gamma: number): Buffer {
  const desc = Buffer.alloc(92 + 12);
  desc.write('desc', 'latin1');
  desc.writeUInt32BE(5, 8);
  desc.write('grey', 12, 'latin1');
  const white = Buffer.alloc(20);
  white.write('XYZ ', 'latin1');
  for (const [index, value] of [0.9642, 1, 0.8249].entries())
    white.writeInt32BE(Math.round(value * 65536), 8 + 4 * index);
  const curve = Buffer.alloc(16);
  curve.write('curv', 'latin1');
  curve.writeUInt32BE(1, 8);
  curve.writeUInt16BE(Math.round(gamma * 256), 12);
  const parts: [string, Buffer][] = [
    ['desc', desc],
    ['wtpt', white],
    ['kTRC', curve],
  ];
  const header = Buffer.alloc(128 + 4 + 12 * parts.length);
  header.writeUInt32BE(0x02100000, 8);
  header.write('mntrGRAYXYZ ', 12, 'latin1');
  header.write('acsp', 36, 'latin1');
  for (const [index, value] of [0.9642, 1, 0.8249].entries())
    header.writeInt32BE(Math.round(value * 65536), 68 + 4 * index);
  header.writeUInt32BE(parts.length, 128);
  let at = header.length;
  for (const [index, [tag, data]] of parts.entries()) {
    header.write(tag, 132 + 12 * index, 'latin1');
    header.writeUInt32BE(at, 136 + 12 * index);
    header.writeUInt32BE(data.length, 140 + 12 * index);
    at += data.length;
  }
  header.writeUInt32BE(at, 0);
  return Buffer.concat([header, ...parts.map(([, data]) => data)]);
}

const alpha = levels(1).map((level) => 255 - level);
const withAlpha = (values: readonly number[], samples: number) =>
  alpha.flatMap((level, pixel) => [...values.slice(pixel * samples, (pixel + 1) * samples), level]);
const overWhite = (values: readonly number[], samples: number) =>
  values.map((level, index) => {
    const opacity = alpha[Math.floor(index / samples)]! / 255;
    return level * opacity + 255 * (1 - opacity);
  });
/** What is left of levels written with few bits. */
const quantised = (values: readonly number[], bits: number) =>
  values.map((level) => (Math.round((level / 255) * (2 ** bits - 1)) * 255) / (2 ** bits - 1));
const inRows = (data: Buffer) =>
  Array.from({ length: height }, (_, y) =>
    data.subarray((y * data.length) / height, ((y + 1) * data.length) / height),
  );
const pixelsOf = async (file: Buffer) => [...(await decodeImage(file)).pixels];

const tiff = (content: Omit<TiffContent, 'width' | 'height'>) => writeTiff({ width, height, ...content });
const many = (length: number, value: number) => Array<number>(length).fill(value);

async function* greyAndRgb(): AsyncGenerator<Row> {
  const kinds = {
    none: undefined,
    sRGB: await libraryProfile('srgb'),
    'Display P3': await libraryProfile('p3'),
  };
  for (const [colours, photometric, samples] of [
    ['grey', 1, 1],
    ['inverted grey', 0, 1],
    ['RGB', 2, 3],
  ] as const) {
    const values = levels(samples);
    const shown = colours === 'inverted grey' ? values.map((level) => 255 - level) : values;
    const profiles = colours === 'RGB' ? kinds : { none: undefined, 'gamma 1.2': greyProfile(1.2) };
    for (const [profileName, profile] of Object.entries(profiles)) {
      // Of a profile the 8-bit file is the reference; that of 8-bit sRGB is as it stands.
      const reference =
        profileName === 'none' || profileName === 'sRGB'
          ? shown
          : await pixelsOf(
              writePng(width, height, 8, samples === 1 ? 0 : 2, inRows(Buffer.from(shown)), [
                pngProfile(profile!),
              ]),
            );
      const row = { colours, profile: profileName };
      for (const [sampleFormat, called, depths] of [
        [1, '', [1, 2, 4, 8, 16, 32, 64]],
        [2, ' signed', [8, 16, 32, 64]],
        [3, ' float', [16, 32, 64]],
        [4, ' undefined', [8, 16]],
      ] as const) {
        for (const bits of depths) {
          const isRead =
            (sampleFormat === 1 || sampleFormat === 4) && bits <= 16 && (bits >= 8 || samples === 1);
          if (bits < 8 && profile) continue;
          yield {
            ...row,
            format: 'TIFF',
            samples: `${bits}-bit${called}`,
            alpha: '',
            file: tiff({
              data: pack(values, bits, { format: sampleFormat, bigEndian: false }),
              bits: many(samples, bits),
              photometric,
              sampleFormat,
              profile,
            }),
            expected: isRead ? (bits < 8 ? quantised(shown, bits) : reference) : undefined,
          };
        }
      }
      for (const bits of [8, 16]) {
        const planes = Array.from({ length: samples }, (_, plane) =>
          values.filter((_, index) => index % samples === plane),
        );
        const data = pack(values, bits, { bigEndian: false });
        const content = { data, bits: many(samples, bits), photometric, profile };
        for (const [called, file] of [
          ['big endian', tiff({ ...content, data: pack(values, bits), bigEndian: true })],
          ['BigTIFF', tiff({ ...content, big: true })],
          [
            'in planes',
            tiff({
              ...content,
              data: Buffer.concat(planes.map((plane) => pack(plane, bits, { bigEndian: false }))),
              planar: 2,
            }),
          ],
        ] as const)
          yield {
            ...row,
            format: 'TIFF',
            samples: `${bits}-bit, ${called}`,
            alpha: '',
            file,
            expected: reference,
          };
        for (const [extra, called] of [
          [0, 'of no said kind'],
          [1, 'premultiplied'],
          [2, 'beside'],
        ] as const) {
          const stored =
            extra === 1
              ? values.map((level, index) => (level * alpha[Math.floor(index / samples)]!) / 255)
              : values;
          yield {
            ...row,
            format: 'TIFF',
            samples: `${bits}-bit`,
            alpha: called,
            file: tiff({
              ...content,
              data: pack(withAlpha(stored, samples), bits, { bigEndian: false }),
              bits: many(samples + 1, bits),
              extraSamples: [extra],
            }),
            expected: colours === 'inverted grey' ? undefined : overWhite(reference, samples),
          };
        }
      }
      if (colours === 'inverted grey') continue;
      const type = samples === 1 ? 0 : 2;
      const before = profile ? [pngProfile(profile)] : [];
      for (const bits of samples === 1 && !profile ? [1, 2, 4, 8, 16] : [8, 16]) {
        const png = { ...row, format: 'PNG', samples: `${bits}-bit` };
        const opaque = bits < 8 ? quantised(shown, bits) : reference;
        const rows = inRows(pack(values, bits));
        yield {
          ...png,
          alpha: '',
          file: writePng(width, height, bits, type, rows, before),
          expected: opaque,
        };
        const key = values
          .slice(5 * samples, 6 * samples)
          .map((level) => Math.round((level / 255) * (2 ** bits - 1)));
        const transparent = Buffer.from(key.flatMap((level) => [level >> 8, level & 255]));
        const isKey = (pixel: number) =>
          key.every(
            (level, sample) =>
              Math.round((values[pixel * samples + sample]! / 255) * (2 ** bits - 1)) === level,
          );
        yield {
          ...png,
          alpha: 'one level',
          file: writePng(width, height, bits, type, rows, [...before, pngChunk('tRNS', transparent)]),
          expected: opaque.map((level, index) => (isKey(Math.floor(index / samples)) ? 255 : level)),
        };
        if (bits >= 8) {
          yield {
            ...png,
            alpha: 'beside',
            file: writePng(
              width,
              height,
              bits,
              type + 4,
              inRows(pack(withAlpha(values, samples), bits)),
              before,
            ),
            expected: overWhite(reference, samples),
          };
        }
      }
    }
  }
}

async function* otherColours(): AsyncGenerator<Row> {
  const none = { alpha: '', profile: 'none' };
  for (const bits of [1, 2, 4, 8]) {
    const count = 2 ** bits;
    const indices = Array.from({ length: width * height }, (_, pixel) => pixel % count);
    const colour = (index: number) => [0, 1, 2].map((channel) => (index * 37 + channel * 50) % 256);
    const data = pack(
      indices.map((index) => (index / (count - 1)) * 255),
      bits,
    );
    const map = [0, 1, 2].flatMap((channel) =>
      Array.from({ length: count }, (_, index) => colour(index)[channel]! * 257),
    );
    const expected = indices.flatMap(colour);
    const palette = pngChunk(
      'PLTE',
      Buffer.from(Array.from({ length: count }, (_, index) => colour(index)).flat()),
    );
    const row = { colours: 'palette', samples: `${bits}-bit`, ...none };
    yield {
      ...row,
      format: 'TIFF',
      file: tiff({ data, bits: [bits], photometric: 3, colourMap: map }),
      expected,
    };
    yield {
      ...row,
      format: 'PNG',
      file: writePng(width, height, bits, 3, inRows(data), [palette]),
      expected,
    };
    const opacity = pngChunk('tRNS', Buffer.from([0, 128]));
    yield {
      ...row,
      format: 'PNG',
      alpha: 'by colour',
      file: writePng(width, height, bits, 3, inRows(data), [palette, opacity]),
      expected: expected.map((level, index) => {
        const at = indices[Math.floor(index / 3)]!;
        return at === 0 ? 255 : at === 1 ? (level * 128 + 255 * 127) / 255 : level;
      }),
    };
    const p3 = pngProfile(await libraryProfile('p3'));
    const full = writePng(width, height, 8, 2, inRows(Buffer.from(expected)), [p3]);
    yield {
      ...row,
      format: 'PNG',
      profile: 'Display P3',
      file: writePng(width, height, bits, 3, inRows(data), [p3, palette]),
      expected: await pixelsOf(full),
    };
  }
  const inks = levels(4);
  for (const [name, profile] of [
    ['none', undefined],
    ['CMYK', await libraryProfile('cmyk')],
  ] as const) {
    const cmyk = { photometric: 5, profile };
    const reference = await pixelsOf(tiff({ data: pack(inks, 8), bits: many(4, 8), ...cmyk }));
    const row = { format: 'TIFF', colours: 'CMYK', profile: name };
    for (const bits of [8, 16]) {
      const data = pack(inks, bits, { bigEndian: false });
      const more = pack(withAlpha(inks, 4), bits, { bigEndian: false });
      yield {
        ...row,
        samples: `${bits}-bit`,
        alpha: '',
        file: tiff({ data, bits: many(4, bits), ...cmyk }),
        expected: reference,
      };
      yield {
        ...row,
        samples: `${bits}-bit`,
        alpha: 'beside',
        file: tiff({ data: more, bits: many(5, bits), extraSamples: [2], ...cmyk }),
        expected: bits === 8 ? overWhite(reference, 3) : undefined,
      };
    }
  }
  for (const [colours, photometric] of [
    ['Lab', 8],
    ['ICC Lab', 9],
    ['ITU Lab', 10],
    ['LogLuv', 32845],
    ['raw camera', 32803],
    ['mask', 4],
  ] as const) {
    for (const bits of [8, 16])
      yield {
        ...none,
        format: 'TIFF',
        colours,
        samples: `${bits}-bit`,
        file: tiff({ data: pack(levels(3), bits, { bigEndian: false }), bits: many(3, bits), photometric }),
        expected: undefined,
      };
  }
  const grey = levels(1);
  const neutral = grey.flatMap((level) => [level, 128, 128]);
  yield {
    ...none,
    format: 'TIFF',
    colours: 'YCbCr',
    samples: '8-bit, 4:4:4',
    file: tiff({ data: Buffer.from(neutral), bits: many(3, 8), photometric: 6, tags: [[530, 3, [1, 1]]] }),
    expected: undefined,
  };
  const blocks = Array.from({ length: (width * height) / 4 }, () => [90, 90, 90, 90, 128, 128]).flat();
  yield {
    ...none,
    format: 'TIFF',
    colours: 'YCbCr',
    samples: '8-bit, 4:2:0',
    file: tiff({ data: Buffer.from(blocks), bits: many(3, 8), photometric: 6 }),
    expected: many(width * height * 3, 90),
  };
}

/** The lossy formats, of smooth pictures that they keep within a few levels. */
async function* photographs(): AsyncGenerator<Row> {
  const side = 32;
  const smooth = (samples: number) =>
    Buffer.from(
      Array.from({ length: side * side * samples }, (_, index) => {
        const pixel = Math.floor(index / samples);
        return 40 + 3 * (pixel % side) + ((index % samples) + 1) * Math.floor(pixel / side);
      }),
    );
  const raw = (samples: 1 | 3 | 4) => {
    const picture = sharp(smooth(samples), { raw: { width: side, height: side, channels: samples } });
    return samples === 1 ? picture.toColourspace('b-w') : picture;
  };
  const white = (values: Buffer) =>
    [...values].flatMap((level, index) =>
      index % 4 === 3
        ? []
        : [(level * values[index - (index % 4) + 3]!) / 255 + 255 - values[index - (index % 4) + 3]!],
    );
  const p3 = await sharp(smooth(3), { raw: { width: side, height: side, channels: 3 } })
    .withIccProfile('p3')
    .png()
    .toBuffer();
  const row = { alpha: '', profile: 'none', samples: '8-bit' };
  const rgb = [...smooth(3)];
  const jpeg = { quality: 100, chromaSubsampling: '4:4:4' };
  yield {
    ...row,
    format: 'JPEG',
    colours: 'grey',
    file: await raw(1).jpeg(jpeg).toBuffer(),
    expected: [...smooth(1)],
  };
  yield { ...row, format: 'JPEG', colours: 'YCbCr', file: await raw(3).jpeg(jpeg).toBuffer(), expected: rgb };
  yield {
    ...row,
    format: 'JPEG',
    colours: 'YCbCr, 4:2:0, progressive',
    file: await raw(3).jpeg({ quality: 100, progressive: true, chromaSubsampling: '4:2:0' }).toBuffer(),
    expected: rgb,
  };
  yield {
    ...row,
    format: 'JPEG',
    colours: 'YCbCr',
    profile: 'Display P3',
    file: await sharp(p3).keepIccProfile().jpeg(jpeg).toBuffer(),
    expected: await pixelsOf(p3),
  };
  yield {
    ...row,
    format: 'JPEG',
    colours: 'CMYK',
    profile: 'CMYK',
    file: await raw(3).withIccProfile('cmyk').jpeg(jpeg).toBuffer(),
    expected: await pixelsOf(await raw(3).withIccProfile('cmyk').tiff({ compression: 'none' }).toBuffer()),
  };
  yield {
    ...row,
    format: 'WebP',
    colours: 'RGB',
    file: await raw(3).webp({ lossless: true }).toBuffer(),
    expected: rgb,
  };
  yield {
    ...row,
    format: 'WebP',
    colours: 'YCbCr',
    file: await raw(3).webp({ quality: 100 }).toBuffer(),
    expected: rgb,
  };
  yield {
    ...row,
    format: 'WebP',
    colours: 'RGB',
    alpha: 'beside',
    file: await raw(4).webp({ lossless: true }).toBuffer(),
    expected: white(smooth(4)),
  };
  yield {
    ...row,
    format: 'WebP',
    colours: 'RGB',
    profile: 'Display P3',
    file: await sharp(p3).keepIccProfile().webp({ lossless: true }).toBuffer(),
    expected: await pixelsOf(p3),
  };
  for (const bitdepth of [8, 10, 12] as const) {
    const avif = { ...row, format: 'AVIF', samples: `${bitdepth}-bit` };
    const options = { quality: 100, chromaSubsampling: '4:4:4', bitdepth, effort: 0 };
    yield { ...avif, colours: 'YCbCr', file: await raw(3).avif(options).toBuffer(), expected: rgb };
    yield {
      ...avif,
      colours: 'YCbCr',
      alpha: 'beside',
      file: await raw(4).avif(options).toBuffer(),
      expected: white(smooth(4)),
    };
    yield {
      ...avif,
      colours: 'YCbCr',
      profile: 'Display P3',
      file: await sharp(p3).keepIccProfile().avif(options).toBuffer(),
      expected: await pixelsOf(p3),
    };
  }
  const four = Buffer.from(
    Array.from({ length: 48 * 3 }, (_, index) => ((index % 3) * 60 + Math.floor(index / 36) * 20) % 256),
  );
  const few = sharp(four, { raw: { width: 8, height: 6, channels: 3 } });
  yield {
    ...row,
    format: 'GIF',
    colours: 'palette',
    file: await few.gif({ dither: 0 }).toBuffer(),
    expected: [...four],
  };
}

describe('every combination of samples, colours, transparency and profile', () => {
  const rows: { row: Row; outcome: string; difference: number }[] = [];

  beforeAll(async () => {
    for (const source of [greyAndRgb, otherColours, photographs]) {
      for await (const row of source()) {
        try {
          const { pixels } = await decodeImage(row.file, 'file');
          const { expected = [] } = row;
          const isSame = pixels.length === expected.length;
          const difference = isSame
            ? expected.reduce((most, level, index) => Math.max(most, Math.abs(level - pixels[index]!)), 0)
            : Infinity;
          rows.push({ row, outcome: `${Math.round(difference)}`, difference });
        } catch (error) {
          const { message } = error as Error;
          rows.push({
            row,
            outcome: /\(it is (.*?)\)\. Expected/.exec(message)?.[1] ?? message,
            difference: NaN,
          });
        }
      }
    }
  });

  it('is decoded as its 8-bit file is, or refused by what it is', () => {
    expect(rows.length).toBeGreaterThan(200);
    const wrong = rows.filter(({ row, outcome, difference }) =>
      row.expected
        ? !(difference <= (/JPEG|AVIF|WebP/.test(row.format) ? 8 : 3))
        : !/^a (TIFF|camera)/.test(outcome),
    );
    expect(
      wrong.map(({ row: { file: _file, expected: _expected, ...row }, outcome }) => ({ ...row, outcome })),
    ).toEqual([]);
  });

  it('is listed in docs/image-formats.md', async () => {
    const lines = rows.map(({ row, outcome, difference }) =>
      [
        row.format,
        row.colours,
        row.samples,
        row.alpha,
        row.profile,
        isNaN(difference) ? `refused: ${outcome}` : outcome,
      ]
        .map((cell) => ` ${cell} `)
        .join('|'),
    );
    const text = `# Image formats

What decoding makes of every combination of format, colours, samples, transparency and colour profile. The last column
is the largest difference, in grey levels of 255, from the 8-bit file of the same picture, or the words in which the
file is refused. Transparency is laid over white. JPEG, WebP and AVIF lose up to a few levels by themselves.

This page is written by \`npx vitest run packages/sdnet/test/node/image-formats.test.ts -u\`, and checked by the same test.

| format | colours | samples | transparency | profile | difference, or refusal |
| --- | --- | --- | --- | --- | --- |
${lines.map((line) => `|${line}|`).join('\n')}
`;
    const formatted = await format(text, { parser: 'markdown', printWidth: 120, proseWrap: 'preserve' });
    await expect(formatted).toMatchFileSnapshot('../../../../docs/image-formats.md');
  });
});
