import { join } from 'node:path';
import { type Dataset, requireSplit, type Split, UserError } from '@sdnet/training';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holdOutValidation } from '../../src/datasets/hold-out.js';
import { datasetNames, loadDataset } from '../../src/datasets/index.js';
import { syntheticFaces } from '../../src/datasets/synthetic.js';
import { foldsOf } from '../../src/datasets/protocols.js';
import { plainImage } from '../support/draw-image.js';
import { put, temporaryFolder } from '../support/temporary-folder.js';

function labelled(samples: [label: number, split?: Split, subject?: string | undefined][]): Dataset {
  return {
    name: 'dots',
    classNames: ['a', 'b'],
    width: 1,
    height: 1,
    channels: 1,
    pixels: new Uint8Array(samples.length),
    samples: samples.map(([label, split, subject], index) => ({
      source: `${index}`,
      label,
      ...(split && { split }),
      ...(subject && { subject }),
    })),
  };
}

describe('loadDataset', () => {
  it('knows its data sets and says so', async () => {
    expect(datasetNames).toEqual([
      'fer2013',
      'ferplus',
      'ck+',
      'ck+48',
      'oulu-casia',
      'sfew',
      'rafdb',
      'affectnet',
      'folder',
      'manifest',
      'synthetic',
    ]);
    for (const dataset of ['imagenet', 'toString', '']) {
      await expect(loadDataset({ dataset })).rejects.toThrow(
        `There is no data set ${dataset}; choose one of ${datasetNames.join(', ')}.`,
      );
    }
  });

  it('draws the synthetic faces of a seed', async () => {
    const drawn = await loadDataset({ dataset: 'synthetic', seed: 3, synthetic: { samplesPerClass: 10 } });
    expect(drawn).toEqual(syntheticFaces({ seed: 3, samplesPerClass: 10 }));
    expect((await loadDataset({ dataset: 'synthetic' })).samples).toHaveLength(2100);
  });

  it('refuses a missing or needless path', async () => {
    await expect(loadDataset({ dataset: 'fer2013' })).rejects.toThrow(/needs a path: fer2013.csv/);
    await expect(loadDataset({ dataset: 'synthetic', data: 'x' })).rejects.toThrow(/takes no path, but x/);
    for (const dataset of datasetNames.filter((name) => name !== 'synthetic')) {
      await expect(loadDataset({ dataset })).rejects.toThrow(`The data set ${dataset} needs a path: `);
      await expect(loadDataset({ dataset, data: join(temporaryFolder(), 'x') })).rejects.toThrow(
        /there is no such file or folder/,
      );
    }
    await expect(loadDataset({ dataset: 'fer2013', data: temporaryFolder() })).rejects.toThrow(/it is empty/);
  });

  it('refuses options that a data set does not take', async () => {
    const data = temporaryFolder();
    await expect(loadDataset({ dataset: 'sfew', data, classes: 7 })).rejects.toThrow(
      'The data set sfew takes no option classes, which is for ck+, ck+48, affectnet. Leave it out.',
    );
    await expect(loadDataset({ dataset: 'fer2013', data, labels: 'majority' })).rejects.toThrow(
      /takes no option labels, which is for ferplus/,
    );
    await expect(loadDataset({ dataset: 'fer2013', data, channels: 3 })).rejects.toThrow(
      /takes no option channels/,
    );
    await expect(loadDataset({ dataset: 'folder', data, synthetic: {} })).rejects.toThrow(
      'The data set folder takes no option samples or imbalance, which is for synthetic. Leave it out.',
    );
  });

  it('passes the options on', async () => {
    const root = temporaryFolder();
    const file = put(
      root,
      'faces.csv',
      `file,label,split\n${[0, 1, 2].map((i) => `${i}.png,${i % 2},train\n`).join('')}`,
    );
    for (const index of [0, 1, 2]) put(root, `${index}.png`, await plainImage([10, 20, 30 + index], 4));
    const load = (seed: number) =>
      loadDataset({ dataset: 'manifest', data: file, channels: 3, seed, cacheDirectory: temporaryFolder() });
    const heldOut = (dataset: Dataset) => dataset.samples.findIndex(({ split }) => split === 'validation');
    const drawn = await Promise.all([0, 1, 2, 3, 4, 5].map(load));
    expect(drawn.every(({ channels }) => channels === 3)).toBe(true);
    expect(new Set(drawn.map(heldOut))).toEqual(new Set([0, 2]));
  });
});

