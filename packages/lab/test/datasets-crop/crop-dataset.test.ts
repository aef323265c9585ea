import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { loadDataset } from '@sdnet/lab';
import { classCounts, samplesOfSplit } from '@sdnet/training';
import { parse } from 'csv-parse/sync';
import { createRecognizer, type ImageSource, type Recognizer } from 'sdnet';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { cropDataset, type CropOptions } from '../../src/datasets-crop/crop-dataset.js';
import { refusal } from '../support/refusal.js';
import { sdnetHere } from '../support/sdnet-command.js';
import { suiteFolder } from '../support/suite-folder.js';
import { put, temporaryFolder } from '../support/temporary-folder.js';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const samples = resolve(import.meta.dirname, '../../../../samples');
const suite = suiteFolder();
beforeAll(() => vi.stubEnv('SDNET_CACHE', join(suite, 'cache')));
afterAll(() => vi.unstubAllEnvs());

interface Face {
  readonly side: number;
  readonly left: number;
  readonly top: number;
  /** Of its levels. */
  readonly brightness: number;
}

/** A frame with copies of the sample portrait. */
async function frame(width: number, height: number, faces: readonly Face[], grey = true): Promise<Buffer> {
  const layers = faces.map(async ({ side, left, top, brightness }) => ({
    input: await sharp(join(samples, 'astronaut.png')).resize(side, side).linear(brightness).toBuffer(),
    ...{ left, top },
  }));
  const colour = await sharp({ create: { width, height, channels: 3, background: '#788078' } })
    .composite(await Promise.all(layers))
    .png()
    .toBuffer();
  return grey ? sharp(colour).toColourspace('b-w').png().toBuffer() : colour;
}

const face = (left: number, top = 40, side = 150, brightness = 1): Face => ({ side, left, top, brightness });

/** The files below a folder, sorted. */
const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
const contentOf = (folder: string) =>
  Object.fromEntries(filesBelow(folder).map((file) => [file, readFileSync(join(folder, file), 'base64')]));

type Report = { file: string; faces: string; crop: string; note: string }[];
const reportIn = (folder: string): Report =>
  parse(readFileSync(join(folder, 'crop-report.csv')), { columns: true });

/** CK+ without landmarks: frames of 320×245 with a face that moves, two of 320×245 without, a sequence without any. */
async function drawCkPlus(): Promise<string> {
  const root = temporaryFolder();
  const sequences: [sequence: string, emotion: number | undefined, frames: Face[][]][] = [
    ['S005/001', 3, [[face(20)], [face(25)], [], [face(35)]]],
    ['S010/002', 5, [[face(90)], [face(95), face(240, 150, 70, 0.6)], [face(100)], [face(105)]]],
    ['S011/001', 1, [[], [], [], []]],
    ['S012/003', undefined, [[face(60)]]],
  ];
  for (const [sequence, emotion, frames] of sequences) {
    const name = `${sequence}/${sequence.replace('/', '_')}`;
    for (const [index, faces] of frames.entries())
      put(root, `cohn-kanade-images/${name}_0000000${index + 1}.png`, await frame(320, 245, faces));
    if (emotion !== undefined)
      put(root, `Emotion/${name}_0000000${frames.length}_emotion.txt`, `   ${emotion}.0000000e+00\n`);
  }
  return root;
}

