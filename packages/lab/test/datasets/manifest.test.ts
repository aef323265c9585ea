import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { samplesOfSplit } from '@sdnet/training';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ImageFolderOptions } from '../../src/datasets/image-folder.js';
import { loadManifest } from '../../src/datasets/manifest.js';
import { plainImage } from '../support/draw-image.js';
import { refusal } from '../support/refusal.js';
import { put, temporaryFolder } from '../support/temporary-folder.js';

let faces: Buffer[];
beforeAll(async () => {
  faces = await Promise.all([1, 2, 3].map((level) => plainImage(level, 9)));
});

/** A manifest beside a folder `images` with `0.png`, `1.png` and `2.png`. */
function draw(content: string): string {
  const root = temporaryFolder();
  for (const [index, face] of faces.entries()) put(root, `set/images/${index}.png`, face);
  put(root, 'outside.png', faces[0]!);
  return put(root, 'set/faces.csv', content);
}

const load = (file: string, options: ImageFolderOptions = {}) =>
  loadManifest(file, { cacheDirectory: temporaryFolder(), ...options });

describe('loadManifest', () => {
  it('reads files and labels, in the order of the rows', async () => {
    const dataset = await load(
      draw('file,label\nimages/2.png,Happiness\n./images/0.png,bored\nimages/1.png,happy\n'),
    );
    expect(dataset).toMatchObject({ name: 'manifest', width: 9, height: 9, classNames: ['happy', 'bored'] });
    expect(dataset.samples).toEqual([
      { source: 'images/2.png', label: 0 },
      { source: 'images/0.png', label: 1 },
      { source: 'images/1.png', label: 0 },
    ]);
    expect([0, 1, 2].map((index) => dataset.pixels[index * 81])).toEqual([3, 1, 2]);
  });

  it('reads subjects and splits, in any order of columns, as spreadsheets write them', async () => {
    const dataset = await load(
      draw(
        '\uFEFFSplit,Label,Subject,File\r\ntrain,sad,anna,"images/0.png"\r\nval,sad,,images/1.png\r\nTest,fear,ben,images/2.png\r\n',
      ),
    );
    expect(dataset.samples).toEqual([
      { source: 'images/0.png', label: 1, split: 'train', subject: 'anna' },
      { source: 'images/1.png', label: 1, split: 'validation' },
      { source: 'images/2.png', label: 0, split: 'test', subject: 'ben' },
    ]);
  });

  it('passes over empty lines and lines of blanks', async () => {
    const dataset = await load(draw('file,label\n   \nimages/2.png,sad\n\n \t \nimages/0.png, fear\n  '));
    expect(dataset.samples.map(({ source }) => source)).toEqual(['images/2.png', 'images/0.png']);
    expect(dataset.classNames).toEqual(['fear', 'sad']);
  });

  it('holds out validation images where there are only others, but makes no splits where there are none', async () => {
    const rows = ['sad', 'sad', 'fear'].map((label, index) => `images/${index}.png,${label}`);
    const split = draw(`file,label,split\n${rows.map((row) => `${row},train\n`).join('')}`);
    expect(samplesOfSplit(await load(split), 'validation')).toHaveLength(1);
    const plain = await load(draw(`file,label\n${rows.join('\n')}`));
    expect(plain.samples.every((sample) => sample.split === undefined)).toBe(true);
  });

  it('holds out whole subjects, and says so where it cannot', async () => {
    const heldOut = async (...subjects: string[]) => {
      const rows = subjects.map(
        (subject, index) => `images/${index}.png,${index === 1 ? 'fear' : 'sad'},${subject},train`,
      );
      const notes: string[] = [];
      const dataset = await load(draw(['file,label,subject,split', ...rows].join('\n')), {
        onNote: (note) => notes.push(note),
      });
      return { validation: samplesOfSplit(dataset, 'validation'), notes };
    };
    expect(await heldOut('anna', 'ben', 'anna')).toEqual({
      validation: [0, 2],
      notes: [expect.stringMatching(/^manifest: .* 2 of its 3 training images .* by the data seed 0\.$/)],
    });
    expect(await heldOut('anna', 'anna', 'anna')).toEqual({
      validation: [expect.toBeOneOf([0, 2])],
      notes: [
        expect.stringMatching(/^manifest: .* 1 of its 3 training images .*, image by image: they may show/),
      ],
    });
  });

  it('takes labels from the manifest and pixels from the cache, until an image changes', async () => {
    const file = draw('file,label\nimages/0.png,sad\nimages/1.png,fear\n');
    const cacheDirectory = temporaryFolder();
    let read = 0;
    const again = () => load(file, { cacheDirectory, onProgress: () => read++ });
    await again();
    put(join(file, '..'), 'faces.csv', 'file,label\nimages/0.png,fear\nimages/1.png,sad\n');
    expect((await again()).samples.map(({ label }) => label)).toEqual([0, 1]);
    expect(read).toBe(2);
    put(join(file, '..'), 'images/0.png', Buffer.concat([faces[2]!, Buffer.alloc(1)]));
    expect((await again()).pixels[0]).toBe(3);
    expect(read).toBe(4);
    // Another manifest beside it has a pack of its own.
    const other = put(join(file, '..'), 'test.csv', 'file,label\nimages/2.png,fear\nimages/1.png,sad\n');
    await load(other, { cacheDirectory });
    await again();
    expect(read).toBe(4);
  });
});

