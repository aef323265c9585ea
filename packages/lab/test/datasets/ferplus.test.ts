import type { Split } from '@sdnet/training';
import { describe, expect, it } from 'vitest';
import { type FerPlusOptions, loadFerPlus } from '../../src/datasets/ferplus.js';
import { refusal } from '../support/refusal.js';
import { put, temporaryFolder } from '../support/temporary-folder.js';

const usages = { train: 'Training', validation: 'PublicTest', test: 'PrivateTest' };
const header = 'Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF';

interface Row {
  readonly split: Split;
  /** In the order of the header. */
  readonly votes: readonly number[];
}

const rows: readonly Row[] = [
  { split: 'train', votes: [1, 0, 0, 0, 8, 1, 0, 0, 0, 0] },
  { split: 'train', votes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 10] },
  { split: 'train', votes: [4, 0, 0, 1, 0, 0, 0, 5, 0, 0] },
  { split: 'train', votes: [3, 3, 0, 0, 0, 0, 0, 0, 4, 0] },
  { split: 'validation', votes: [0, 0, 7, 0, 0, 0, 3, 0, 0, 0] },
  { split: 'test', votes: [0, 0, 0, 0, 0, 0, 0, 10, 0, 0] },
];

const pixelCsv = (drawn: readonly Row[]) =>
  `emotion,pixels,Usage\n${drawn
    .map(({ split }, index) => `${index % 7},${Array(2304).fill(index).join(' ')},${usages[split]}\n`)
    .join('')}`;
const voteCsv = (drawn: readonly Row[]) =>
  `${header}\n${drawn
    .map(
      ({ split, votes }, index) =>
        `${usages[split]},${votes[9] === 10 ? '' : `fer000000${index}.png`},${votes.join(',')}\n`,
    )
    .join('')}`;

function draw(pixels: readonly Row[] | string = rows, votes: readonly Row[] | string = rows): string {
  const root = temporaryFolder();
  put(root, 'fer2013.csv', typeof pixels === 'string' ? pixels : pixelCsv(pixels));
  put(root, 'fer2013new.csv', typeof votes === 'string' ? votes : voteCsv(votes));
  return root;
}

const load = (path: string, options: FerPlusOptions = {}) =>
  loadFerPlus(path, { cacheDirectory: temporaryFolder(), ...options });

describe('loadFerPlus', () => {
  it("has the majority's class, row by row, without images nobody agrees on", async () => {
    const notes: string[] = [];
    const dataset = await load(draw(), { onNote: (note) => notes.push(note) });
    expect(dataset).toMatchObject({ name: 'ferplus', width: 48, height: 48, channels: 1 });
    expect(dataset.classNames).toEqual([
      'angry',
      'disgust',
      'fear',
      'happy',
      'sad',
      'surprise',
      'neutral',
      'contempt',
    ]);
    // Row 3: five of nine counted votes are for contempt.
    expect(dataset.samples).toEqual([
      { source: 'row 1', label: 0, split: 'train' },
      { source: 'row 3', label: 7, split: 'train' },
      { source: 'row 5', label: 5, split: 'validation' },
      { source: 'row 6', label: 7, split: 'test' },
    ]);
    expect([...dataset.samples.keys()].map((index) => dataset.pixels[index * 2304 + 2303])).toEqual([
      0, 2, 4, 5,
    ]);
    expect(dataset.pixels).toHaveLength(4 * 2304);
    expect(notes).toEqual([
      'FER+: 2 of 6 images are left out, as the annotators did not agree on an emotion or saw none.',
    ]);
  });

  it('has the distribution of the votes as soft targets', async () => {
    const { samples } = await load(draw(), { labels: 'distribution' });
    expect(samples.map(({ source, label }) => [source, label])).toEqual([
      ['row 1', 0],
      ['row 3', 7],
      ['row 5', 5],
      ['row 6', 7],
    ]);
    const [, third, fifth] = samples.map(({ distribution }) =>
      distribution!.map((share) => +share.toFixed(9)),
    );
    expect(third).toEqual([0, 0, 0, 0, 0, 0, +(4 / 9).toFixed(9), +(5 / 9).toFixed(9)]);
    expect(fifth).toEqual([0, 0, 0.3, 0, 0, 0.7, 0, 0]);
    for (const { distribution } of samples)
      expect(distribution!.reduce((sum, share) => sum + share)).toBeCloseTo(1, 12);
  });

  it('holds out a tenth of each class where the files have no validation images', async () => {
    const training = Array.from({ length: 20 }, (): Row => ({ split: 'train', votes: rows[0]!.votes }));
    const notes: string[] = [];
    const { samples } = await load(draw(training, training), {
      holdOutSeed: 3,
      onNote: (note) => notes.push(note),
    });
    expect(samples.filter(({ split }) => split === 'validation')).toHaveLength(2);
    expect(notes).toEqual([
      expect.stringContaining('FER+: 0 of 20 images'),
      'ferplus: has no validation images, so 2 of its 20 training images are held out as such, drawn by the data seed 3.',
    ]);
  });

  it('takes either file, and the pixels from the cache of fer2013', async () => {
    const root = draw();
    const cacheDirectory = temporaryFolder();
    const first = await load(root, { cacheDirectory });
    const again = { cacheDirectory, onProgress: () => expect.fail('read the pixels again') };
    expect(await load(`${root}/fer2013new.csv`, again)).toEqual(first);
    expect(await load(`${root}/fer2013.csv`, again)).toEqual(first);
  });
});