describe('cropDataset', () => {
  let recognizer: Recognizer<ImageSource>;
  let faces: Recognizer<ImageSource>;
  beforeAll(async () => {
    recognizer = await createRecognizer();
    faces = await createRecognizer({ detector: false });
  });
  afterAll(async () => {
    await recognizer.release();
    await faces.release();
  });

  it('crops CK+, keeps its sequences whole, and names what had not just one face', async () => {
    const data = await drawCkPlus();
    const before = contentOf(data);
    const out = join(temporaryFolder(), 'cropped');
    expect(await refusal(loadDataset({ dataset: 'ck+', data }))).toMatch(
      /Landmarks was not found .* CK\+ needs .* Or crop the faces: sdnet datasets crop --dataset ck\+ --data .*320×245: a whole frame/,
    );
    expect(await cropDataset({ dataset: 'ck+', data, out })).toEqual({
      ...{ finished: true, images: 13, cropped: 9, withoutFace: 5, croppedLikeNeighbour: 1, severalFaces: 1 },
      ...{ unreadable: 0, data: join(out, ''), report: join(out, 'crop-report.csv') },
    });
    expect(contentOf(data)).toEqual(before);
    const image = (name: string) => `cohn-kanade-images/${name.slice(0, 8).replace('_', '/')}/${name}.png`;
    const names = [
      ...[1, 2, 3, 4].map((number) => `S005_001_0000000${number}`),
      ...[1, 2, 3, 4].map((number) => `S010_002_0000000${number}`),
      'S012_003_00000001',
    ];
    expect(filesBelow(out)).toEqual([
      'Emotion/S005/001/S005_001_00000004_emotion.txt',
      'Emotion/S010/002/S010_002_00000004_emotion.txt',
      ...names.map(image),
      'crop-report.csv',
    ]);
    const notes = reportIn(out).map(({ file, faces, note }) => [file, faces, note]);
    const [lost, twofold] = ['S005/001/S005_001_00000003.png', 'S010/002/S010_002_00000002.png'];
    expect(notes).toEqual([
      [lost, '0', 'no face: cropped where S005/001/S005_001_00000002.png has one'],
      [twofold, '2', 'several faces: the largest was cropped'],
      ...[1, 2, 3, 4].map((number) => [`S011/001/S011_001_0000000${number}.png`, '0', 'no face: left out']),
    ]);

    // What is read in a crop is what is read in its frame.
    for (const name of [names[0]!, names[5]!]) {
      const path = image(name);
      const [whole] = await recognizer.recognize(join(data, path), { maximumFaces: 1 });
      const [cropped] = await faces.recognize(join(out, path));
      expect(cropped!.expression).toBe('happy');
      for (const [label, score] of Object.entries(whole!.scores))
        expect(Math.abs(cropped!.scores[label]! - score)).toBeLessThan(0.05);
      expect(await sharp(join(out, path)).metadata()).toMatchObject({ width: 96, height: 96, space: 'b-w' });
    }

    // The darker face is the smaller one.
    const meanOf = async (name: string) => (await sharp(join(out, image(name))).stats()).channels[0]!.mean;
    expect(Math.abs((await meanOf(names[5]!)) - (await meanOf(names[4]!)))).toBeLessThan(5);

    const dataset = await loadDataset({ dataset: 'ck+', data: out });
    expect(dataset).toMatchObject({ width: 96, height: 96 });
    expect(dataset.samples.map(({ subject, sequence }) => `${subject} ${sequence}`)).toEqual([
      ...Array<string>(3).fill('S005 S005_001'),
      ...Array<string>(3).fill('S010 S010_002'),
    ]);
    expect(dataset.samples.map(({ label }) => dataset.classNames[label])).toEqual([
      ...Array<string>(3).fill('disgust'),
      ...Array<string>(3).fill('happy'),
    ]);
  });

  it('goes on where it was interrupted, and ends with the same files', async () => {
    const data = await drawCkPlus();
    const folder = temporaryFolder();
    const out = join(folder, 'cropped');
    const options = { dataset: 'ck+', data, out } satisfies CropOptions;
    const controller = new AbortController();
    const stopped = await cropDataset({
      ...options,
      signal: controller.signal,
      onProgress: (done) => done >= 8 && controller.abort(),
    });
    expect(stopped).toMatchObject({ finished: false, cropped: 8 });
    expect(readdirSync(folder)).toEqual(['cropped.unfinished']);
    // As the death of the process leaves it: a line cut off, and a crop lost.
    const work = join(folder, 'cropped.unfinished');
    appendFileSync(join(work, '.crop-journal.jsonl'), '{"source":"S0');
    rmSync(join(work, 'cohn-kanade-images/S010/002/S010_002_00000004.png'));
    const kept = join(work, 'cohn-kanade-images/S005/001/S005_001_00000001.png');
    const { ino } = statSync(kept);
    const other = await drawCkPlus();
    expect(await refusal(cropDataset({ ...options, data: other }))).toMatch(
      /holds an unfinished crop of other data/,
    );
    expect(await cropDataset(options)).toMatchObject({ finished: true, images: 13, cropped: 9 });
    expect(readdirSync(folder)).toEqual(['cropped']);
    expect(statSync(kept.replace('.unfinished', '')).ino).toBe(ino);
    const whole = join(folder, 'whole');
    await cropDataset({ ...options, out: whole });
    expect(contentOf(out)).toEqual(contentOf(whole));
  });

  it('keeps nothing of images that were moved or removed before it went on, nor half a crop', async () => {
    const data = temporaryFolder();
    const image = await frame(250, 250, [face(40)]);
    for (const file of ['happy/a.png', 'happy/b.png', 'happy/c.png', 'sad/d.png']) put(data, file, image);
    const folder = temporaryFolder();
    const out = join(folder, 'cropped');
    const options = { dataset: 'folder', data, out } satisfies CropOptions;
    const controller = new AbortController();
    const onProgress = (done: number) => done >= 3 && controller.abort();
    await cropDataset({ ...options, signal: controller.signal, onProgress });
    put(folder, 'cropped.unfinished/happy/a.png.0123abcd-99999999-0123abcd.tmp', 'half a crop');
    put(data, 'sad/b.png', image);
    for (const file of ['happy/b.png', 'happy/c.png']) rmSync(join(data, file));
    expect(await cropDataset(options)).toMatchObject({ finished: true, images: 3, cropped: 3 });
    expect(filesBelow(out)).toEqual(['crop-report.csv', 'happy/a.png', 'sad/b.png', 'sad/d.png']);
    const dataset = await loadDataset({ dataset: 'folder', data: out });
    expect(dataset.samples.map(({ source }) => source)).toEqual(['happy/a.png', 'sad/b.png', 'sad/d.png']);
  });

  it('fills the empty folder that a link leads to', async () => {
    const folder = temporaryFolder();
    put(folder, 'data/a/one.png', await frame(250, 250, [face(40)]));
    put(folder, 'data/b/two.png', await frame(250, 250, [face(50)]));
    const [real, out] = [join(folder, 'real'), join(folder, 'link')];
    mkdirSync(real);
    symlinkSync(real, out);
    const data = join(folder, 'data');
    expect(await cropDataset({ dataset: 'folder', data, out })).toMatchObject({ cropped: 2 });
    expect(filesBelow(real)).toEqual(['a/one.png', 'b/two.png', 'crop-report.csv']);
    expect(readdirSync(folder).sort()).toEqual(['data', 'link', 'real']);
    symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling'));
    expect(await refusal(cropDataset({ dataset: 'folder', data, out: join(folder, 'dangling') }))).toMatch(
      /dangling: a link that leads nowhere/,
    );
  });

  it('crops the film frames of SFEW, which then can be trained and evaluated on', async () => {
    const data = temporaryFolder();
    const classes = ['Angry', 'Disgust', 'Fear', 'Happy', 'Neutral', 'Sad', 'Surprise'];
    for (const [index, name] of classes.entries()) {
      put(data, `Train/${name}/Film_0${index}.png`, await frame(360, 288, [face(20 + 9 * index)], false));
      put(data, `Val/${name}/Film_1${index}.png`, await frame(360, 288, [face(60 + 9 * index, 90)], false));
    }
    put(data, 'Test.zip', 'archive');
    expect(await refusal(loadDataset({ dataset: 'sfew', data }))).toMatch(
      /is 360×288, a whole frame.*sdnet datasets crop --dataset sfew/,
    );
    const out = join(temporaryFolder(), 'sfew');
    const { code, stdout } = await sdnetHere(
      'datasets',
      'crop',
      '--dataset',
      'sfew',
      '--data',
      data,
      '--out',
      out,
    );
    expect(code).toBe(0);
    expect(stdout).toContain(`14 of 14 images are cropped in ${out}.`);
    expect(readFileSync(join(out, 'crop-report.csv'), 'utf8')).toBe('file,faces,crop,note\n');
    const recipe = put(suite, 'step.yaml', 'extends: paper\nsize: 32\nbatch: 7\nepochs: 1\n');
    const run = join(suite, 'run');
    const training = await sdnetHere(
      ...['train', '--dataset', 'sfew', '--data', out, '--model', 'mobilenet-v3-small'],
      ...['--recipe', recipe, '--threads', '1', '--out', run],
    );
    expect({ code: training.code, stderr: training.stderr }).toMatchObject({ code: 0 });
    const evaluation = await sdnetHere(
      'evaluate',
      '--weights',
      run,
      '--dataset',
      'sfew',
      '--data',
      out,
      '--json',
    );
    expect(JSON.parse(evaluation.stdout)).toMatchObject({ samples: 7, split: 'validation' });
  });

  it('crops the raw frames of Oulu-CASIA', async () => {
    const data = temporaryFolder();
    const classes = ['Anger', 'Disgust', 'Fear', 'Happiness', 'Sadness', 'Surprise'];
    for (const name of classes)
      for (const number of [0, 1, 2])
        put(
          data,
          `OriginalImg/VL/Strong/P001/${name}/00${number}.jpeg`,
          await sharp(await frame(320, 240, [face(40 + 10 * number, 40)]))
            .jpeg()
            .toBuffer(),
        );
    put(data, 'OriginalImg/NI/Strong/P001/Anger/000.jpeg', 'infrared');
    expect(await refusal(loadDataset({ dataset: 'oulu-casia', data }))).toMatch(
      /VL: holds raw frames.*sdnet datasets crop --dataset oulu-casia --data/,
    );
    const out = join(temporaryFolder(), 'oulu');
    expect(await cropDataset({ dataset: 'oulu-casia', data, out })).toMatchObject({
      images: 18,
      cropped: 18,
    });
    const dataset = await loadDataset({ dataset: 'oulu-casia', data: out });
    expect(dataset.samples).toHaveLength(18);
    expect(dataset.samples[0]).toMatchObject({ subject: 'P001', sequence: 'P001_angry', label: 0 });
  });

  it('crops RAF-DB, and keeps the labels of the images that have a face', async () => {
    const data = temporaryFolder();
    const list = ['train_00001.jpg 4', 'train_00002.jpg 4', 'train_00003.jpg 5', 'test_0001.jpg 1'];
    put(data, 'basic/EmoLabel/list_patition_label.txt', `${list.join('\n')}\n`);
    for (const line of list) {
      const faces = line.startsWith('train_00003') ? [] : [face(50)];
      const image = await sharp(await frame(300, 250, faces, false))
        .jpeg()
        .toBuffer();
      put(data, `basic/Image/original/${line.split(' ')[0]}`, image);
    }
    expect(await refusal(loadDataset({ dataset: 'rafdb', data }))).toMatch(
      /sdnet datasets crop --dataset rafdb/,
    );
    const out = join(temporaryFolder(), 'rafdb');
    const result = await cropDataset({ dataset: 'rafdb', data, out });
    expect(result).toMatchObject({ images: 4, cropped: 3, withoutFace: 1, data: join(out, 'basic') });
    const dataset = await loadDataset({ dataset: 'rafdb', data: out, channels: 3 });
    expect(dataset.channels).toBe(3);
    expect(classCounts(dataset, samplesOfSplit(dataset, 'test'))).toEqual([0, 0, 0, 0, 0, 1, 0]);
    expect(dataset.samples.map(({ source }) => source)).toEqual([
      'Image/aligned/test_0001_aligned.png',
      'Image/aligned/train_00001_aligned.png',
      'Image/aligned/train_00002_aligned.png',
    ]);
  });

  it('crops the images of a manifest and of class folders, and says which cannot be read', async () => {
    const data = temporaryFolder();
    put(
      data,
      'a/one.jpg',
      await sharp(await frame(250, 250, [face(40)], false))
        .jpeg()
        .toBuffer(),
    );
    put(data, 'a/two.png', await frame(250, 250, [face(50)]));
    put(data, 'b/none.png', await frame(250, 250, []));
    const broken = put(data, 'b/broken.png', 'no image');
    const rows = [
      'a/one.jpg,happy,"Ann, B",train',
      'a/two.png,glad,,test',
      'b/none.png,sad,,train',
      'b/broken.png,sad,,test',
    ];
    const manifest = put(data, 'list.csv', `file,label,subject,split\n${rows.join('\n')}\n`);
    const out = join(temporaryFolder(), 'crops');
    const args = ['datasets', 'crop', '--dataset', 'manifest', '--data', manifest, '--out', out];
    const { code, stdout, stderr } = await sdnetHere(...args, '--json');
    expect(code).toBe(1);
    expect(stderr).toMatch(/broken\.png: not an image(.|\n)*1 of 4 images could not be read/);
    expect(JSON.parse(stdout)).toMatchObject({ out, cropped: 2, withoutFace: 1, unreadable: 1 });
    expect(readFileSync(join(out, 'manifest.csv'), 'utf8')).toBe(
      'file,label,subject,split\na/one.png,happy,"Ann, B",train\na/two.png,glad,,test\n',
    );
    const dataset = await loadDataset({ dataset: 'manifest', data: join(out, 'manifest.csv') });
    expect(dataset.samples[0]).toMatchObject({ source: 'a/one.png', subject: 'Ann, B', split: 'train' });

    rmSync(broken);
    const folders = join(temporaryFolder(), 'crops');
    await cropDataset({ dataset: 'folder', data, out: folders });
    expect(filesBelow(folders)).toEqual(['a/one.png', 'a/two.png', 'crop-report.csv']);
    put(data, 'a/two.jpg', await frame(250, 250, [face(50)]));
    expect(
      await refusal(cropDataset({ dataset: 'folder', data, out: join(temporaryFolder(), 'x') })),
    ).toMatch(/two\.jpg and .*two\.png would both be cropped to a\/two\.png/);
  });

  it('crops FER2013 from its CSV file into its folders', async () => {
    const data = temporaryFolder();
    const pixels = await sharp(join(samples, 'astronaut-grey-48.png')).toColourspace('b-w').raw().toBuffer();
    const rows = ['Training', 'PublicTest', 'PrivateTest'].flatMap((usage) =>
      [0, 1, 2, 3, 4, 5, 6].map((emotion) => `${emotion},${[...pixels].join(' ')},${usage}`),
    );
    const csv = put(data, 'fer2013.csv', `emotion,pixels,Usage\n${rows.join('\n')}\n`);
    const out = join(temporaryFolder(), 'fer2013');
    expect(await cropDataset({ dataset: 'fer2013', data: csv, out })).toMatchObject({
      images: 21,
      cropped: 21,
    });
    const dataset = await loadDataset({ dataset: 'fer2013', data: out });
    for (const split of ['train', 'validation', 'test'] as const)
      expect(classCounts(dataset, samplesOfSplit(dataset, split))).toEqual([1, 1, 1, 1, 1, 1, 1]);

    // Its folders again, frames this time; by a relative path, and beside a link that leads nowhere.
    const frames = join(data, 'frames');
    for (const name of dataset.classNames)
      for (const part of ['train', 'test'])
        put(frames, `${part}/${name}/PublicTest_1.png`, await frame(250, 250, [face(40)]));
    symlinkSync('nowhere', join(data, 'link'));
    const path = join(frames, 'train', '..');
    const again = await cropDataset({ dataset: 'fer2013', data: `${path}/.`, out: join(data, 'again') });
    expect(again).toMatchObject({ images: 14, cropped: 14 });
  });

  it('refuses what it cannot do, and leaves nothing', async () => {
    const data = temporaryFolder();
    put(data, 'happy/plain.png', await frame(100, 100, []));
    const folder = temporaryFolder();
    const refused = (options: Partial<CropOptions>) =>
      refusal(cropDataset({ dataset: 'folder', data, out: join(folder, 'out'), ...options }));
    expect(await refused({})).toMatch(/no face was found in any of its 1 images/);
    expect(await refused({ out: join(data, 'crops') })).toMatch(/lies within/);
    expect(await refused({ out: dirname(data) })).toMatch(/is there already/);
    expect(await refused({ out: data })).toMatch(/is there already/);
    expect(await refused({ dataset: 'affectnet' })).toMatch(/affectnet is not cropped: its loader crops/);
    expect(await refused({ data: join(data, 'none') })).toMatch(/there is no such file or folder/);
    mkdirSync(join(folder, 'out.unfinished'));
    put(folder, 'out.unfinished/mine.txt', 'mine');
    expect(await refused({})).toMatch(/is there, and not of an unfinished crop/);
    expect(filesBelow(folder)).toEqual(['out.unfinished/mine.txt']);
    expect(filesBelow(data)).toEqual(['happy/plain.png']);
    expect(existsSync(join(folder, 'out'))).toBe(false);
  });
});
