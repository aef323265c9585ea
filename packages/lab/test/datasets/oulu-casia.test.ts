import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { classCounts, type Dataset } from '@sdnet/training';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadOuluCasia } from '../../src/datasets/oulu-casia.js';
import type { ImageFilesOptions } from '../../src/datasets/load-images.js';
import { plainImage } from '../support/draw-image.js';
import { refusal } from '../support/refusal.js';
import { put, temporaryFolder } from '../support/temporary-folder.js';

const expressions = ['Anger', 'Disgust', 'Fear', 'Happiness', 'Sadness', 'Surprise'];
const strong = 'PreProcess_Img/VL_Acropped/Strong';

/** Images whose grey level is ten times their number. */
const frames: Buffer[] = [];
beforeAll(async () => {
  for (let number = 0; number <= 5; number++) frames.push(await plainImage(number * 10, 8, 10));
});

function draw(subjects: number, folder = strong): string {
  const root = temporaryFolder();
  for (let subject = 1; subject <= subjects; subject++) {
    for (const name of expressions) {
      for (let frame = 0; frame < 4; frame++) {
        const path = `P${String(subject).padStart(3, '0')}/${name}/00${frame}.jpeg`;
        put(root, `${folder}/${path}`, frames[frame]!);
      }
    }
  }
  return root;
}

const load = (root: string, options: ImageFilesOptions = {}) =>
  loadOuluCasia(root, { cacheDirectory: temporaryFolder(), ...options });
const levels = ({ samples, pixels }: Dataset) =>
  samples.map((_, index) => pixels[(index * pixels.length) / samples.length]! / 10);

describe('loadOuluCasia', () => {
  it('has 1,440 images of 480 sequences, the last three frames of each', async () => {
    const root = draw(80);
    const notes: string[] = [];
    const dataset = await load(root, { onNote: (note) => notes.push(note) });
    expect(dataset).toMatchObject({ name: 'oulu-casia', width: 8, height: 10, channels: 1 });
    expect(dataset.classNames).toEqual(['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise']);
    expect(dataset.samples).toHaveLength(1440);
    expect(classCounts(dataset)).toEqual(Array(6).fill(240));
    expect(levels(dataset)).toEqual(Array(480).fill([1, 2, 3]).flat());
    expect(new Set(dataset.samples.map(({ subject }) => subject)).size).toBe(80);
    expect(new Set(dataset.samples.map(({ sequence }) => sequence)).size).toBe(480);
    expect(dataset.samples[3]).toEqual({
      source: 'P001/Disgust/001.jpeg',
      label: 1,
      subject: 'P001',
      sequence: 'P001_disgust',
    });
    expect(notes).toEqual([
      `Oulu-CASIA: ${join(root, strong)} was taken for the cropped faces in visible light and strong illumination; ` +
        '480 sequences (480 were published).',
    ]);
  });

  it.each([
    'VL_Acropped/Strong',
    'B_PreProcess/PreProcess_Img/VL_ACropped/Strong',
    'oulu/PreProcessImg/vl-acropped/strong',
    'PreProcess/VL_Cropped/Strong_light',
    'VL_Acropped/VL_Acropped/Strong',
  ])('matches %s, says so, and takes any folder down to it', async (folder) => {
    const root = draw(1, folder);
    // What else is there: other light, infrared, raw frames, the archive's notes.
    put(root, `${folder}/../Weak/P001/Anger/000.jpeg`, frames[0]!);
    put(root, `${folder}/../../NI_Acropped/Strong/P001/Anger/000.jpeg`, frames[0]!);
    put(root, 'OriginalImg/VL/Strong/P001/Anger/000.jpeg', frames[0]!);
    put(root, 'change_log.txt', 'x');
    const cacheDirectory = temporaryFolder();
    let read = 0;
    for (const given of [root, join(root, folder, '..'), join(root, folder)]) {
      const notes: string[] = [];
      const { samples } = await load(given, {
        cacheDirectory,
        onNote: (note) => notes.push(note),
        onProgress: () => read++,
      });
      expect(samples).toHaveLength(18);
      expect(samples[0]!.source).toBe('P001/Anger/001.jpeg');
      expect(notes[0]).toContain(`${join(root, folder)} was taken`);
    }
    expect(read).toBe(18);
  });

  it.each([
    [256, 256],
    [320, 239],
    [319, 240],
  ])('takes %i×%i for a crop', async (width, height) => {
    const root = draw(1);
    put(root, `${strong}/P001/Anger/009.jpeg`, await plainImage(1, width, height));
    expect((await load(root)).samples).toHaveLength(18);
  });

  it('sorts frames by number', async () => {
    const root = draw(1);
    for (let frame = 0; frame < 4; frame++) rmSync(join(root, strong, `P001/Anger/00${frame}.jpeg`));
    for (const [index, name] of ['8', '9', '10', '11'].entries())
      put(root, `${strong}/P001/Anger/${name}.jpeg`, frames[index]!);
    expect(levels(await load(root)).slice(0, 3)).toEqual([1, 2, 3]);
  });
});

