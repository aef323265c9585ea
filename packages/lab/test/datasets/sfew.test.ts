import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { classCounts, samplesOfSplit } from '@sdnet/training';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadSfew } from '../../src/datasets/sfew.js';
import type { ImageFilesOptions } from '../../src/datasets/load-images.js';
import { plainImage } from '../support/draw-image.js';
import { refusal } from '../support/refusal.js';
import { put, temporaryFolder } from '../support/temporary-folder.js';

const classFolders = ['Angry', 'Disgust', 'Fear', 'Happy', 'Neutral', 'Sad', 'Surprise'];

let face: Buffer;
beforeAll(async () => {
  face = await plainImage(50, 143, 181);
});

/** `count` + the class's position images in each class folder. */
function draw(train: string, validation: string): string {
  const root = temporaryFolder();
  for (const [folder, count] of [
    [train, 2],
    [validation, 1],
  ] as const) {
    for (const [index, name] of classFolders.entries()) {
      for (let image = 0; image < count + (index % 2); image++)
        put(root, `${folder}/${name}/Airheads_00051924${image}_00000005.png`, face);
    }
  }
  return root;
}

const load = (root: string, options: ImageFilesOptions = {}) =>
  loadSfew(root, { cacheDirectory: temporaryFolder(), ...options });

describe('loadSfew', () => {
  it.each([
    ['Train', 'Val'],
    ['train', 'validation'],
    ['Train/Train_Aligned_Faces', 'Val/Val_Aligned_Faces_new'],
    ['Train/Train_Aligned_Faces/Train_Aligned_Faces', 'Val/Val_Aligned_Faces_new/Val_Aligned_Faces'],
    ['Train_Aligned_Faces', 'Val_Aligned_Faces'],
  ])('reads %s and %s, and tells the numbers', async (train, validation) => {
    const root = draw(train, validation);
    put(root, 'Test/Test_Aligned_Faces/1.png', face);
    put(root, 'readme.txt', 'x');
    const notes: string[] = [];
    const dataset = await load(root, { onNote: (note) => notes.push(note) });
    expect(dataset).toMatchObject({ name: 'sfew', width: 96, height: 96, channels: 1 });
    // Canonical order: surprise before neutral, and sad (drawn with one more) between happy and surprise.
    expect(dataset.classNames).toEqual(['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral']);
    expect(classCounts(dataset, samplesOfSplit(dataset, 'train'))).toEqual([2, 3, 2, 3, 3, 2, 2]);
    expect(classCounts(dataset, samplesOfSplit(dataset, 'validation'))).toEqual([1, 2, 1, 2, 2, 1, 1]);
    expect(samplesOfSplit(dataset, 'test')).toEqual([]);
    expect(dataset.samples[0]).toEqual({
      source: `${train}/Angry/Airheads_000519240_00000005.png`,
      label: 0,
      split: 'train',
    });
    expect(dataset.pixels.every((level) => level === 50)).toBe(true);
    expect(notes).toEqual([
      `SFEW: 17 images in ${train} for training, 10 images in ${validation} for validation (the paper has 879 and 406).`,
    ]);
  });

  it('passes over other folders beside the aligned faces', async () => {
    const root = draw('Train/Train_Aligned_Faces', 'Val');
    put(root, 'Train/Train_Faces_Points/Angry.mat', 'x');
    expect((await load(root)).samples).toHaveLength(27);
  });
});

describe('loadSfew refuses', () => {
  const change = async (breakIt: (root: string) => unknown) => {
    const root = draw('Train', 'Val');
    await breakIt(root);
    return await refusal(load(root));
  };
  const cases: [string, (root: string) => unknown, RegExp][] = [
    [
      'a missing split',
      (root) => rmSync(join(root, 'Val'), { recursive: true }),
      /one folder was expected whose name begins with val \(it holds Train\)/,
    ],
    [
      'a split there twice',
      (root) => mkdirSync(join(root, 'Train_old')),
      /begins with train \(it holds Train, Train_old, Val\)/,
    ],
    [
      'two folders of aligned faces',
      (root) => ['a', 'b'].map((name) => mkdirSync(join(root, `Val/aligned_${name}`))),
      /several folders say "aligned": aligned_a, aligned_b/,
    ],
    [
      'two folders of aligned faces in another',
      (root) =>
        ['a', 'b'].map((name) => mkdirSync(join(root, `Val/aligned/aligned_${name}`), { recursive: true })),
      /Val: several folders say "aligned": aligned\/aligned_a, aligned\/aligned_b. Remove all but one/,
    ],
    [
      'a missing class',
      (root) => rmSync(join(root, 'Val/Sad'), { recursive: true }),
      /Val: the class folder sad is missing/,
    ],
    [
      'an empty class',
      (root) => {
        rmSync(join(root, 'Val/Sad'), { recursive: true });
        mkdirSync(join(root, 'Val/Sad'));
      },
      /Val\/Sad: the class folder is empty/,
    ],
    [
      'a class there twice',
      (root) => renameSync(join(root, 'Val/Sad'), join(root, 'Val/Happiness')),
      /Happiness and Happy are both the class happy/,
    ],
    [
      'a stray file among the classes',
      (root) => put(root, 'Val/notes.txt', 'x'),
      /notes.txt: not a class folder of SFEW/,
    ],
    [
      'a stray file among the images',
      (root) => put(root, 'Val/Sad/notes.txt', 'x'),
      /notes.txt: not an image/,
    ],
    [
      'a whole film frame',
      async (root) => put(root, 'Train/Sad/z.png', await plainImage(1, 720, 576)),
      /z.png: is 720×576, a whole frame, but an aligned face was expected/,
    ],
    ['a text called .png', (root) => put(root, 'Val/Sad/z.png', 'text'), /z.png: not an image/],
  ];
  it.each(cases)('%s', async (_, breakIt, message) => {
    expect(await change(breakIt)).toMatch(message);
  });
});