describe('requireSplit', () => {
  it('gives the indices of a split', () => {
    expect(
      requireSplit(
        labelled([
          [0, 'train'],
          [1, 'test'],
          [0, 'train'],
        ]),
        'train',
      ),
    ).toEqual([0, 2]);
  });

  it('says which splits there are', () => {
    const refuse = (dataset: Dataset, split: Split) => () => requireSplit(dataset, split);
    const two = labelled([
      [0, 'train'],
      [1, 'validation'],
    ]);
    expect(refuse(two, 'test')).toThrow(
      'The data set dots has no test images here; it has train and validation.',
    );
    expect(refuse(two, 'test')).toThrow(UserError);
    expect(refuse(labelled([[0]]), 'train')).toThrow('no train images here; it has no official splits.');
  });
});

describe('holdOutValidation', () => {
  it('takes a tenth of each class from training alone, and one of two', () => {
    const dataset = labelled([
      ...Array<[number, Split]>(36).fill([0, 'train']),
      ...Array<[number, Split]>(2).fill([1, 'train']),
      ...Array<[number, Split]>(9).fill([1, 'test']),
    ]);
    const splits = holdOutValidation(dataset, 7).samples.map(({ split }) => split);
    const count = (from: number, to: number) =>
      splits.slice(from, to).filter((s) => s === 'validation').length;
    expect([count(0, 36), count(36, 38), count(38, 47)]).toEqual([4, 1, 0]);
  });

  it('leaves a data set with validation images, and the only image of a class, as they are', () => {
    const whole = labelled([
      [0, 'train'],
      [1, 'validation'],
    ]);
    const silent = () => expect.fail('had a note');
    expect(holdOutValidation(whole, 0, silent)).toBe(whole);
    for (const dataset of [labelled([[0, 'train']]), labelled([[0], [0]])])
      expect(holdOutValidation(dataset, 0, silent)).toEqual(dataset);
  });

  /** The subjects of the training and of the validation images, each once and sorted. */
  const sidesOf = ({ samples }: Dataset) =>
    (['train', 'validation'] as const).map((split) =>
      [...new Set(samples.flatMap((sample) => (sample.split === split ? [sample.subject!] : [])))].sort(),
    );

  it('takes whole subjects where every training image has one: the first of ten folds without shared subjects', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(1), fc.nat(30)), { minLength: 2, maxLength: 150 }),
        fc.nat(),
        (images, seed) => {
          // Both classes for everyone, so that no part has all there is of one.
          const people = [...new Set(images.map(([, subject]) => subject)), 31];
          const dataset = labelled([
            ...[
              ...images,
              ...people.flatMap((subject) => [[0, subject] as const, [1, subject] as const]),
            ].map(([label, subject]): [number, Split, string] => [label, 'train', `S${subject}`]),
            [0, 'test'],
          ]);
          const notes: string[] = [];
          const heldOut = holdOutValidation(dataset, seed, (note) => notes.push(note));
          const [train, validation] = sidesOf(heldOut);
          expect([...train!, ...validation!].sort()).toEqual(people.map((subject) => `S${subject}`).sort());
          expect(train!.length * validation!.length).toBeGreaterThan(0);
          expect(heldOut.samples.at(-1)!.split).toBe('test');
          const count = requireSplit(heldOut, 'validation').length;
          expect(notes).toEqual([
            `dots: has no validation images, so ${count} of its ${dataset.samples.length - 1} training images are held ` +
              `out as such, drawn by the data seed ${seed}.`,
          ]);
          const k = Math.min(10, people.length);
          expect(requireSplit(heldOut, 'validation')).toEqual(
            foldsOf(dataset, { protocol: 'subjects', k, seed })[0]!.validation,
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  it('leaves the only subject of a class for training', () => {
    // The one with most images would be the first part.
    const dataset = labelled([
      ...Array<[number, Split, string]>(9).fill([1, 'train', 'anna']),
      [0, 'train', 'ben'],
      [0, 'train', 'cora'],
    ]);
    for (const seed of [0, 1, 2]) {
      const [train, validation] = sidesOf(holdOutValidation(dataset, seed));
      expect(train).toContain('anna');
      expect(validation).toHaveLength(1);
    }
  });

  it('draws images where there is one subject or not all have one, and says so', () => {
    const half = (subject?: string) =>
      Array<[number, Split, string | undefined]>(10).fill([0, 'train', subject]);
    const notes: string[] = [];
    const heldOut = (dataset: Dataset) =>
      requireSplit(
        holdOutValidation(dataset, 0, (note) => notes.push(note)),
        'validation',
      );
    expect(heldOut(labelled([...half('anna'), ...half('anna')]))).toHaveLength(2);
    expect(heldOut(labelled([...half('anna'), ...half()]))).toHaveLength(2);
    expect(notes).toEqual([
      expect.stringMatching(
        /^dots: .* 2 of its 20 training images .*, image by image: they may show .*, as all are of one subject\.$/,
      ),
      expect.stringMatching(/ as not every training image has a subject\.$/),
    ]);
    heldOut(labelled([...half(), ...half()]));
    expect(notes[2]).toMatch(/^dots: .* drawn by the data seed 0\.$/);
  });
});