describe('loadOuluCasia refuses', () => {
  it('the raw tree, for its faces are not cropped', async () => {
    const root = draw(1, 'OriginalImg/VL/Strong');
    const message =
      /OriginalImg\/VL: holds raw frames, on which the faces are not cropped.*VL_Acropped\/Strong/;
    expect(await refusal(load(root))).toMatch(message);
    expect(await refusal(load(join(root, 'OriginalImg')))).toMatch(message);
    expect(await refusal(load(join(root, 'OriginalImg/VL/Strong')))).toMatch(message);
  });

  const change = async (breakIt: (root: string) => unknown) => {
    const root = draw(2);
    await breakIt(root);
    return await refusal(load(root));
  };
  const remove = (path: string) => (root: string) => rmSync(join(root, strong, path), { recursive: true });
  const add = (path: string, content: Buffer | string) => (root: string) =>
    put(root, `${strong}/${path}`, content);

  const cases: [string, (root: string) => unknown, RegExp][] = [
    [
      'another folder',
      (root) => {
        remove('.')(root);
        rmSync(join(root, 'PreProcess_Img/VL_Acropped'), { recursive: true });
      },
      /the folder VL_Acropped\/Strong was not found \(it holds PreProcess_Img\)/,
    ],
    [
      'no strong light',
      (root) => renameSync(join(root, strong), join(root, strong, '../Weak')),
      /one folder Strong was expected \(it holds Weak\)/,
    ],
    [
      'two trees that fit',
      (root) => mkdirSync(join(root, 'x/VL_Acropped'), { recursive: true }),
      /several folders could be the cropped faces: PreProcess_Img\/VL_Acropped, x\/VL_Acropped/,
    ],
    [
      'no subjects',
      (root) => {
        remove('P001')(root);
        remove('P002')(root);
      },
      /Strong: is empty/,
    ],
    [
      'a stray file among the subjects',
      add('notes.txt', 'x'),
      /notes.txt: not a folder of a subject, such as P001/,
    ],
    [
      'an image without a class',
      add('P001/000.jpeg', 'x'),
      /P001\/000.jpeg: not a class folder of Oulu-CASIA; expected angry/,
    ],
    ['an unknown class', add('P001/Neutral/000.jpeg', 'x'), /P001\/Neutral: not a class folder/],
    ['a missing sequence', remove('P002/Fear'), /P002: the class folder fear is missing/],
    [
      'an empty sequence',
      (root) => {
        remove('P002/Fear')(root);
        mkdirSync(join(root, strong, 'P002/Fear'));
      },
      /P002\/Fear: the sequence is empty/,
    ],
    [
      'a sequence of two frames',
      (root) => {
        remove('P002/Fear/000.jpeg')(root);
        remove('P002/Fear/001.jpeg')(root);
      },
      /P002\/Fear: has 2 frame\(s\), but at least 3/,
    ],
    ['a stray file among the frames', add('P001/Anger/notes.txt', 'x'), /notes.txt: not an image/],
    [
      'a frame without a number',
      add('P001/Anger/last.jpeg', 'x'),
      /last.jpeg: not a frame; a number such as 000.jpeg/,
    ],
    [
      'a frame there twice, under another name',
      add('P001/Anger/3.jpg', 'x'),
      /P001\/Anger\/003.jpeg and .*P001\/Anger\/3.jpg are both frame 3 of one sequence. Remove one/,
    ],
    ['a text called .jpeg', add('P001/Anger/009.jpeg', 'x'), /009.jpeg: not an image/],
    [
      'a whole frame among the crops',
      async (root) => add('P001/Anger/009.jpeg', await plainImage(1, 320, 240))(root),
      /009.jpeg: is 320×240, a whole frame, but cropped faces were expected/,
    ],
  ];
  it.each(cases)('%s', async (_, breakIt, message) => {
    expect(await change(breakIt)).toMatch(message);
  });

  it.skipIf(existsSync(import.meta.filename.toUpperCase()))(
    'a subject there twice (skipped where the disk takes P001 and p001 for one name)',
    async () => {
      const message = await change(add('p001/Anger/000.jpeg', 'x'));
      expect(message).toMatch(/Strong\/P001 and .*Strong\/p001 are the same subject. Merge the two folders/);
    },
  );
});
