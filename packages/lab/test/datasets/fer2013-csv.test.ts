import { UserError } from '@sdnet/training';
import { describe, expect, it } from 'vitest';
import { loadFer2013 } from '../../src/datasets/fer2013.js';
import { readFer2013Csv } from '../../src/datasets/fer2013-csv.js';
import { put, temporaryFolder } from '../support/temporary-folder.js';

const header = 'emotion,pixels,Usage';

/** Grey levels that differ from image to image. */
const levels = (image: number) => Uint8Array.from({ length: 2304 }, (_, index) => index * 7 + image * 13);
const row = (emotion: number | string, pixels: Iterable<number | string>, usage = 'Training') =>
  `${emotion},${[...pixels].join(' ')},${usage}`;
const csv = (...rows: string[]) => `${[header, ...rows].join('\n')}\n`;
const good = csv(
  row(0, levels(0)),
  row(6, levels(1), 'PublicTest'),
  row(3, levels(2), 'PrivateTest'),
  row(1, levels(3)),
);

function read(content: string | Uint8Array) {
  return readFer2013Csv(put(temporaryFolder(), 'fer2013.csv', content));
}

describe('readFer2013Csv', () => {
  it('reads pixels, classes, splits and rows', async () => {
    const dataset = await read(good);
    expect(dataset).toMatchObject({ name: 'fer2013', width: 48, height: 48, channels: 1 });
    expect(dataset.classNames).toEqual(['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral']);
    expect(dataset.samples).toEqual([
      { source: 'row 1', label: 0, split: 'train' },
      { source: 'row 2', label: 6, split: 'validation' },
      { source: 'row 3', label: 3, split: 'test' },
      { source: 'row 4', label: 1, split: 'train' },
    ]);
    expect(dataset.pixels).toEqual(Uint8Array.from([0, 1, 2, 3].flatMap((image) => [...levels(image)])));
  });

  it('accepts a byte-order mark, Windows line ends, quotes, empty lines, other column order, no last line end', async () => {
    const { pixels, samples } = await read(good);
    const [first, second, third, fourth] = good.trim().split('\n').slice(1);
    const variants = [
      `\uFEFF${good}`,
      good.replaceAll('\n', '\r\n'),
      good.replace(/,([\d ]+),/g, ',"$1",'),
      `${header}\n${first}\n\n${second}\n${third}\n${fourth}\n\n\n`,
      good.trimEnd(),
      `emotion, Usage, pixels\n${good
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.replace(/^(.*),(.*),(.*)$/, '$1, $3, $2'))
        .join('\n')}`,
    ];
    for (const variant of variants) {
      const dataset = await read(variant);
      expect(dataset.samples).toEqual(samples);
      expect(dataset.pixels).toEqual(pixels);
    }
  });

  it('reports its progress in bytes up to the end', async () => {
    const file = put(temporaryFolder(), 'fer2013.csv', good);
    const progress: [number, number][] = [];
    await readFer2013Csv(file, (done, total) => progress.push([done, total]));
    expect(progress).toHaveLength(4);
    expect(progress.at(-1)).toEqual([good.length, good.length]);
  });

  const ok = row(2, levels(0));
  const bad: [string, string | Uint8Array, RegExp][] = [
    [
      '2,303 pixels',
      csv(ok, row(0, levels(0).slice(1))),
      /row 2 \(line 3\): has 2303 pixels, but 2304 \(48×48\)/,
    ],
    ['2,305 pixels', csv(row(0, [...levels(0), 5])), /row 1 \(line 2\): has 2305 pixels/],
    ['no pixels', csv(row(0, [])), /row 1 \(line 2\): has 0 pixels/],
    [
      'a pixel of 256',
      csv(ok, row(0, [1, 2, 256, ...levels(0).slice(3)])),
      /row 2 .*pixel 3 is "256".* 0 to 255/,
    ],
    ['a negative pixel', csv(row(0, [-1, ...levels(0).slice(1)])), /pixel 1 is "-1"/],
    ['a pixel that is no number', csv(row(0, ['x', ...levels(0).slice(1)])), /pixel 1 is "x"/],
    ['a fraction', csv(row(0, ['1.5', ...levels(0).slice(1)])), /pixel 1 is "1.5"/],
    [
      'emotion 7',
      csv(ok, '', row(7, levels(0))),
      /row 2 \(line 4\): emotion is "7".* 0 \(angry\) to 6 \(neutral\)/,
    ],
    ['no emotion', csv(row('', levels(0))), /row 1 \(line 2\): emotion is ""/],
    [
      'an unknown Usage',
      csv(row(0, levels(0), 'Test')),
      /Usage is "Test".* Training, PublicTest, PrivateTest/,
    ],
    [
      'another header',
      good.replace('pixels', 'image'),
      /line 1: the header is "emotion,image,Usage".*emotion, pixels, Usage/,
    ],
    ['no header', good.slice(header.length + 1), /line 1: the header is "0,0 7 14/],
    ['a row cut off in its pixels', good.slice(0, -3000), /row 4 \(line 5\): has 2 columns, .*cut off/],
    ['a row cut off in its Usage', good.slice(0, -4), /row 4 \(line 5\): Usage is "Train".*cut off/],
    ['a row cut off in quotes', `${good}0,"1 2 3`, /row 5: not readable as CSV .*cut off/],
    [
      'a quote that is not closed for more than 1 MB',
      csv(ok, ok, `3,"${levels(0).join(' ')},Training`, ...Array<string>(150).fill(ok)),
      /row 3: has more than 1 MB; a quote \("\) may be unclosed in it/,
    ],
    [
      'UTF-16, little endian',
      Buffer.from(`\uFEFF${good}`, 'utf16le'),
      /UTF-16.*expected text as ASCII or UTF-8/,
    ],
    ['UTF-16, big endian', Buffer.from(`\uFEFF${good}`, 'utf16le').swap16(), /UTF-16/],
    ['UTF-16 without a mark', Buffer.from(good, 'utf16le'), /UTF-16/],
    ['only line ends', '\n\n', /line 1: the header is ""/],
    ['no rows', `${header}\n`, /has no rows/],
  ];
  it.each(bad)('refuses %s', async (_, content, message) => {
    const file = put(temporaryFolder(), 'some.csv', content);
    const error = await readFer2013Csv(file).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toMatch(message);
    expect((error as UserError).message).toContain(file);
  });
});

describe('loadFer2013 of a CSV file', () => {
  it('takes the file or its folder, and the second time the cache', async () => {
    const folder = temporaryFolder();
    const cacheDirectory = temporaryFolder();
    const file = put(folder, 'fer2013.csv', good);
    const dataset = await loadFer2013(file, { cacheDirectory });
    expect(dataset.samples).toHaveLength(4);
    const again = await loadFer2013(folder, {
      cacheDirectory,
      onProgress: () => expect.fail('read the file again'),
    });
    expect(again).toEqual(dataset);
    put(folder, 'fer2013.csv', csv(row(5, levels(0), 'PublicTest')));
    expect((await loadFer2013(folder, { cacheDirectory })).samples).toHaveLength(1);
  });

  it('refuses an empty file and a path that is not there', async () => {
    const folder = temporaryFolder();
    const empty = put(folder, 'fer2013.csv', '');
    await expect(loadFer2013(empty)).rejects.toThrow(`${empty}: the file is empty`);
    await expect(loadFer2013(folder)).rejects.toThrow(`${empty}: the file is empty`);
    await expect(loadFer2013(`${folder}/none`)).rejects.toThrow(`${folder}/none: there is no such file`);
    await expect(loadFer2013(`${folder}/none`)).rejects.toBeInstanceOf(UserError);
  });
});