describe('names that are one', () => {
  it('are one class and one person, and that is said', async () => {
    const notes: string[] = [];
    const dataset = await load(
      draw(
        'file,label,subject\nimages/0.png,bored,Jose\u0301\nimages/1.png,Bored,JOS\u00c9\nimages/2.png,calm, jos\u00e9\n',
      ),
      { onNote: (note) => notes.push(note) },
    );
    expect(dataset.classNames).toEqual(['Bored', 'calm']);
    expect(dataset.samples.map(({ label }) => label)).toEqual([0, 0, 1]);
    expect(new Set(dataset.samples.map(({ subject }) => subject)).size).toBe(1);
    expect(notes).toEqual([
      'manifest: the labels Bored, bored are taken for one class.',
      'manifest: the subjects JOS\u00c9, Jose\u0301, jos\u00e9 are taken for one person.',
    ]);
    // The order of the rows decides nothing.
    const turned = await load(
      draw(
        'file,label,subject\nimages/2.png,calm,jos\u00e9\nimages/1.png,Bored,JOS\u00c9\nimages/0.png,bored,Jose\u0301\n',
      ),
    );
    expect(turned.classNames).toEqual(dataset.classNames);
    expect(turned.samples[0]!.subject).toBe(dataset.samples[0]!.subject);
  });

  it.skipIf(process.platform !== 'linux')(
    'are one file, which is opened by the name on disk, and listed once',
    async () => {
      const file = draw('file,label\nIMAGES/0.PNG,sad\nimages/caf\u00e9.png,fear\n');
      const onDisk = 'images/cafe\u0301.png';
      put(join(file, '..'), onDisk, faces[2]!);
      const dataset = await load(file);
      expect(dataset.samples.map(({ source }) => source)).toEqual(['images/0.png', onDisk]);
      expect(dataset.pixels[81]).toBe(3);
      put(join(file, '..'), 'faces.csv', `file,label\nimages/0.png,sad\nImages/0.png,fear\n`);
      expect(await refusal(load(file))).toMatch(/row 2 .*Images\/0.png is listed already, in row 1/);
      put(join(file, '..'), 'images/CAFE\u0301.png', faces[1]!);
      put(join(file, '..'), 'faces.csv', `file,label\nimages/0.png,sad\nimages/caf\u00e9.png,fear\n`);
      expect(await refusal(load(file))).toMatch(/row 2 .*several names are like it/);
    },
  );
});

describe('bytes that are not UTF-8 are refused', () => {
  it.each([
    [
      'a label in Latin-1',
      Buffer.from('file,label\nimages/0.png,p\xe9che\nimages/1.png,p\xeache\n', 'latin1'),
    ],
    [
      'a label in GBK',
      Buffer.concat([Buffer.from('file,label\nimages/0.png,'), Buffer.from('bfaad0c40a', 'hex')]),
    ],
  ])('%s', async (_, content) => {
    const file = draw('');
    put(join(file, '..'), 'faces.csv', content);
    expect(await refusal(load(file))).toMatch(
      /faces.csv, row 1 \(line 2\): label has the byte 0x(E9 after "p"|BF at its start), which is not UTF-8/,
    );
  });

  it('in the header, and in a column nobody asked for', async () => {
    const file = draw('');
    put(join(file, '..'), 'faces.csv', Buffer.from('file,label,\xe2ge\nimages/0.png,sad,3\n', 'latin1'));
    expect(await refusal(load(file))).toMatch(/the header: has the byte 0xE2 at its start/);
  });
});

