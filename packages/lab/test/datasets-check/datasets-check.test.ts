import { random } from '@sdnet/autograd';
import type { Dataset, Sample } from '@sdnet/training';
import { resizeBilinear } from 'sdnet';
import { describe, expect, it } from 'vitest';
import { loadDataset } from '../../src/datasets/index.js';
import { syntheticFaces } from '../../src/datasets/synthetic.js';
import { checkDataset, type DatasetReport } from '../../src/datasets-check/datasets-check.js';
import { datasetReportText } from '../../src/cli/datasets-check-text.js';
import { plainImage } from '../support/draw-image.js';
import { put, temporaryFolder } from '../support/temporary-folder.js';

const size = 48;
const stride = size * size;

/** 210 faces of seven classes, none of them like another: 168 training, 21 validation, 21 test images. */
const faces = syntheticFaces({ samplesPerClass: 30 });
const indexOf = (source: string) => faces.samples.findIndex((sample) => sample.source === source);
const pixelsOf = (source: string) =>
  faces.pixels.subarray(indexOf(source) * stride, (indexOf(source) + 1) * stride);

/** The faces with more images after them. */
function planted(...images: { sample: Sample; pixels: Uint8Array }[]): Dataset {
  return {
    ...faces,
    pixels: Uint8Array.from([...faces.pixels, ...images.flatMap(({ pixels }) => [...pixels])]),
    samples: [...faces.samples, ...images.map(({ sample }) => sample)],
  };
}

const rounded = (levels: Float32Array) => Uint8Array.from(levels, (level) => Math.min(255, level + 0.5));

/** Copies of a photograph as they come about. */
const copies: Record<string, (pixels: Uint8Array) => Uint8Array> = {
  'made lighter and softer in contrast': (pixels) => pixels.map((level) => 60 + 0.6 * level),
  'with noise': (pixels) => {
    const source = random(4);
    return pixels.map((level) => Math.min(255, Math.max(0, level + 8 * source.normal())));
  },
  'made smaller and larger again': (pixels) =>
    rounded(resizeBilinear(resizeBilinear(pixels, size, size, 30, 30), 30, 30, size, size)),
  'cropped by a pixel': (pixels) => pixels.map((_, index) => pixels[Math.min(stride - 1, index + size + 1)]!),
  'with a watermark': (pixels) =>
    pixels.map((level, index) =>
      index % size > 20 && index % size < 40 && Math.floor(index / size) === 40 ? 255 : level,
    ),
};

