import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { nodeRuntime } from '@sdnet/autograd/node';
import {
  checkDataset,
  classCounts,
  type Dataset,
  evaluate,
  loadDataset,
  pixelStatistics,
  readWeights,
  requireSplit,
} from '@sdnet/lab';
import { classWeights } from 'sdnet';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { shippedWeights } from '../../src/cli/weights.js';
import { withoutTrainingCopies } from '../../src/evaluation/training-copies.js';
import { evaluatedScores, expectAlike, exportedScores } from '../support/export-parity.js';
import { suiteFolder } from '../support/suite-folder.js';

// A minute, unless the machine trains something else beside.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const archive = join(import.meta.dirname, '../../../../../shared/data/fer2013.tar.xz');

describe.skipIf(!existsSync(archive))(`FER2013 itself (skipped where ${archive} is not there)`, () => {
  const folder = suiteFolder();
  const load = () =>
    loadDataset({ dataset: 'fer2013', data: join(folder, 'fer2013'), cacheDirectory: join(folder, 'cache') });
  let dataset: Dataset;
  let training: number[];
  let validation: number[];

  beforeAll(async () => {
    execFileSync('tar', ['-xJf', archive, '-C', folder]);
    dataset = await load();
    [training, validation] = [requireSplit(dataset, 'train'), requireSplit(dataset, 'validation')];
  });

  it('has the published numbers of images, and the class weights that follow', () => {
    const counts = classCounts(dataset, training);
    expect(counts).toEqual([3995, 436, 4097, 7215, 4830, 3171, 4965]);
    expect(validation).toHaveLength(3589);
    const [angry, disgust, ...others] = classWeights(counts);
    expect(disgust).toBeCloseTo(2.9386, 4);
    expect([angry, ...others]).toEqual(Array(6).fill(1));
  });

  it('has the published mean and deviation', () => {
    const { mean, deviation } = pixelStatistics(dataset, training);
    expect(mean).toBeCloseTo(0.5077, 3);
    expect(deviation).toBeCloseTo(0.2549, 3);
  });

  it('is there in under two seconds the second time', async () => {
    const started = performance.now();
    await load();
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('has 242 public-test images byte-equal to a training image, and more that nearly are', () => {
    const report = checkDataset(dataset);
    expect(report.splits.map(({ images, copies }) => [images, copies])).toEqual([
      [28709, 1223],
      [3589, 26],
    ]);
    expect(report.leaks.filter(({ isExact }) => isExact)).toHaveLength(242);
    expect(report.leaks.filter(({ isExact, isAltered }) => !isExact && !isAltered)).toHaveLength(333);
  });

  it('is recognised by the shipped weights as the README says', async () => {
    const weights = await readWeights(shippedWeights());
    const { accuracy, balancedAccuracy } = await evaluate(nodeRuntime, weights, dataset, validation);
    expect(accuracy).toBeCloseTo(0.686, 3);
    expect(balancedAccuracy).toBeCloseTo(0.669, 3);
    const unseen = withoutTrainingCopies(dataset, validation, training);
    expect(unseen).toHaveLength(3589 - 242);
    expect((await evaluate(nodeRuntime, weights, dataset, unseen)).accuracy).toBeCloseTo(0.674, 3);
  });

  it('has the same scores by the exported weights, on both runtimes, on 500 images of all classes', async () => {
    const weights = await readWeights(shippedWeights());
    const some = Array.from(
      { length: 500 },
      (_, index) => validation[Math.floor((index * validation.length) / 500)]!,
    );
    const expected = await evaluatedScores(weights, dataset, some);
    for (const scores of await exportedScores(weights, dataset, some)) expectAlike(scores, expected, 7);
  });
});