describe('loadManifest refuses', () => {
  const row = (text: string) => `file,label\nimages/0.png,sad\n${text}\n`;
  const cases: [string, string, RegExp][] = [
    [
      'another header',
      'path,label\nimages/0.png,sad\n',
      /line 1: the header is "path,label", but the columns file, label and, where you like, subject, split were expected/,
    ],
    ['an unknown column', 'file,label,age\nimages/0.png,sad,3\n', /line 1: the header is "file,label,age"/],
    ['a column there twice', 'file,label,label\nimages/0.png,sad,sad\n', /line 1: the header is/],
    ['no rows', 'file,label\n', /has no rows below its header/],
    [
      'a missing image',
      row('images/9.png,fear'),
      /row 2 \(line 3\): images\/9.png: there is no such file or folder/,
    ],
    ['an empty file', row(',fear'), /row 2 \(line 3\): file is ""/],
    ['an empty label', row('images/1.png,'), /row 2 \(line 3\): label is empty/],
    [
      'an image listed twice',
      row('./images/../../set/images/0.png,fear'),
      /row 2 \(line 3\): .* is listed already, in row 1/,
    ],
    [
      'a path out of its folder',
      row('../outside.png,fear'),
      /row 2 \(line 3\): file is "..\/outside.png", but a path to a file below .*set was expected/,
    ],
    ['a path out in the middle', row('images/../../outside.png,fear'), /row 2 \(line 3\): file is/],
    ['an absolute path', row('/etc/hostname,fear'), /row 2 \(line 3\): file is "\/etc\/hostname"/],
    ['the folder itself', row('.,fear'), /row 2 \(line 3\): file is "."/],
    ['a folder', row('images,fear'), /row 2 \(line 3\): images is a folder, pipe or device, but a file was/],
    [
      'an image below another',
      row('images/0.png/1.png,fear'),
      /row 2 \(line 3\): images\/0.png\/1.png: a file is there where a folder was expected/,
    ],
    [
      'a label whose letters a conversion has lost',
      row('images/1.png,p\uFFFDche'),
      /row 2 \(line 3\): label is "p\uFFFDche", in which \uFFFD stands for letters that were lost/,
    ],
    [
      'an unknown split',
      'file,label,split\nimages/0.png,sad,holdout\n',
      /row 1 \(line 2\): split is "holdout", but train, validation, test/,
    ],
    ['an empty split', 'file,label,split\nimages/0.png,sad,\n', /row 1 \(line 2\): split is ""/],
    [
      'a row that is too short',
      'file,label,split\nimages/0.png,sad\n',
      /row 1 \(line 2\): has 2 columns, but the header has 3/,
    ],
    ['itself as an image', row('faces.csv,fear'), /faces.csv: not an image/],
  ];
  it.each(cases)('%s', async (_, content, message) => {
    expect(await refusal(load(draw(content)))).toMatch(message);
  });

  it('a link that leads out of its folder, or to an image listed already', async () => {
    const file = draw(row('images/link.png,fear'));
    const folder = join(file, '..');
    const link = join(folder, 'images/link.png');
    symlinkSync('../../outside.png', link);
    expect(await refusal(load(file))).toMatch(
      /row 2 \(line 3\): images\/link.png leads to .*outside.png, but a file below .*set was expected. Copy it there/,
    );
    rmSync(link);
    symlinkSync('0.png', link);
    expect(await refusal(load(file))).toMatch(
      /row 2 \(line 3\): images\/link.png is listed already, in row 1/,
    );
    rmSync(link);
    symlinkSync('1.png', link);
    expect((await load(file)).samples[1]!.source).toBe('images/link.png');
    // A folder may be a link too, and the manifest's own may lie behind one.
    symlinkSync('..', join(folder, 'up'));
    put(folder, 'faces.csv', row('up/outside.png,fear'));
    expect(await refusal(load(file))).toMatch(/up\/outside.png leads to .*outside.png, but a file below/);
    symlinkSync(folder, join(folder, '../behind'));
    put(folder, 'faces.csv', row('images/1.png,fear'));
    expect((await load(join(folder, '../behind/faces.csv'))).samples).toHaveLength(2);
  });

  it('a manifest that is not there', async () => {
    const file = join(temporaryFolder(), 'faces.csv');
    expect(await refusal(load(file))).toContain(`${file}: there is no such file or folder`);
  });
});