describe('loadFerPlus refuses', () => {
  it('image folders, and says why, with or without the votes', async () => {
    const root = temporaryFolder();
    put(root, 'train/angry/Training_1.png', 'x');
    const message = (holds: string) =>
      `${root}: fer2013.csv was not found (it holds ${holds}). FER+ gives its labels by row of that file, and the numbers ` +
      'in the names of image files (Training_123.png) are no rows, so they cannot be joined with folders of images. Put ' +
      'fer2013.csv and fer2013new.csv side by side.';
    expect(await refusal(load(root))).toBe(message('train'));
    put(root, 'fer2013new.csv', voteCsv(rows));
    expect(await refusal(load(root))).toBe(message('fer2013new.csv, train'));
  });

  it('a missing file of votes, and a path that is not there', async () => {
    const root = temporaryFolder();
    put(root, 'fer2013.csv', pixelCsv(rows));
    expect(await refusal(load(root))).toMatch(/fer2013new.csv was not found \(it holds fer2013.csv\)/);
    expect(await refusal(load(`${root}/nothing`))).toContain('nothing: there is no such file or folder');
  });

  const cases: [string, string, RegExp][] = [
    [
      'a file cut off',
      voteCsv(rows.slice(0, 5)),
      /has 5 rows, but fer2013.csv has 6. The two files do not belong together/,
    ],
    [
      'other splits',
      voteCsv([rows[4]!, ...rows.slice(1)]),
      /row 1: belongs to the split validation, but that row of fer2013.csv to train/,
    ],
    [
      'an unknown Usage',
      voteCsv(rows).replace('PublicTest', 'Public'),
      /row 5 \(line 6\): Usage is "Public"/,
    ],
    [
      'votes that are no number',
      voteCsv(rows).replace(',8,1,', ',x,1,'),
      /row 1 \(line 2\): anger is "x", but a number of votes/,
    ],
    ['negative votes', voteCsv(rows).replace(',8,1,', ',-8,1,'), /anger is "-8"/],
    ['a row cut off', voteCsv(rows).slice(0, -8), /row 6 \(line 7\): has 9 columns, but the header has 12/],
    [
      'another header',
      voteCsv(rows).replace('contempt', 'boredom'),
      /line 1: the header is .*but the columns Usage, neutral, .* were expected. Is this fer2013new.csv\?/,
    ],
    [
      'no agreed emotion',
      voteCsv(rows.map(({ split }) => ({ split, votes: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1] }))),
      /no image has an agreed emotion/,
    ],
  ];
  it.each(cases)('%s', async (_, votes, message) => {
    expect(await refusal(load(draw(rows, votes)))).toMatch(message);
  });

  it('what is wrong with fer2013.csv', async () => {
    expect(await refusal(load(draw(pixelCsv(rows).replace('0 0 0', '0 x 0'))))).toMatch(
      /fer2013.csv, row 1 \(line 2\): pixel 2 is "x"/,
    );
  });
});
