import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dataset } from '@sdnet/training';
import { describe, expect, it } from 'vitest';
import { foldsOf, type Protocol } from '../../src/datasets/protocols.js';
import { foldRecord, saveFold } from '../../src/runs/save-fold.js';
import { refusal } from '../support/refusal.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const dataset: Dataset = {
  name: 'dots',
  classNames: ['a', 'b'],
  width: 1,
  height: 1,
  channels: 1,
  pixels: new Uint8Array(6),
  samples: Array.from({ length: 6 }, (_, index) => ({
    source: `x/${index}.png`,
    label: index % 2,
    split: index < 4 ? 'train' : 'validation',
    subject: `S${index % 3}`,
  })),
};
const record = (protocol: Protocol, fold: number) =>
  foldRecord(dataset, protocol, fold, foldsOf(dataset, protocol)[fold - 1]!);

describe('foldRecord', () => {
  it('names the settings and, by role, the images', () => {
    const found = record({ protocol: 'subjects', k: 3, seed: 5 }, 2);
    expect(found).toMatchObject({
      dataset: 'dots',
      protocol: 'subjects',
      seed: 5,
      k: 3,
      fold: 2,
      name: 'fold 2 of 3',
      sharesSubjects: false,
    });
    expect(found.validation).toHaveLength(2);
    expect([...found.train, ...found.validation].sort()).toEqual(dataset.samples.map(({ source }) => source));
  });

  it('has no settings that the protocol does not take', () => {
    expect(record({ protocol: 'official', k: 3, seed: 5 }, 1)).toEqual({
      dataset: 'dots',
      protocol: 'official',
      name: 'official splits',
      sharesSubjects: true,
      train: ['x/0.png', 'x/1.png', 'x/2.png', 'x/3.png'],
      validation: ['x/4.png', 'x/5.png'],
    });
    expect(Object.keys(record({ protocol: 'leave-one-subject-out' }, 3))).not.toContain('seed');
  });
});

describe('saveFold', () => {
  it('writes folds.json and nothing else', async () => {
    const out = temporaryFolder();
    const found = record({ protocol: 'random', k: 2 }, 1);
    await saveFold(out, found);
    await saveFold(out, found);
    expect(readdirSync(out)).toEqual(['folds.json']);
    expect(JSON.parse(readFileSync(join(out, 'folds.json'), 'utf8'))).toEqual(found);
  });

  it('says where it could not', async () => {
    const out = temporaryFolder();
    mkdirSync(join(out, 'folds.json'));
    const message = await refusal(saveFold(out, record({ protocol: 'random', k: 2 }, 1)));
    expect(message).toContain(join(out, 'folds.json'));
    expect(readdirSync(out)).toEqual(['folds.json']);
  });
});
