import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadDataset, writeWeights } from '@sdnet/lab';
import { beforeAll, describe, expect, it } from 'vitest';
import { expressions } from '@sdnet/training';
import { foldOf, type Protocol } from '../../src/datasets/protocols.js';
import { runFiles } from '../../src/runs/run-folder.js';
import { type FoldRecord, foldRecord, saveFold } from '../../src/runs/save-fold.js';
import { facePngs } from '../support/draw-faces.js';
import { sdnetHere } from '../support/sdnet-command.js';
import { suiteFolder } from '../support/suite-folder.js';
import { put } from '../support/temporary-folder.js';
import { untrainedWeights } from '../support/untrained-weights.js';

const folder = suiteFolder();
process.env.SDNET_CACHE = join(folder, 'cache');

/** Four subjects with one image of each expression; the first two subjects' happy faces are the same image. */
const manifest = join(folder, 'faces.csv');
/** Class folders of training and test images, of which validation is held out. */
const folders = join(folder, 'folders');

beforeAll(async () => {
  const rows = ['file,label,subject'];
  for (const expression of expressions) {
    const images = await facePngs(expression, 16);
    for (let subject = 0; subject < 4; subject++) {
      const isCopy = expression === 'happy' && subject === 1;
      put(folder, `${expression}/${subject}.png`, images[isCopy ? 0 : subject]!);
      rows.push(`${expression}/${subject}.png,${expression},S${subject}`);
    }
    for (const [index, image] of images.entries())
      put(folders, `${index < 14 ? 'train' : 'test'}/${expression}/${index}.png`, image);
  }
  put(folder, 'faces.csv', rows.join('\n'));
});

/** A run folder as `sdnet train` leaves it, as far as an evaluation looks into it. */
async function runOf(
  name: string,
  { dataset, data, ...protocol }: Protocol & { dataset: string; data: string },
  fold = 1,
): Promise<{ run: string; record: FoldRecord }> {
  const run = join(folder, name);
  mkdirSync(run);
  await writeWeights(join(run, runFiles.best), untrainedWeights('mobilenet-v3-small'));
  const set = await loadDataset({ dataset, data, seed: protocol.seed });
  const record = foldRecord(set, protocol, fold, foldOf(set, protocol, fold));
  await saveFold(run, record);
  return { run, record };
}

async function evaluated(...args: string[]) {
  const { code, stdout, stderr } = await sdnetHere('evaluate', ...args, '--json');
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return JSON.parse(stdout);
}

describe('evaluate with a run that was trained on a fold', () => {
  const faces = ['--dataset', 'manifest', '--data', manifest];
  let run: string;
  let record: FoldRecord;
  beforeAll(async () => {
    ({ run, record } = await runOf('fold', {
      ...{ dataset: 'manifest', data: manifest, protocol: 'leave-one-subject-out' },
    }));
  });

  it('measures it on the images it was not trained on, by its folder and by its weights', async () => {
    for (const weights of [run, join(run, runFiles.best)])
      expect(await evaluated('--weights', weights, ...faces)).toMatchObject({
        samples: record.validation.length,
        division: 'subject S0',
        sharesSubjects: false,
      });
  });

  it('refuses other images, most of which it was trained on, unless they are asked for as such', async () => {
    const other = ['--weights', join(run, runFiles.best), ...faces, '--fold', '1', '--folds', '2'];
    const { code, stderr } = await sdnetHere('evaluate', ...other);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`^(7|14) of these 14 images are among those that ${run} was trained on\\.`),
    );
    expect(await evaluated(...other, '--split', 'train')).toMatchObject({ samples: 14 });
  });

  it('leaves out copies of the images it was trained on', async () => {
    expect(await evaluated('--weights', run, ...faces, '--without-training-copies')).toMatchObject({
      samples: record.validation.length - 1,
    });
  });

  it('refuses other data with images it was trained on, and measures it on others', async () => {
    const args = ['--weights', run, '--dataset', 'manifest', '--data', join(folder, 'fewer.csv')];
    put(folder, 'fewer.csv', 'file,label,subject\nhappy/0.png,happy,S0\nsad/0.png,sad,S0');
    expect(await evaluated(...args)).toMatchObject({ samples: 2 });
    put(folder, 'fewer.csv', 'file,label,subject\nhappy/0.png,happy,S0\nsad/1.png,sad,S1');
    const { code, stderr } = await sdnetHere('evaluate', ...args);
    expect(code).toBe(1);
    expect(stderr).toContain(`${join(run, 'folds.json')}: the run was trained on subject S0 of other images`);
  });
});

describe('evaluate with a run whose validation images were held out', () => {
  const data = ['--dataset', 'folder', '--data', folders];

  it('measures it on these, whatever another seed would have held out', async () => {
    const { run, record } = await runOf('held-out', {
      ...{ dataset: 'folder', data: folders, protocol: 'official', seed: 5 },
    });
    const found = await evaluated('--weights', run, ...data);
    expect(found).toMatchObject({ samples: record.validation.length });
    expect(found).not.toHaveProperty('division');
    expect(await evaluated('--weights', run, ...data, '--data-seed', '5')).toEqual(found);
    expect(await evaluated('--weights', run, ...data, '--split', 'test')).toMatchObject({ samples: 14 });
  });
});

describe('options that would be ignored are refused', () => {
  it.each([
    ['--folds 5', '--folds 5 needs a --fold'],
    ['--protocol leave-one-subject-out --fold 1 --folds 5', 'leave out --folds'],
  ])('%s', async (options, message) => {
    const { code, stderr } = await sdnetHere(
      ...['evaluate', '--dataset', 'manifest', '--data', manifest, ...options.split(' ')],
    );
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
