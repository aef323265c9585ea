import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { classCounts, type Dataset } from '@sdnet/training';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CkPlusOptions, loadCkPlus } from '../../src/datasets/ck-plus.js';
import { patternImage, plainImage } from '../support/draw-image.js';
import { refusal } from '../support/refusal.js';
import { put, temporaryFolder } from '../support/temporary-folder.js';

/** Frames of 30×20 pixels, whose grey level is ten times their number. */
const frameSize = [30, 20] as const;
const frames: Buffer[] = [];
beforeAll(async () => {
  for (let number = 0; number <= 9; number++) frames.push(await plainImage(number * 10, ...frameSize));
});

/** Landmarks in a box from (8, 4) to (18, 14), written as in the published files. */
const landmarks = `${Array.from({ length: 68 }, (_, index) => {
  const [x, y] = [8 + (index % 3) * 5, 4 + (Math.floor(index / 3) % 3) * 5];
  return `   ${x.toExponential(7)}   ${y.toExponential(7)}`;
}).join('\n')}\n`;

const number8 = (frame: number) => String(frame).padStart(8, '0');

/** Draws one sequence of `count` frames; `emotion` is its label, if it has one. */
function drawSequence(root: string, subject: string, sequence: string, count: number, emotion?: number) {
  for (let frame = 1; frame <= count; frame++) {
    const name = `${subject}/${sequence}/${subject}_${sequence}_${number8(frame)}`;
    put(root, `cohn-kanade-images/${name}.png`, frames[frame]!);
    put(root, `Landmarks/${name}_landmarks.txt`, landmarks);
  }
  const folder = `Emotion/${subject}/${sequence}`;
  if (emotion !== undefined) {
    const name = `${subject}_${sequence}_${number8(count)}_emotion.txt`;
    put(root, `${folder}/${name}`, `   ${emotion}.0000000e+00\n`);
  }
  return folder;
}

/** Two people: S005 is surprised, S010 first angry, then unlabelled, then contemptuous. */
function smallTree(): string {
  const root = temporaryFolder();
  drawSequence(root, 'S005', '001', 5, 7);
  drawSequence(root, 'S010', '002', 4, 1);
  drawSequence(root, 'S010', '003', 4);
  drawSequence(root, 'S010', '006', 6, 2);
  return root;
}

const load = (root: string, options: CkPlusOptions = {}) =>
  loadCkPlus(root, { cacheDirectory: temporaryFolder(), ...options });
const levels = ({ samples, pixels }: Dataset) =>
  samples.map((_, index) => pixels[(index * pixels.length) / samples.length]! / 10);

