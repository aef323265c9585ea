import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { classCounts, expressions, samplesOfSplit, UserError } from '@sdnet/training';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadFer2013 } from '../../src/datasets/fer2013.js';
import { put, temporaryFolder } from '../support/temporary-folder.js';

/** A plain 48×48 image of one grey level. */
const plain = (level: number) =>
  sharp(Buffer.alloc(48 * 48, level), { raw: { width: 48, height: 48, channels: 1 } }).toColourspace('b-w');

let face: Buffer;
beforeAll(async () => {
  face = await plain(9).png().toBuffer();
});

/** A tree with `count` images in each class folder of each given split folder, named by `prefixes`. */
function tree(prefixes: Record<string, string>, count = 1, classes: readonly string[] = expressions): string {
  const root = temporaryFolder();
  for (const [folder, prefix] of Object.entries(prefixes)) {
    for (const name of classes) {
      for (let index = 0; index < count; index++) put(root, `${folder}/${name}/${prefix}${index}.png`, face);
    }
  }
  return root;
}

const load = (root: string, holdOutSeed = 0) =>
  loadFer2013(root, { cacheDirectory: temporaryFolder(), holdOutSeed });
const counts = (dataset: Awaited<ReturnType<typeof load>>) =>
  (['train', 'validation', 'test'] as const).map((split) => samplesOfSplit(dataset, split).length);

describe('loadFer2013 of folders', () => {
  it('reads each image into its place, sorted by path, with the canonical classes', async () => {
    const root = tree({ train: 'Training_', test: 'PublicTest_' });
    put(root, 'train/neutral/Training_5.png', await plain(77).png().toBuffer());
    put(root, 'train/angry/Training_5.jpg', await plain(78).jpeg({ quality: 100 }).toBuffer());
    const dataset = await load(root);
    const sources = dataset.samples.map(({ source }) => source);
    expect(sources).toEqual([...sources].sort());
    expect(sources).toHaveLength(16);
    for (const [index, { source, label, split }] of dataset.samples.entries()) {
      expect(expressions[label]).toBe(source.split('/')[1]);
      expect(split).toBe(source.startsWith('train') ? 'train' : 'validation');
      const level = source.endsWith('5.png') ? 77 : source.endsWith('5.jpg') ? 78 : 9;
      expect(new Set(dataset.pixels.subarray(index * 2304, (index + 1) * 2304))).toEqual(new Set([level]));
    }
  });

  it('turns images stored in colour into their luma', async () => {
    const root = tree({ train: '' });
    const colour = sharp({ create: { width: 48, height: 48, channels: 3, background: '#c86414' } });
    put(root, 'train/angry/0.png', await colour.png().toBuffer());
    const dataset = await load(root);
    const position = dataset.samples.findIndex(({ label }) => label === 0);
    // 0.299 · 200 + 0.587 · 100 + 0.114 · 20
    expect(dataset.pixels[position * 2304]).toBe(121);
  });

  it('goes by PublicTest_ and PrivateTest_ wherever they lie', async () => {
    const root = tree({ train: 'Training_', test: 'PublicTest_' }, 2);
    put(root, 'test/sad/PrivateTest_1.png', face);
    put(root, 'train/sad/PrivateTest_2.png', face);
    put(root, 'train/sad/PublicTest_3.png', face);
    expect(counts(await load(root))).toEqual([14, 15, 2]);
  });

  it('takes a test folder without those names as the test split and a validation folder as validation', async () => {
    expect(counts(await load(tree({ train: 'a', validation: 'b', test: 'c' })))).toEqual([7, 7, 7]);
  });

  it('holds out a tenth of each class where there is no validation, by seed', async () => {
    const root = tree({ train: 'im', test: 'im' }, 20);
    const notes: string[] = [];
    const onNote = (note: string) => notes.push(note);
    const first = await loadFer2013(root, { cacheDirectory: temporaryFolder(), holdOutSeed: 1, onNote });
    expect(notes).toEqual([
      'fer2013: has no validation images, so 14 of its 140 training images are held out as such, drawn by the data seed 1.',
    ]);
    expect(counts(first)).toEqual([7 * 18, 7 * 2, 7 * 20]);
    expect(classCounts(first, samplesOfSplit(first, 'validation'))).toEqual(Array(7).fill(2));
    expect(await load(root, 1)).toEqual(first);
    const other = await load(root, 2);
    expect(samplesOfSplit(other, 'validation')).not.toEqual(samplesOfSplit(first, 'validation'));
    expect(samplesOfSplit(other, 'test')).toEqual(samplesOfSplit(first, 'test'));
  });

  it('knows the usual names of the classes, in any case, and passes over hidden and system files', async () => {
    const root = tree({ Train: 'a' }, 1, [
      'Anger',
      'DISGUSTED',
      'fearful',
      'happiness',
      'sadness',
      'Surprised',
      'Neutral',
    ]);
    put(root, 'Train/Anger/Thumbs.db', 'x');
    put(root, 'Train/Anger/.DS_Store', 'x');
    put(root, '__MACOSX/x', 'x');
    put(root, 'README.txt', 'x');
    const dataset = await load(root);
    expect(classCounts(dataset)).toEqual(Array(7).fill(1));
  });

  it('takes the second start from the cache until a file changes, whatever the seed', async () => {
    const root = tree({ train: 'a' }, 4);
    const cacheDirectory = temporaryFolder();
    const read: number[] = [];
    const again = (holdOutSeed: number) =>
      loadFer2013(root, { cacheDirectory, holdOutSeed, onProgress: (done) => read.push(done) });
    const first = await again(0);
    expect(read).toEqual(Array.from({ length: 28 }, (_, index) => index + 1));
    expect(await again(0)).toEqual(first);
    await again(1);
    expect(read).toHaveLength(28);
    rmSync(join(root, 'train/sad/a2.png'));
    expect((await again(0)).samples).toHaveLength(27);
  });
});

