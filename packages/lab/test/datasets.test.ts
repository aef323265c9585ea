import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Dataset, requireSplit, type Split } from '../src/datasets/dataset.js';
import { holdOutValidation } from '../src/datasets/hold-out.js';
import { datasetNames, loadDataset } from '../src/datasets/index.js';
import { syntheticFaces } from '../src/datasets/synthetic.js';
import { UserError } from '../src/user-error.js';
import { plainImage } from './draw-image.js';
import { put, temporaryFolder } from './temporary-folder.js';

function labelled(samples: [label: number, split?: Split][]): Dataset {
  return {
    name: 'dots',
    classNames: ['a', 'b'],
    width: 1,
    height: 1,
    channels: 1,
    pixels: new Uint8Array(samples.length),
    samples: samples.map(([label, split], index) => ({ source: `${index}`, label, ...(split && { split }) })),
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
      'The data set sfew takes no option classes, which is for ck+, ck+48. Leave it out.',
    );
    await expect(loadDataset({ dataset: 'fer2013', data, labels: 'majority' })).rejects.toThrow(
      /takes no option labels, which is for ferplus/,
    );
    await expect(loadDataset({ dataset: 'fer2013', data, channels: 3 })).rejects.toThrow(
      /takes no option channels/,
    );
    await expect(loadDataset({ dataset: 'folder', data, synthetic: {} })).rejects.toThrow(
      /takes no option synthetic/,
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
    expect(holdOutValidation(whole, 0)).toBe(whole);
    expect(holdOutValidation(labelled([[0, 'train']]), 0)).toEqual(labelled([[0, 'train']]));
  });
});