describe('loadCkPlus', () => {
  it('has the published numbers of images with 6, 7 and 8 classes', async () => {
    const root = temporaryFolder();
    /** Labelled sequences of anger, contempt, disgust, fear, happy, sadness, surprise (Lucey et al., table 3). */
    const labels = [45, 18, 59, 25, 69, 28, 83].flatMap((count, index) =>
      Array<number>(count).fill(index + 1),
    );
    for (let index = 0; index < 593; index++) {
      const subject = `S${String(5 + (index % 123)).padStart(3, '0')}`;
      const folder = drawSequence(
        root,
        subject,
        String(1 + Math.floor(index / 123)).padStart(3, '0'),
        4,
        labels[index],
      );
      // Of the unlabelled sequences, some have an empty folder.
      if (labels[index] === undefined && index % 2 === 0) mkdirSync(join(root, folder), { recursive: true });
    }
    const options = { cacheDirectory: temporaryFolder(), onNote: (note: string) => notes.push(note) };
    const notes: string[] = [];
    const six = await loadCkPlus(root, { ...options, classes: 6 });
    const seven = await loadCkPlus(root, options);
    const eight = await loadCkPlus(root, { ...options, classes: 8 });
    expect(notes[0]).toBe('CK+: 327 of 593 sequences have an emotion label.');
    expect(six.classNames).toEqual(['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise']);
    expect(classCounts(six)).toEqual([135, 177, 75, 207, 84, 249]);
    expect(seven.classNames).toEqual([...six.classNames, 'contempt']);
    expect(classCounts(seven)).toEqual([...classCounts(six), 54]);
    expect(eight.classNames).toEqual([...six.classNames, 'neutral', 'contempt']);
    expect(classCounts(eight)).toEqual([...classCounts(six), 327, 54]);
    expect([six, seven, eight].map(({ samples }) => samples.length)).toEqual([927, 981, 1308]);
    expect(new Set(eight.samples.map(({ subject }) => subject)).size).toBe(123);
    expect(new Set(eight.samples.map(({ sequence }) => sequence)).size).toBe(327);
  });

  it('takes the last three frames and, of eight classes, the first', async () => {
    const root = smallTree();
    const eight = await load(root, { classes: 8 });
    expect(eight.samples.map(({ label }) => eight.classNames[label])).toEqual([
      ...['neutral', 'surprise', 'surprise', 'surprise'],
      ...['neutral', 'angry', 'angry', 'angry'],
      ...['neutral', 'contempt', 'contempt', 'contempt'],
    ]);
    expect(levels(eight)).toEqual([1, 3, 4, 5, 1, 2, 3, 4, 1, 4, 5, 6]);
    expect(eight.samples[3]).toEqual({
      source: 'S005/001/S005_001_00000005.png',
      label: 5,
      subject: 'S005',
      sequence: 'S005_001',
    });
    const six = await load(root, { classes: 6 });
    expect(levels(six)).toEqual([3, 4, 5, 2, 3, 4]);
    expect(six.samples.map(({ sequence }) => sequence)).toEqual([
      ...Array(3).fill('S005_001'),
      ...Array(3).fill('S010_002'),
    ]);
  });

  it('sorts frames by number, as they do not begin at 1 everywhere', async () => {
    const root = temporaryFolder();
    for (const [index, frame] of ['9', '10', '00000011', '12'].entries()) {
      put(root, `cohn-kanade-images/S101/001/S101_001_${frame}.png`, frames[index]!);
      put(root, `Landmarks/S101/001/S101_001_${frame}_landmarks.txt`, landmarks);
    }
    put(root, 'Emotion/S101/001/S101_001_12_emotion.txt', '3');
    expect(levels(await load(root))).toEqual([1, 2, 3]);
  });

  it('crops the square 1.2 times the landmarks about their centre, repeating the border', async () => {
    const root = smallTree();
    const name = 'S005/001/S005_001_00000005';
    const gradient = await patternImage(...frameSize, 1, (x, y) => 6 * x + y);
    put(root, `cohn-kanade-images/${name}.png`, gradient);
    const wide = landmarks.replaceAll('1.8000000e+1', '2.8000000e+1');
    put(root, `Landmarks/${name}_landmarks.txt`, wide);
    const dataset = await load(root);
    // The others are 12×12, this one 24×24 from (6, -3), so all are resized.
    expect([dataset.width, dataset.height]).toEqual([96, 96]);
    const crop = dataset.pixels.subarray(2 * 96 * 96, 3 * 96 * 96);
    // Enlarged four times: each pixel's centre lies between four new ones, whose mean it is away from the border.
    const at = (x: number, y: number) => (crop[y * 96 + x]! + crop[(y + 1) * 96 + x + 1]!) / 2;
    for (const [x, y] of [
      [3, 5],
      [10, 10],
      [20, 20],
    ] as const)
      expect(at(4 * x + 1, 4 * y + 1)).toBeCloseTo(6 * (x + 6) + (y - 3), 0);
    // Above the frame, its first row.
    expect(at(4 * 10 + 1, 1)).toBeCloseTo(6 * 16, 0);
    expect(at(4 * 10 + 1, 5)).toBeCloseTo(6 * 16, 0);
  });

  it('packs crops of one small size as they are, grey or RGB', async () => {
    const root = smallTree();
    expect(await load(root)).toMatchObject({ width: 12, height: 12, channels: 1 });
    put(root, 'cohn-kanade-images/S005/001/S005_001_00000005.png', await plainImage([200, 100, 20], 30, 20));
    const grey = await load(root);
    expect(grey.pixels[2 * 144]).toBe(121);
    const colour = await load(root, { channels: 3 });
    expect(colour.channels).toBe(3);
    expect([...colour.pixels.subarray(2 * 432, 2 * 432 + 3)]).toEqual([200, 100, 20]);
    expect([...colour.pixels.subarray(0, 3)]).toEqual([30, 30, 30]);
  });

  it('finds the folders in any case, wrapped as archives do, and passes over hidden files', async () => {
    const root = smallTree();
    const expected = await load(root);
    const moved = temporaryFolder();
    mkdirSync(join(moved, 'extended-cohn-kanade-images'));
    renameSync(
      join(root, 'cohn-kanade-images'),
      join(moved, 'extended-cohn-kanade-images/Cohn-Kanade-Images'),
    );
    mkdirSync(join(moved, 'Emotion_labels'));
    renameSync(join(root, 'Emotion'), join(moved, 'Emotion_labels/emotion'));
    renameSync(join(moved, 'Emotion_labels/emotion/S005'), join(moved, 'Emotion_labels/emotion/s005'));
    mkdirSync(join(moved, 'Landmarks'));
    renameSync(join(root, 'Landmarks'), join(moved, 'Landmarks/landmarks'));
    put(moved, 'Emotion_labels/emotion/.DS_Store', 'x');
    put(moved, 'ReadMe-CK+.txt', 'x');
    expect(await load(moved)).toEqual(expected);
  });

  it('has the same sources and one cache whichever folder is named', async () => {
    const parent = temporaryFolder();
    renameSync(smallTree(), join(parent, 'CK+'));
    const cacheDirectory = temporaryFolder();
    const expected = await load(join(parent, 'CK+'), { cacheDirectory });
    const again = { cacheDirectory, onProgress: () => expect.fail('read the images again') };
    expect(await load(parent, again)).toEqual(expected);
  });

  it('takes the second start from the cache until an image, its landmarks or a label change', async () => {
    const root = smallTree();
    const cacheDirectory = temporaryFolder();
    let read = 0;
    const again = (classes: 6 | 7 | 8 = 7) =>
      loadCkPlus(root, { classes, cacheDirectory, onProgress: () => read++ });
    const first = await again();
    expect(read).toBe(12);
    expect(await again()).toEqual(first);
    await again(8);
    expect(read).toBe(12);
    put(root, 'Emotion/S005/001/S005_001_00000005_emotion.txt', '5');
    expect((await again()).samples[0]!.label).toBe(first.classNames.indexOf('happy'));
    expect(read).toBe(12);
    put(root, 'Landmarks/S005/001/S005_001_00000005_landmarks.txt', `${landmarks}\n\n`);
    await again();
    expect(read).toBe(24);
  });

  it('leaves out what cannot be read where somebody is told, and does not cache that', async () => {
    const root = smallTree();
    const file = put(root, 'cohn-kanade-images/S005/001/S005_001_00000004.png', 'text');
    const marks = put(root, 'Landmarks/S010/006/S010_006_00000006_landmarks.txt', '1 2');
    const heard: string[] = [];
    const cacheDirectory = temporaryFolder();
    const dataset = await load(root, { cacheDirectory, onUnreadable: (message) => heard.push(message) });
    expect(heard).toEqual([
      expect.stringContaining(`${file}: not an image`),
      expect.stringContaining(`${marks}: has 1 lines`),
    ]);
    expect(levels(dataset)).toEqual([3, 5, 2, 3, 4, 4, 5]);
    expect(await refusal(load(root, { cacheDirectory }))).toContain(file);
  });
});