describe('loadFer2013 that is told of unreadable images', () => {
  it('leaves them out, says so, and reads the files whatever is cached', async () => {
    const root = tree({ train: 'a' }, 2);
    const cacheDirectory = temporaryFolder();
    const whole = await loadFer2013(root, { cacheDirectory });
    const file = put(root, 'train/fear/a1.png', 'text');
    const heard: string[] = [];
    const onUnreadable = (message: string) => heard.push(message);
    const dataset = await loadFer2013(root, { cacheDirectory, onUnreadable });
    expect(heard).toEqual([expect.stringContaining(`${file}: not an image`)]);
    expect(dataset.samples).toHaveLength(whole.samples.length - 1);
    expect(dataset.samples.map(({ source }) => source)).not.toContain('train/fear/a1.png');
    expect(dataset.pixels).toHaveLength(dataset.samples.length * 2304);
  });
});

describe('loadFer2013 refuses', () => {
  const refusal = async (root: string) => {
    const error = await load(root).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).message;
  };

  it('an empty folder, and one without train', async () => {
    const root = temporaryFolder();
    expect(await refusal(root)).toBe(
      `${root}: neither fer2013.csv nor a folder train/ was found (it is empty). Expected fer2013.csv, or ` +
        'train/<class>/ and test/<class>/ with the classes angry, disgust, fear, happy, sad, surprise, neutral.',
    );
    put(root, 'pictures/a.png', face);
    expect(await refusal(root)).toContain('(it holds pictures)');
    for (let index = 1; index <= 8; index++) put(root, `pictures${index}/a.png`, face);
    expect(await refusal(root)).toMatch(/\(it holds pictures, pictures1, .*, pictures7, …\)/);
  });

  it('a missing, unknown, empty or twofold class folder', async () => {
    const root = tree({ train: 'a', test: 'b' });
    rmSync(join(root, 'test/sad'), { recursive: true });
    expect(await refusal(root)).toContain(`${join(root, 'test')}: the class folder sad is missing.`);
    mkdirSync(join(root, 'test/sad'));
    expect(await refusal(root)).toContain(`${join(root, 'test/sad')}: the class folder is empty.`);
    put(root, 'test/sad/b.png', face);
    put(root, 'test/Sadness/b.png', face);
    expect(await refusal(root)).toMatch(/Sadness and sad are both the class sad/);
    rmSync(join(root, 'test/Sadness'), { recursive: true });
    put(root, 'train/contempt/b.png', face);
    expect(await refusal(root)).toMatch(/train\/contempt: not a class folder .* angry, disgust/);
  });

  it('an unknown split folder, a stray file and a folder among the images', async () => {
    const root = tree({ train: 'a' });
    put(root, 'holdout/x.png', face);
    expect(await refusal(root)).toMatch(/holdout: not a folder of FER2013; expected train, validation, test/);
    rmSync(join(root, 'holdout'), { recursive: true });
    put(root, 'train/happy/notes.txt', 'x');
    expect(await refusal(root)).toMatch(/train\/happy\/notes.txt: not an image/);
    rmSync(join(root, 'train/happy/notes.txt'));
    put(root, 'train/happy/more/a.png', face);
    expect(await refusal(root)).toMatch(/train\/happy\/more: not a file/);
  });

  it('an image of another size, a damaged one and text called .png, by name, and caches nothing', async () => {
    const root = tree({ train: 'a' });
    const small = await sharp(face).resize(47, 48).png().toBuffer();
    const file = put(root, 'train/fear/z.png', small);
    expect(await refusal(root)).toContain(`${file}: is 47×48, but FER2013's images are 48×48`);
    put(root, 'train/fear/z.png', face.subarray(0, face.length - 20));
    expect(await refusal(root)).toContain(`${file}: the image is damaged or cut off`);
    put(root, 'train/fear/z.png', 'text');
    expect(await refusal(root)).toContain(`${file}: not an image`);
  });
});