describe('checkDataset', () => {
  it('counts classes and splits, and finds nothing where there is nothing', () => {
    const report = checkDataset(faces, ['a.png: not an image']);
    expect(report).toEqual({
      dataset: 'synthetic',
      images: 210,
      width: 48,
      height: 48,
      channels: 1,
      classNames: faces.classNames,
      splits: [
        { split: 'train', images: 168, classCounts: Array(7).fill(24), copies: 0 },
        { split: 'validation', images: 21, classCounts: Array(7).fill(3), copies: 0 },
        { split: 'test', images: 21, classCounts: Array(7).fill(3), copies: 0 },
      ],
      classWeights: Array(7).fill(1),
      unreadable: ['a.png: not an image'],
      exactDuplicates: [],
      nearDuplicates: [],
      alteredDuplicates: [],
      leaks: [],
      sharedSubjects: [],
    } satisfies DatasetReport);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it("has the class weights of the training images' counts, or none where a class is missing", () => {
    const dataset = (counts: readonly number[], split?: 'train'): Dataset => ({
      ...faces,
      classNames: counts.map((_, label) => `${label}`),
      width: 1,
      height: 1,
      pixels: new Uint8Array(counts.reduce((sum, count) => sum + count)),
      samples: counts.flatMap((count, label) =>
        Array<Sample>(count).fill({ source: '', label, ...(split && { split }) }),
      ),
    });
    // Eq. 1–3 by hand: the average is 8, ∂ = ((8 − 2) / 8 + (8 − 4) / 8) / 2 = 0.625, W = ln(0.625 · 24 / 2).
    expect(checkDataset(dataset([2, 4, 18])).classWeights).toEqual([
      expect.closeTo(Math.log(7.5), 12),
      expect.closeTo(Math.log(3.75), 12),
      1,
    ]);
    expect(checkDataset(dataset([2, 4, 18], 'train')).splits).toEqual([
      { split: 'train', images: 24, classCounts: [2, 4, 18], copies: 23 },
    ]);
    expect(checkDataset(dataset([2, 4, 18])).splits).toEqual([
      { images: 24, classCounts: [2, 4, 18], copies: 23 },
    ]);
    expect(checkDataset(dataset([2, 0, 18]))).not.toHaveProperty('classWeights');
  });

  it('finds byte-equal images within and across splits, and names the leaks', () => {
    const report = checkDataset(
      planted(
        { sample: { source: 'again.png', label: 3, split: 'train' }, pixels: pixelsOf('train/happy/3') },
        { sample: { source: 'leak.png', label: 0, split: 'test' }, pixels: pixelsOf('train/happy/3') },
        { sample: { source: 'late.png', label: 0, split: 'test' }, pixels: pixelsOf('validation/sad/1') },
        { sample: { source: 'own.png', label: 0, split: 'test' }, pixels: pixelsOf('test/fear/2') },
      ),
    );
    expect(report.exactDuplicates).toEqual([
      ['train/happy/3', 'again.png', 'leak.png'],
      ['validation/sad/1', 'late.png'],
      ['test/fear/2', 'own.png'],
    ]);
    expect(report.splits.map(({ copies }) => copies)).toEqual([1, 0, 1]);
    expect(report.nearDuplicates).toEqual([]);
    const exact = { split: 'test', correlation: 1, isExact: true, isAltered: false };
    expect(report.leaks).toEqual([
      { image: 'leak.png', original: 'train/happy/3', originalSplit: 'train', ...exact },
      { image: 'late.png', original: 'validation/sad/1', originalSplit: 'validation', ...exact },
    ]);
  });

  it.each(Object.keys(copies))('finds a copy %s', (name) => {
    const report = checkDataset(
      planted({
        sample: { source: 'copy.png', label: 6, split: 'validation' },
        pixels: copies[name]!(pixelsOf('train/angry/7')),
      }),
    );
    expect(report.exactDuplicates).toEqual([]);
    expect(report.nearDuplicates).toEqual([
      { images: ['train/angry/7', 'copy.png'], correlation: expect.any(Number) },
    ]);
    expect(report.leaks).toEqual([
      {
        image: 'copy.png',
        split: 'validation',
        original: 'train/angry/7',
        originalSplit: 'train',
        correlation: report.nearDuplicates[0]!.correlation,
        isExact: false,
        isAltered: false,
      },
    ]);
  });

  it('finds the leak of a copy whose original has a twin in the same split', () => {
    const copy = copies['with noise']!(pixelsOf('train/angry/7'));
    const validation = { label: 0, split: 'validation' } as const;
    const report = checkDataset(
      planted(
        { sample: { source: 'copy.png', ...validation }, pixels: copy },
        { sample: { source: 'twin.png', ...validation }, pixels: copy },
      ),
    );
    expect(report.leaks.map(({ image, original }) => [image, original])).toEqual([
      ['copy.png', 'train/angry/7'],
      ['twin.png', 'train/angry/7'],
    ]);
  });

  it('finds a mirrored copy in another split, after the nearer ones', () => {
    const mirrored = (image: Uint8Array) =>
      image.map((_, index) => image[48 * Math.floor(index / 48) + 47 - (index % 48)]!);
    const report = checkDataset(
      planted(
        {
          sample: { source: 'mirror.png', label: 0, split: 'test' },
          pixels: mirrored(pixelsOf('train/angry/7')),
        },
        {
          sample: { source: 'noise.png', label: 0, split: 'test' },
          pixels: copies['with noise']!(pixelsOf('train/sad/2')),
        },
      ),
    );
    expect(report.alteredDuplicates).toEqual([
      { images: ['train/angry/7', 'mirror.png'], correlation: expect.closeTo(1, 3) },
    ]);
    expect(report.leaks.map(({ image, original, isAltered }) => [image, original, isAltered])).toEqual([
      ['noise.png', 'train/sad/2', false],
      ['mirror.png', 'train/angry/7', true],
    ]);
    expect(datasetReportText(report)).toContain('1 test images altered copies of one in train');
  });

  it('does not count frames of one sequence as copies', () => {
    const frame = (source: string, sequence: string) => ({
      sample: { source, label: 0, split: 'train', sequence, subject: 'S1' } as const,
      pixels: copies[source]!(pixelsOf('test/sad/0')),
    });
    const [first, second] = Object.keys(copies) as [string, string];
    const { samples: all, pixels } = planted(frame(first, 'S1_001'), frame(second, 'S1_001'));
    const samples = all.slice(210);
    const alone: Dataset = { ...faces, samples, pixels: pixels.slice(210 * stride) };
    expect(checkDataset(alone).nearDuplicates).toEqual([]);
    const apart = samples.map((sample, index) => ({ ...sample, sequence: `S1_00${index}` }));
    expect(checkDataset({ ...alone, samples: apart }).nearDuplicates).toHaveLength(1);
  });

  it('finds subjects in several splits', () => {
    const subjects = ['ben', 'anna', 'ben', undefined, 'cora', 'anna', 'ben'];
    const splits = ['test', 'train', 'train', 'train', 'train', 'train', 'validation'] as const;
    const samples = subjects.map((subject, index): Sample => ({
      source: `${index}`,
      label: index,
      split: splits[index]!,
      ...(subject && { subject }),
    }));
    const report = checkDataset({ ...faces, samples, pixels: faces.pixels.slice(0, 7 * stride) });
    expect(report.sharedSubjects).toEqual([{ subject: 'ben', splits: ['train', 'validation', 'test'] }]);
  });

  it('is told of unreadable files by the loader', async () => {
    const root = temporaryFolder();
    for (const [index, name] of ['sad', 'fear', 'happy'].entries())
      put(root, `${name}/0.png`, await plainImage(index, 12));
    const broken = put(root, 'sad/1.png', (await plainImage(3, 12)).subarray(0, 60));
    const unreadable: string[] = [];
    const dataset = await loadDataset({
      dataset: 'folder',
      data: root,
      onUnreadable: (message) => unreadable.push(message),
    });
    const report = checkDataset(dataset, unreadable);
    expect(report.images).toBe(3);
    expect(report.unreadable).toEqual([
      expect.stringContaining(`${broken}: the image is damaged or cut off`),
    ]);
  });
});

describe('datasetReportText', () => {
  it('says all there is, in order', () => {
    const dataset = planted(
      {
        sample: { source: 'leak.png', label: 0, split: 'test', subject: 'ben' },
        pixels: pixelsOf('train/happy/3'),
      },
      {
        sample: { source: 'copy.png', label: 6, split: 'train', subject: 'ben' },
        pixels: copies['with noise']!(pixelsOf('validation/angry/1')),
      },
    );
    const report = checkDataset(dataset, ['x.png: the file is empty']);
    const correlation = report.nearDuplicates[0]!.correlation.toFixed(3);
    expect(datasetReportText(report)).toBe(`synthetic: 212 images, 48×48, grey

              angry  disgust   fear  happy    sad  surprise  neutral  all
train            24       24     24     24     24        24       25  169
validation        3        3      3      3      3         3        3   21
test              4        3      3      3      3         3        3   22
class weight  1.000    1.000  1.000  1.000  1.000     1.000    1.000

Files that cannot be read: 1
  x.png: the file is empty

Byte-equal images: 2 in 1 groups; 0 copies within train; 0 copies within validation; 0 copies within test
  train/happy/3 = leak.png

Nearly equal images: 1 pairs
  validation/angry/1 ~ copy.png  (correlation ${correlation})

Mirrored, turned, enlarged or moved copies: none

Images that are also in another split: 1 test images byte-equal to one in train, 1 validation images nearly equal to one in train
  leak.png (test) = train/happy/3 (train)
  validation/angry/1 (validation) ~ copy.png (train, correlation ${correlation})

Subjects in several splits: 1
  ben: train, test`);
  });

  it('shortens long lists, and says where there is nothing', () => {
    const report = checkDataset(
      faces,
      Array.from({ length: 33 }, (_, index) => `${index}.png: no image`),
    );
    const text = datasetReportText(report);
    expect(text).toContain('  19.png: no image\n  … and 13 more (all of them with --json)\n');
    expect(text).toContain(
      'Byte-equal images: none\n\nNearly equal images: none\n\nMirrored, turned, enlarged or moved copies: none\n',
    );
    const missing = { ...faces, classNames: [...faces.classNames, 'contempt'] };
    expect(datasetReportText(checkDataset(missing))).toMatch(
      /^test +3 .*\nclass weight: none, as a class has no image to train on\n\n/m,
    );
  });
});