describe('loadCkPlus refuses', () => {
  const change = async (breakIt: (root: string) => unknown) => {
    const root = smallTree();
    await breakIt(root);
    return (await refusal(load(root))).replaceAll(root, '…');
  };
  const remove = (path: string) => (root: string) => rmSync(join(root, path), { recursive: true });
  const add = (path: string, content: string) => (root: string) => put(root, path, content);
  const label = 'Emotion/S005/001/S005_001_00000005_emotion.txt';
  const marks = 'Landmarks/S005/001/S005_001_00000005_landmarks.txt';

  const cases: [string, (root: string) => unknown, RegExp | string][] = [
    [
      'a missing tree',
      remove('Landmarks'),
      '…: the folder Landmarks was not found (it holds Emotion, cohn-kanade-images). CK+ needs ' +
        'cohn-kanade-images/, Emotion/ and Landmarks/ side by side.',
    ],
    [
      'a tree there twice',
      (root) => mkdirSync(join(root, 'x/Emotion'), { recursive: true }),
      /more than once: Emotion, x\/Emotion/,
    ],
    [
      'no label at all',
      (root) => ['S005/001', 'S010/002', 'S010/006'].map((path) => remove(`Emotion/${path}`)(root)),
      /no sequence has a label/,
    ],
    [
      'a label without a sequence',
      remove('cohn-kanade-images/S005'),
      /Emotion\/S005\/001: labels the sequence S005_001, but there is no such folder/,
    ],
    [
      'an empty sequence',
      (root) => {
        remove('cohn-kanade-images/S005/001')(root);
        mkdirSync(join(root, 'cohn-kanade-images/S005/001'));
      },
      /cohn-kanade-images\/S005\/001: the sequence is empty/,
    ],
    [
      'a sequence without its peak',
      remove('cohn-kanade-images/S005/001/S005_001_00000005.png'),
      /frame 5, the peak that its label was given to, is missing/,
    ],
    [
      'a sequence that is too short',
      (root) =>
        [1, 2].map((frame) => remove(`cohn-kanade-images/S005/001/S005_001_0000000${frame}.png`)(root)),
      /has 3 frame\(s\), but a neutral one and 3 at the peak/,
    ],
    [
      'a stray file among the subjects',
      add('cohn-kanade-images/notes.txt', 'x'),
      /notes.txt: not a folder of a subject/,
    ],
    [
      'a stray file among the sequences',
      add('Emotion/S005/notes.txt', 'x'),
      /notes.txt: not a folder of a sequence/,
    ],
    [
      'a stray file among the frames',
      add('cohn-kanade-images/S005/001/notes.txt', 'x'),
      /notes.txt: not an image/,
    ],
    [
      "another sequence's frame",
      add('cohn-kanade-images/S005/001/S010_002_00000001.png', 'x'),
      /not a frame of the sequence S005_001/,
    ],
    [
      "another sequence's label",
      (root) => renameSync(join(root, label), join(root, 'Emotion/S005/001/S010_001_00000005_emotion.txt')),
      /not the label of the sequence S005_001/,
    ],
    [
      'two labels',
      add('Emotion/S005/001/S005_001_00000004_emotion.txt', '1'),
      /S005_001_00000004_emotion.txt, S005_001_00000005_emotion.txt, but one file/,
    ],
    ['a label beyond 7', add(label, '8.0'), /holds "8.0", but one number from 0 \(neutral\) to 7/],
    ['a label that is no number', add(label, 'happy'), /holds "happy"/],
    ['an empty label', add(label, ' \n'), /holds ""/],
    ['a hexadecimal label', add(label, '0x1'), /holds "0x1"/],
    ['an infinite label', add(label, 'Infinity'), /holds "Infinity"/],
    [
      'a folder for a label',
      (root) => mkdirSync(join(root, 'Emotion/S010/003/x'), { recursive: true }),
      /not the label/,
    ],
    ['a fraction', add(label, '1.5'), /holds "1.5"/],
    [
      'a sequence without landmarks',
      remove('Landmarks/S005'),
      '…/Landmarks: has no folder for the labelled sequence S005_001',
    ],
    [
      'a frame without landmarks',
      remove(marks),
      /S005_001_00000005.png: its face cannot be cropped, as Landmarks\/ has no S005_001_00000005_landmarks.txt/,
    ],
    [
      '67 landmarks',
      add(marks, landmarks.slice(0, landmarks.trimEnd().lastIndexOf('\n'))),
      /has 67 lines, but 68 landmarks/,
    ],
    [
      'a landmark that is no number',
      add(marks, landmarks.replace('8.0000000e+0', 'eight')),
      /_landmarks.txt, line 1: is "eight /,
    ],
    [
      'a hexadecimal landmark',
      add(marks, landmarks.replace('8.0000000e+0', '0x8')),
      /_landmarks.txt, line 1: is "0x8 /,
    ],
    [
      'a frame there twice, in another format',
      add('cohn-kanade-images/S005/001/S005_001_00000005.jpg', 'x'),
      /S005_001_00000005.jpg and .*S005_001_00000005.png are both frame 5 of one sequence. Remove one/,
    ],
    [
      'a frame there twice, numbered with fewer digits',
      add('cohn-kanade-images/S005/001/S005_001_4.png', 'x'),
      /S005_001_00000004.png and .*S005_001_4.png are both frame 4/,
    ],
    [
      'landmarks of another image',
      add(marks, landmarks.replaceAll('e+0', 'e+2').replaceAll('e+1', 'e+3')),
      /the landmarks do not lie on .*S005_001_00000005.png \(30×20\)/,
    ],
    [
      'a text called .png',
      add('cohn-kanade-images/S005/001/S005_001_00000004.png', 'text'),
      /S005_001_00000004.png: not an image/,
    ],
  ];
  it.each(cases)('%s', async (_, breakIt, message) => {
    expect(await change(breakIt)).toMatch(message);
  });

  describe.skipIf(existsSync(import.meta.filename.toUpperCase()))(
    'what differs in case alone (skipped where the disk takes S005 and s005 for one name)',
    () => {
      const twice: [string, string, RegExp][] = [
        [
          'a subject',
          'cohn-kanade-images/s005/002/x.png',
          /cohn-kanade-images\/S005 and .*cohn-kanade-images\/s005 are the same subject. Merge the two/,
        ],
        [
          'a frame',
          'cohn-kanade-images/S005/001/s005_001_00000005.png',
          /S005_001_00000005.png and .*s005_001_00000005.png are both frame 5/,
        ],
        [
          'landmarks',
          marks.replace('/S005_', '/s005_'),
          /S005_.*txt and .*s005_.*txt are landmarks of one frame/,
        ],
      ];
      it.each(twice)('%s', async (_, path, message) => {
        expect(await change(add(path, 'x'))).toMatch(message);
      });
    },
  );
});
