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

describe('loadImageFolder takes what there is', () => {
  it('a test folder alone, with a single class', async () => {
    const dataset = await load(draw('test/Anger/a.png', 'test/Anger/b.png'));
    expect(dataset.classNames).toEqual(['angry']);
    expect(dataset.samples.map(({ split }) => split)).toEqual(['test', 'test']);
  });

  it('folders of one class spelled in two ways in two splits', async () => {
    const dataset = await load(
      draw(
        'train/cafe\u0301/a.png',
        'train/Bored/a.png',
        'val/caf\u00e9/a.png',
        'val/BORED /b.png',
        'test/bored/c.png',
      ),
    );
    expect(dataset.classNames).toEqual(['Bored', 'caf\u00e9']);
    expect(classCounts(dataset)).toEqual([3, 2]);
    // What opens a file stays as it is on disk.
    expect(dataset.samples.map(({ source }) => source)).toContain('train/cafe\u0301/a.png');
  });

  it.each([
    ['anger', 'angry'],
    ['ANGRY', 'angry'],
    ['0_angry', 'angry'],
    ['3. Happiness', 'happy'],
    ['4-sadness', 'sad'],
    ['surprised', 'surprise'],
    ['suprise', 'surprise'],
    ['Fearful', 'fear'],
    ['disgusted', 'disgust'],
    ['neutrality', 'neutral'],
    // Numbers and other words are not guessed at.
    ['0', '0'],
    ['1_2', '1_2'],
    ['joy', 'joy'],
    ['not_angry', 'not_angry'],
  ])('%s is %s', async (folder, name) => {
    expect((await load(draw(`${folder}/a.png`))).classNames).toEqual([name]);
  });
});

describe('class names for numbered folders', () => {
  const classNames = ['Surprise', 'fear', 'bored'];
  it.each([
    ['0 to 2', ['0/a.png', '1/a.png', '2/a.png']],
    ['1 to 3', ['1/a.png', '2/a.png', '3/a.png']],
    [
      'in splits that have not all of them',
      ['train/1/a.png', 'train/2/a.png', 'train/3/a.png', 'test/3/b.png'],
    ],
  ])('%s', async (_, files) => {
    const dataset = await load(draw(...files), { classNames });
    expect(dataset.classNames).toEqual(['fear', 'surprise', 'bored']);
    const last = dataset.samples.find(({ source }) => source.includes(files.at(-1)!))!;
    expect(dataset.classNames[last.label]).toBe('bored');
  });

  it.each([
    [
      'too few',
      ['1/a.png', '2/a.png', '3/a.png', '4/a.png'],
      classNames,
      /the numbers 1 to 4, but 3 class names/,
    ],
    ['0 to 3', ['0/a.png', '3/a.png'], classNames, /the numbers 0 to 3, but 3 class names/],
    ['neither the first nor the last', ['1/a.png', '2/a.png'], classNames, /cannot be said .* number 0 or 1/],
    ['words', ['1/a.png', 'sad/a.png'], classNames, /its class "sad" is no number/],
    ['one name twice', ['0/a.png', '1/a.png'], ['sad', 'Sadness'], /have Sadness twice/],
    ['a single name', ['0/a.png'], ['sad'], /are not two or more names/],
    ['the same number twice', ['1/a.png', '01/a.png', '3/a.png'], classNames, /are both the class surprise/],
  ])('refused: %s', async (_, files, names, message) => {
    expect(await refusal(load(draw(...files), { classNames: names }))).toMatch(message);
  });
});

describe('loadImageFolder refuses', () => {
  const cases: [string, string[], RegExp][] = [
    ['an empty folder', [], /class folders with images were expected \(it is empty\)/],
    ['an image in no class', ['sad/a.png', 'fear/a.png', 'a.png'], /a.png: is in no class folder/],
    [
      'an image in a split but no class',
      ['train/sad/a.png', 'train/fear/a.png', 'train/a.png'],
      /train\/a.png: is in no class folder/,
    ],
    ['two folders of one class', ['sad/a.png', 'sadness/a.png'], /sad and .*sadness are both the class sad/],
    ['a folder among the images', ['sad/a.png', 'fear/b/a.png'], /fear\/b: not a file; expected .png/],
    [
      'two folders of one class that is no expression',
      ['Bored/a.png', 'bored/a.png', 'sad/a.png'],
      /Bored and .*bored are both the class Bored. Merge/,
    ],
    [
      'folders whose names differ in composition alone',
      ['cafe\u0301/a.png', 'caf\u00e9/a.png'],
      /are both the class café. Merge/,
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
