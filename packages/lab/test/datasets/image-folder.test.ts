import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { classCounts, samplesOfSplit } from '@sdnet/training';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ImageFolderOptions, loadImageFolder } from '../../src/datasets/image-folder.js';
import { plainImage } from '../support/draw-image.js';
import { refusal } from '../support/refusal.js';
import { put, temporaryFolder } from '../support/temporary-folder.js';

let face: Buffer;
beforeAll(async () => {
  face = await plainImage(7, 20);
});

function draw(...files: string[]): string {
  const root = temporaryFolder();
  for (const file of files) put(root, file, face);
  return root;
}

const load = (root: string, options: ImageFolderOptions = {}) =>
  loadImageFolder(root, { cacheDirectory: temporaryFolder(), ...options });

describe('loadImageFolder', () => {
  it('reads class folders: expressions by their canonical names and order, then others by name', async () => {
    const root = draw(
      'Zen/a.png',
      'sadness/a.png',
      'sadness/b.png',
      'bored/a.png',
      'Contempt/a.png',
      'Angry/a.png',
    );
    put(root, 'LICENCE', 'x');
    const dataset = await load(root);
    expect(dataset).toMatchObject({ name: 'folder', width: 20, height: 20, channels: 1 });
    expect(dataset.classNames).toEqual(['angry', 'sad', 'contempt', 'Zen', 'bored']);
    expect(classCounts(dataset)).toEqual([1, 2, 1, 1, 1]);
    expect(dataset.samples.find(({ label }) => label === 1)).toEqual({ source: 'sadness/a.png', label: 1 });
  });

  it.each([
    ['train', 'validation', 'test'],
    ['Training', 'val', 'Testing'],
  ])('reads the splits %s, %s and %s', async (train, validation, test) => {
    const dataset = await load(
      draw(
        `${train}/happy/a.png`,
        `${train}/sad/a.png`,
        `${train}/sad/b.png`,
        `${validation}/sad/a.png`,
        `${test}/Happiness/a.png`,
      ),
    );
    expect(dataset.classNames).toEqual(['happy', 'sad']);
    expect(classCounts(dataset, samplesOfSplit(dataset, 'train'))).toEqual([1, 2]);
    expect(classCounts(dataset, samplesOfSplit(dataset, 'validation'))).toEqual([0, 1]);
    expect(classCounts(dataset, samplesOfSplit(dataset, 'test'))).toEqual([1, 0]);
  });

  it('holds out a tenth of each class where there is a train folder but none for validation', async () => {
    const files = Array.from({ length: 20 }, (_, index) => [
      `train/sad/${index}.png`,
      `train/fear/${index}.png`,
    ]);
    const root = draw(...files.flat(), 'test/sad/x.png');
    const notes: string[] = [];
    const first = await load(root, { holdOutSeed: 1, onNote: (note) => notes.push(note) });
    expect(notes).toEqual([
      'folder: has no validation images, so 4 of its 40 training images are held out as such, drawn by the data seed 1.',
    ]);
    expect(classCounts(first, samplesOfSplit(first, 'validation'))).toEqual([2, 2]);
    const second = await load(root, { holdOutSeed: 2 });
    expect(samplesOfSplit(second, 'validation')).not.toEqual(samplesOfSplit(first, 'validation'));
    expect(samplesOfSplit(second, 'test')).toEqual(samplesOfSplit(first, 'test'));
  });
});

describe('loadImageFolder refuses', () => {
  const cases: [string, string[], RegExp][] = [
    ['an empty folder', [], /at least two class folders were expected \(it is empty\)/],
    ['a single class', ['sad/a.png'], /at least two class folders were expected \(it holds sad\)/],
    ['an image in no class', ['sad/a.png', 'fear/a.png', 'a.png'], /a.png: is in no class folder/],
    [
      'an image in a split but no class',
      ['train/sad/a.png', 'train/fear/a.png', 'train/a.png'],
      /train\/a.png: is in no class folder/,
    ],
    ['two folders of one class', ['sad/a.png', 'sadness/a.png'], /sad and .*sadness are both the class sad/],
    ['a folder among the images', ['sad/a.png', 'fear/b/a.png'], /fear\/b: not a file; expected .png/],
    [
      'a split without train',
      ['test/sad/a.png', 'test/fear/a.png'],
      /the folder train is missing \(it holds test\)/,
    ],
    [
      'a class beside the splits',
      ['train/sad/a.png', 'sad/a.png'],
      /sad: not a folder of a split; beside train, only validation and test/,
    ],
    [
      'a split there twice',
      ['train/sad/a.png', 'val/sad/a.png', 'valid/sad/a.png'],
      /val and valid are both the split validation/,
    ],
    [
      'a class that is not in train',
      ['train/sad/a.png', 'train/fear/a.png', 'test/angry/a.png'],
      /test\/angry: train has no such class \(it has fear, sad\)/,
    ],
  ];
  it.each(cases)('%s', async (_, files, message) => {
    expect(await refusal(load(draw(...files)))).toMatch(message);
  });

  it.skipIf(process.platform === 'win32')('a pipe with the name of an image', async () => {
    const root = draw('sad/a.png', 'fear/a.png');
    const pipe = join(root, 'fear/f.png');
    execFileSync('mkfifo', [pipe]);
    expect(await refusal(load(root))).toContain(`${pipe}: not a file; expected .png`);
  });

  it('a file where a folder was expected', async () => {
    const file = join(draw('face.png'), 'face.png');
    expect(await refusal(load(file))).toBe(
      `${file}: a file is there where a folder was expected. Check the path.`,
    );
  });

  it('an empty class folder, a stray file and a text called .png', async () => {
    const root = draw('sad/a.png', 'fear/a.png');
    mkdirSync(join(root, 'happy'));
    expect(await refusal(load(root))).toMatch(/happy: the class folder is empty/);
    const file = put(root, 'happy/a.txt', 'x');
    expect(await refusal(load(root))).toContain(`${file}: not an image`);
    const other = draw('sad/a.png', 'fear/a.png');
    const text = put(other, 'fear/b.png', 'text');
    expect(await refusal(load(other))).toContain(`${text}: not an image`);
  });
});
