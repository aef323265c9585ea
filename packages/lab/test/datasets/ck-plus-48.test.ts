import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { classCounts } from '@sdnet/training';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CkPlusOptions } from '../../src/datasets/ck-plus.js';
import { loadCkPlus48 } from '../../src/datasets/ck-plus-48.js';
import { plainImage } from '../support/draw-image.js';
import { refusal } from '../support/refusal.js';
import { put, temporaryFolder } from '../support/temporary-folder.js';

/** Labelled sequences of each class (Lucey et al., table 3). */
const sequences = { anger: 45, contempt: 18, disgust: 59, fear: 25, happy: 69, sadness: 28, surprise: 83 };

let faces: Buffer[];
beforeAll(async () => {
  faces = await Promise.all([10, 20, 30].map((level) => plainImage(level, 48)));
});

/** Three frames of each sequence; `share` of the published numbers. */
function draw(share = 1): string {
  const root = temporaryFolder();
  let drawn = 0;
  for (const [name, count] of Object.entries(sequences)) {
    for (let index = 0; index < count * share; index++) {
      const subject = `S${String(10 + (drawn % 118)).padStart(3, '0')}`;
      const sequence = String(1 + Math.floor(drawn / 118)).padStart(3, '0');
      drawn++;
      for (const frame of [0, 1, 2])
        put(root, `${name}/${subject}_${sequence}_0000001${frame + 5}.png`, faces[frame]!);
    }
  }
  return root;
}

const load = (root: string, options: CkPlusOptions = {}) =>
  loadCkPlus48(root, { cacheDirectory: temporaryFolder(), ...options });

describe('loadCkPlus48', () => {
  it('has 981 images of 7 classes, or 927 of 6', async () => {
    const root = draw();
    const seven = await load(root);
    expect(seven.classNames).toEqual(['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'contempt']);
    expect(classCounts(seven)).toEqual([135, 177, 75, 207, 84, 249, 54]);
    expect(seven).toMatchObject({ name: 'ck+48', width: 48, height: 48, channels: 1 });
    expect(new Set(seven.samples.map(({ subject }) => subject)).size).toBe(118);
    expect(new Set(seven.samples.map(({ sequence }) => sequence)).size).toBe(327);
    const six = await load(root, { classes: 6 });
    expect(classCounts(six)).toEqual([135, 177, 75, 207, 84, 249]);
  });

  it('knows subject and sequence of each image and puts it in its place', async () => {
    const { samples, pixels } = await load(draw(0.01));
    expect(samples).toHaveLength(21);
    expect(samples[1]).toEqual({
      source: 'anger/S010_001_00000016.png',
      label: 0,
      subject: 'S010',
      sequence: 'S010_001',
    });
    expect(samples.map((_, index) => pixels[index * 2304])).toEqual(Array(7).fill([10, 20, 30]).flat());
    expect(new Set(pixels.subarray(2304, 4608))).toEqual(new Set([20]));
  });

  it('finds the folder CK+48 in the one given, with class folders in any case', async () => {
    const root = draw(0.01);
    renameSync(join(root, 'anger'), join(root, 'Anger'));
    const expected = await load(root);
    expect(expected.samples[0]!.source).toBe('Anger/S010_001_00000015.png');
    const parent = temporaryFolder();
    renameSync(root, join(parent, 'CK+48'));
    mkdirSync(root);
    put(parent, 'licence.txt', 'x');
    // The original set, as the class folders are not in it.
    put(parent, 'CK+/Emotion/S010/001/x.txt', '1');
    mkdirSync(join(parent, 'anger management'));
    const cacheDirectory = temporaryFolder();
    expect(await load(join(parent, 'CK+48'), { cacheDirectory })).toEqual(expected);
    const again = { cacheDirectory, onProgress: () => expect.fail('read the images again') };
    expect(await load(parent, again)).toEqual(expected);
  });

  it('does without contempt where there are 6 classes, and then only', async () => {
    const root = draw(0.01);
    const expected = await load(root, { classes: 6 });
    rmSync(join(root, 'contempt'), { recursive: true });
    expect(await load(root, { classes: 6 })).toEqual(expected);
    expect(await refusal(load(root))).toContain(`${root}: the class folder contempt is missing`);
    rmSync(join(root, 'fear'), { recursive: true });
    expect(await refusal(load(root, { classes: 6 }))).toMatch(
      /fear is missing. Expected angry, .*, surprise.$/,
    );
  });
});

describe('loadCkPlus48 refuses', () => {
  const change = async (breakIt: (root: string) => unknown, options?: CkPlusOptions) => {
    const root = draw(0.01);
    await breakIt(root);
    return await refusal(load(root, options));
  };
  const cases: [string, (root: string) => unknown, RegExp][] = [
    [
      'class folders there twice',
      (root) =>
        ['CK+48', 'CK+48 (1)'].map((folder) => put(root, `${folder}/fear/S010_001_00000015.png`, faces[0]!)),
      /more than once, in .* and .*CK\+48 and .*CK\+48 \(1\). Name one of them, or remove the others/,
    ],
    [
      'a folder without class folders',
      (root) => {
        rmSync(root, { recursive: true });
        put(root, 'CK+/Emotion/x', '');
      },
      /no class folder of CK\+48 was found \(it holds CK\+\). Name the folder that has angry, disgust/,
    ],
    [
      'a missing class',
      (root) => rmSync(join(root, 'fear'), { recursive: true }),
      /the class folder fear is missing/,
    ],
    [
      'an empty class',
      (root) => {
        rmSync(join(root, 'fear'), { recursive: true });
        mkdirSync(join(root, 'fear'));
      },
      /fear: the class folder is empty/,
    ],
    [
      'an image in no class',
      (root) => put(root, 'S010_001_00000015.png', faces[0]!),
      /S010_001_00000015.png: not a class folder of CK\+48; expected angry/,
    ],
    [
      'another class',
      (root) => put(root, 'neutral/S010_001_00000015.png', faces[0]!),
      /neutral: not a class folder/,
    ],
    ['a stray file', (root) => put(root, 'fear/notes.txt', ''), /notes.txt: not an image/],
    [
      'a name that does not say whose face it is',
      (root) => put(root, 'fear/face.png', faces[0]!),
      /face.png: the name does not say whose face/,
    ],
    [
      'a sequence in two classes',
      (root) => put(root, 'fear/S010_001_00000015.png', faces[0]!),
      /fear\/S010_001_00000015.png: its sequence S010_001 is also in another class, as anger/,
    ],
    [
      'a text called .png',
      (root) => put(root, 'fear/S099_001_00000015.png', 'text'),
      /S099_001_00000015.png: not an image/,
    ],
    [
      'another size',
      async (root) => put(root, 'fear/S099_001_00000015.png', await plainImage(1, 47)),
      /is 47×47, but CK\+48's images are 48×48/,
    ],
  ];
  it.each(cases)('%s', async (_, breakIt, message) => {
    expect(await change(breakIt)).toMatch(message);
  });

  it('8 classes', async () => {
    expect(await change(() => {}, { classes: 8 })).toMatch(/no neutral faces, so it has 6 or 7 classes/);
  });
});
