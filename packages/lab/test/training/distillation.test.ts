import { join } from 'node:path';
import {
  type Dataset,
  loadDataset,
  type Recipe,
  recipeNamed,
  requireSplit,
  type TrainOptions,
  train,
} from '@sdnet/lab';
import type { Weights } from 'sdnet';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectSameRun } from '../support/run-folder.js';
import { suiteFolder } from '../support/suite-folder.js';
import { untrainedWeights, withStatisticsOf } from '../support/untrained-weights.js';

const folder = suiteFolder();
const recipe: Recipe = {
  ...recipeNamed('distilled'),
  size: 40,
  early: { size: 32, share: 0.5 },
  epochs: 2,
  batch: 14,
  learningRate: 0.02,
};
let dataset: Dataset;
let teachers: Weights[];

const run = (name: string, options: Partial<TrainOptions> = {}) =>
  train({
    dataset,
    partition: { train: requireSplit(dataset, 'train'), validation: requireSplit(dataset, 'validation') },
    model: 'mobilenet-v3-small',
    recipe,
    seed: 1,
    threads: 1,
    teachers,
    ...options,
    out: join(folder, name),
  });

beforeAll(async () => {
  dataset = await loadDataset({ dataset: 'synthetic', synthetic: { samplesPerClass: 10 } });
  const images = requireSplit(dataset, 'train');
  const teacher = (size: number) =>
    untrainedWeights('mobilenet-v3-small', {
      preprocessing: { size, channels: 1, mean: 0.5, deviation: 0.25 },
    });
  teachers = [await withStatisticsOf(teacher(40), dataset, images), teacher(48)];
  await run('whole');
});

describe('training with teachers', () => {
  it('depends on what they say', async () => {
    const one = await run('one teacher', { teachers: teachers.slice(0, 1) });
    const whole = await run('whole', { resume: true });
    expect(one.history.map(({ loss }) => loss)).not.toEqual(whole.history.map(({ loss }) => loss));
  });

  it('ends with the same bytes when interrupted and resumed, with the same teachers only', async () => {
    const interruption = new AbortController();
    await run('resumed', { signal: interruption.signal, onEpoch: () => interruption.abort() });
    await expect(run('resumed', { resume: true, teachers: [...teachers].reverse() })).rejects.toThrow(
      /teachers/,
    );
    await run('resumed', { resume: true });
    await expectSameRun(join(folder, 'resumed'), join(folder, 'whole'));
  });

  it('needs teachers where the recipe listens to them, and only there', async () => {
    await expect(run('none', { teachers: [] })).rejects.toThrow('--teacher');
    await expect(run('deaf', { recipe: { ...recipeNamed('strong'), epochs: 1 } })).rejects.toThrow(
      'no distillation',
    );
  });
});
