import { type Dataset, loadDataset, requireSplit } from '@sdnet/lab';
import { models } from 'sdnet';
import { beforeAll, describe, expect, it } from 'vitest';
import { evaluatedScores, expectAlike, exportedScores, rowsOf } from '../support/export-parity.js';
import { untrainedWeights, withStatisticsOf } from '../support/untrained-weights.js';

let faces: Dataset;
/** 100 faces of all classes. */
let indices: number[];

beforeAll(async () => {
  faces = await loadDataset({ dataset: 'synthetic', synthetic: { samplesPerClass: 80 } });
  indices = [...requireSplit(faces, 'validation'), ...requireSplit(faces, 'test')].slice(0, 100);
});

/** Scores that hardly differ from image to image would be alike whatever the export did wrong. */
function expectVaried(scores: readonly number[], classes: number): void {
  const rows = rowsOf(scores, classes);
  const spreads = rows[0]!.map((_, column) => {
    const values = rows.map((row) => row[column]!);
    return Math.max(...values) - Math.min(...values);
  });
  expect(Math.max(...spreads)).toBeGreaterThan(0.1);
}

describe('the exported model has the scores of the evaluation during training', () => {
  it('of SDNet on 100 faces, on both runtimes', async () => {
    const weights = await withStatisticsOf(
      untrainedWeights('sdnet', { preprocessing: { size: 68, channels: 1, mean: 0.5, deviation: 0.25 } }),
      faces,
      requireSplit(faces, 'train').slice(0, 35),
    );
    expect(indices).toHaveLength(100);
    const expected = await evaluatedScores(weights, faces, indices);
    expectVaried(expected, 7);
    for (const scores of await exportedScores(weights, faces, indices)) expectAlike(scores, expected, 7);
  });

  it.each(Object.keys(models))('of %s with three classes and RGB, on both runtimes', async (model) => {
    const few = indices.filter((_, index) => index % 10 === 0);
    const untrained = untrainedWeights(model, {
      classNames: ['calm', 'cross', 'glad'],
      preprocessing: { size: 48, channels: 3, mean: 0.5, deviation: 0.25 },
    });
    const weights = await withStatisticsOf(untrained, faces, few);
    const expected = await evaluatedScores(weights, faces, few);
    expectVaried(expected, 3);
    for (const scores of await exportedScores(weights, faces, few)) expectAlike(scores, expected, 3);
  });
});
