import { join } from 'node:path';
import { classCounts, samplesOfSplit } from '@sdnet/training';
import { describe, expect, it } from 'vitest';
import { type AffectNetOptions, loadAffectNet } from '../../src/datasets/affectnet.js';
import { loadDataset } from '../../src/datasets/index.js';
import { patternImage, plainImage } from '../support/draw-image.js';
import { refusal } from '../support/refusal.js';
import { put, temporaryFolder } from '../support/temporary-folder.js';

const load = (root: string, options: AffectNetOptions = {}) =>
  loadAffectNet(root, { cacheDirectory: temporaryFolder(), ...options });

const header =
  'subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,valence,arousal';
const row = (file: string, expression: number | string, box = '100,60,120,120') =>
  `${file},${box},1;2;3,${expression},0.5,-0.5`;

/** Images with a face of level 200 in the box, all else of level 50. */
async function drawAnnotated(
  training: readonly string[],
  validation: readonly string[] = [row('2/v.jpg', 6)],
  withHeader = true,
): Promise<string> {
  const root = temporaryFolder();
  const image = await patternImage(300, 240, 3, (x, y) =>
    x >= 100 && x < 220 && y >= 60 && y < 180 ? 200 : 50,
  );
  for (const name of ['1/a.jpg', '1/b.jpg', '2/c.jpg', '2/v.jpg', '2/none.jpg'])
    put(root, `Manually_Annotated/Manually_Annotated_Images/${name}`, image);
  const lists = 'Manually_Annotated_file_lists';
  put(root, `${lists}/training.csv`, [header, ...training].join('\n'));
  put(root, `${lists}/validation.csv`, [...(withHeader ? [header] : []), ...validation].join('\n'));
  return root;
}

describe('the manually annotated part of AffectNet', () => {
  const training = [
    row('1/a.jpg', 0),
    row('1/b.jpg', 7),
    row('2/c.jpg', 1),
    row('2/none.jpg', 10, 'NULL,NULL,NULL,NULL'),
    row('2/old.bmp', 3),
  ];

  it.each([true, false])(
    'is read, the faces cropped (validation.csv with a header: %s)',
    async (withHeader) => {
      const notes: string[] = [];
      const root = await drawAnnotated(training, undefined, withHeader);
      const dataset = await load(root, { onNote: (note) => notes.push(note) });
      expect(
        dataset.samples.map(({ source, label, split }) => [source, dataset.classNames[label], split]),
      ).toEqual([
        ['1/a.jpg', 'neutral', 'train'],
        ['1/b.jpg', 'contempt', 'train'],
        ['2/c.jpg', 'happy', 'train'],
        ['2/v.jpg', 'angry', 'validation'],
      ]);
      expect(dataset).toMatchObject({ width: 96, height: 96, channels: 1 });
      expect(dataset.pixels.every((level) => Math.abs(level - 200) <= 1)).toBe(true);
      expect(notes).toEqual(['AffectNet: 1 images are left out, as their formats are not read.']);
    },
  );

  it('has seven classes without contempt', async () => {
    const data = await drawAnnotated(training);
    const options = { dataset: 'affectnet', data, cacheDirectory: temporaryFolder() };
    const dataset = await loadDataset({ ...options, classes: 7 });
    expect(dataset.classNames).toEqual(['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral']);
    expect(dataset.samples).toHaveLength(3);
    expect(await refusal(loadDataset({ ...options, classes: 6 }))).toMatch(/AffectNet has 7 or 8 classes/);
  });

  it.each([
    ['an unknown number', row('1/a.jpg', 11), /row 1 \(line 2\): expression is "11"/],
    ['a missing image', row('1/z.jpg', 1), /row 1 \(line 2\): .*1\/z.jpg: there is no such file/],
    [
      'a path out of the folder',
      row('../x.jpg', 1),
      /row 1 \(line 2\): subDirectory_filePath is "..\/x.jpg"/,
    ],
    ['a box without numbers', row('1/a.jpg', 1, 'a,1,2,3'), /row 1 \(line 2\): face_x is "a"/],
    [
      'a box beside the image',
      row('1/a.jpg', 1, '400,1,20,20'),
      /the box of its face .* does not lie on the image/,
    ],
    ['a box that is much too large', row('1/a.jpg', 1, '0,0,90000,9'), /the box of its face \(90000×90000/],
  ])('refuses %s', async (_, line, message) => {
    expect(await refusal(load(await drawAnnotated([line])))).toMatch(message);
  });
});

/** A NumPy file as `numpy.save` writes it: format 1.0, the header padded to a multiple of 64. */
function npy(descr: string, data: Buffer, shape = '()'): Buffer {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
  const padded = `${header.padEnd(64 * Math.ceil((header.length + 11) / 64) - 11)}\n`;
  const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, padded.length, 0]);
  return Buffer.concat([start, Buffer.from(padded, 'latin1'), data]);
}

describe('the release of AffectNet with train_set and val_set', () => {
  const numbers: [string, Buffer][] = [
    ['7', npy('<U1', Buffer.from('7\0\0\0'))],
    ['1', npy('|S2', Buffer.from('1\0'))],
    ['2', npy('<i8', Buffer.from([2, 0, 0, 0, 0, 0, 0, 0]))],
    ['3', npy('>i4', Buffer.from([0, 0, 0, 3]))],
    ['4', npy('|u1', Buffer.from([4]), '(1,)')],
  ];

  it('is read, whatever type the numbers have', async () => {
    const root = temporaryFolder();
    const face = await plainImage([10, 20, 30], 224);
    for (const [index, [, annotation]] of numbers.entries()) {
      put(root, `AffectNet/train_set/images/${index}.jpg`, face);
      put(root, `AffectNet/train_set/annotations/${index}_exp.npy`, annotation);
    }
    put(root, 'AffectNet/val_set/images/0.jpg', face);
    put(root, 'AffectNet/val_set/annotations/0_exp.npy', npy('<U1', Buffer.from('0\0\0\0')));
    const dataset = await load(root, { channels: 3 });
    expect(dataset.samples.map(({ label }) => dataset.classNames[label])).toEqual([
      'contempt',
      'happy',
      'sad',
      'surprise',
      'fear',
      'neutral',
    ]);
    expect(samplesOfSplit(dataset, 'validation')).toEqual([5]);
    expect(classCounts(dataset)).toHaveLength(8);
    expect([...dataset.pixels.subarray(0, 3)]).toEqual([10, 20, 30]);
    for (const [name, wrong] of [
      ['cut off', npy('<i8', Buffer.from([2]))],
      ['no NumPy', Buffer.from('7')],
      ['a list', npy('<i8', Buffer.alloc(16), '(2,)')],
      ['a float', npy('<f8', Buffer.alloc(8))],
      ['another text', npy('<U1', Buffer.from('x\0\0\0'))],
      ['no expression', npy('|u1', Buffer.from([8]))],
    ] as const) {
      const file = put(root, 'AffectNet/val_set/annotations/0_exp.npy', wrong);
      expect(await refusal(load(join(root, 'AffectNet'))), name).toContain(file);
    }
  });
});
