import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  checkDataset,
  classCounts,
  type Dataset,
  loadDataset,
  metricsOf,
  pixelStatistics,
  readWeights,
  requireSplit,
} from '@sdnet/lab';
import { classWeights } from 'sdnet';
import { beforeAll, describe, expect, it } from 'vitest';
import { shippedWeights } from '../../src/cli/weights.js';
import { withoutTrainingCopies } from '../../src/evaluation/training-copies.js';
import { evaluatedScores, expectAlike, exportedScores } from '../support/export-parity.js';
import { suiteFolder } from '../support/suite-folder.js';

const archive = join(import.meta.dirname, '../../../../../shared/data/fer2013.tar.xz');

describe.skipIf(!existsSync(archive))(`FER2013 itself (skipped where ${archive} is not there)`, () => {
  const folder = suiteFolder();
  const load = () =>
    loadDataset({ dataset: 'fer2013', data: join(folder, 'fer2013'), cacheDirectory: join(folder, 'cache') });
  let dataset: Dataset;
  let training: readonly number[];
  let validation: readonly number[];
  let scores: number[];

  beforeAll(async () => {
    execFileSync('tar', ['-xJf', archive, '-C', folder]);
    dataset = await load();
    [training, validation] = [requireSplit(dataset, 'train'), requireSplit(dataset, 'validation')];
    scores = await evaluatedScores(await readWeights(shippedWeights()), dataset, validation);
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

  it('is there the second time without its images being read', async () => {
    // Of the same size and time, but damaged.
    const file = join(folder, 'fer2013', dataset.samples[validation[0]!]!.source);
    const { size, atime, mtime } = statSync(file);
    const content = readFileSync(file);
    writeFileSync(file, Buffer.alloc(size));
    utimesSync(file, atime, mtime);
    const again = await load();
    writeFileSync(file, content);
    utimesSync(file, atime, mtime);
    expect(again.samples).toEqual(dataset.samples);
    expect(Buffer.from(again.pixels).equals(Buffer.from(dataset.pixels))).toBe(true);
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

  it('is recognised by the shipped weights as the README says', () => {
    const { accuracy, balancedAccuracy } = metricsOf(Float32Array.from(scores), dataset, validation);
    expect(accuracy).toBeCloseTo(0.706, 3);
    expect(balancedAccuracy).toBeCloseTo(0.678, 3);
    const unseen = new Set(withoutTrainingCopies(dataset, validation, training));
    expect(unseen.size).toBe(3589 - 242);
    const rows = [...validation.keys()].filter((row) => unseen.has(validation[row]!));
    const scoresOfUnseen = rows.flatMap((row) => scores.slice(7 * row, 7 * row + 7));
    expect(metricsOf(Float32Array.from(scoresOfUnseen), dataset, [...unseen]).accuracy).toBeCloseTo(0.693, 3);
  });

  it('has the same scores by the exported weights, on both runtimes, on 500 images of all classes', async () => {
    const weights = await readWeights(shippedWeights());
    const rows = Array.from({ length: 500 }, (_, index) => Math.floor((index * validation.length) / 500));
    const expected = rows.flatMap((row) => scores.slice(7 * row, 7 * row + 7));
    const images = rows.map((row) => validation[row]!);
    for (const exported of await exportedScores(weights, dataset, images)) expectAlike(exported, expected, 7);
  });
});
