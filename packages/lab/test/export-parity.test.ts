import { nodeRuntime } from '@sdnet/autograd/node';
import { webRuntime } from '@sdnet/autograd/web';
import { createEvaluator, type Dataset, evaluationBatches, loadDataset, requireSplit } from '@sdnet/lab';
import { exportOnnx, models, type Weights } from 'sdnet';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { untrainedWeights, withStatisticsOf } from './untrained-weights.js';

// Seconds, unless the machine trains something else beside.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const tolerance = 1e-4;
let faces: Dataset;
/** 100 faces of all classes. */
let indices: number[];

beforeAll(async () => {
  faces = await loadDataset({ dataset: 'synthetic', synthetic: { samplesPerClass: 80 } });
  indices = [...requireSplit(faces, 'validation'), ...requireSplit(faces, 'test')].slice(0, 100);
});

/** Scores of the exported model, N×classes, on each runtime. */
async function exportedScores(weights: Weights, samples: readonly number[]): Promise<number[][]> {
  const model = exportOnnx(weights);
  const { size, channels } = weights.preprocessing;
  const results: number[][] = [];
  for (const runtime of [nodeRuntime, webRuntime]) {
    const session = await runtime.createSession(model, { threads: 1 });
    const scores: number[] = [];
    for (const batch of evaluationBatches(faces, samples, { batch: 32, ...weights.preprocessing })) {
      const shape = [batch.indices.length, channels, size, size];
      scores.push(...(await session.run({ images: { shape, data: batch.images } })).scores!.data);
    }
    await session.release();
    results.push(scores);
  }
  return results;
}

async function evaluatedScores(weights: Weights, samples: readonly number[]): Promise<number[]> {
  const evaluator = await createEvaluator(weights);
  const scores = await evaluator.scores(weights, faces, samples);
  await evaluator.release();
  return [...scores];
}

const rowsOf = (scores: readonly number[], classes: number): number[][] =>
  Array.from({ length: scores.length / classes }, (_, row) =>
    scores.slice(row * classes, (row + 1) * classes),
  );

/** Within the tolerance, with the same class first wherever the first two are further apart than that. */
function expectAlike(scores: readonly number[], expected: readonly number[], classes: number): void {
  expect(scores).toHaveLength(expected.length);
  const expectedRows = rowsOf(expected, classes);
  for (const [index, row] of rowsOf(scores, classes).entries()) {
    const expectedRow = expectedRows[index]!;
    for (const [column, score] of row.entries())
      expect(Math.abs(score - expectedRow[column]!)).toBeLessThan(tolerance);
    const [first, second] = [...expectedRow].sort((a, b) => b - a);
    if (first! - second! >= tolerance)
      expect(row.indexOf(Math.max(...row))).toBe(expectedRow.indexOf(first!));
  }
}

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
    const expected = await evaluatedScores(weights, indices);
    expectVaried(expected, 7);
    for (const scores of await exportedScores(weights, indices)) expectAlike(scores, expected, 7);
  });

  it.each(Object.keys(models))('of %s with three classes and RGB, on both runtimes', async (model) => {
    const few = indices.filter((_, index) => index % 10 === 0);
    const untrained = untrainedWeights(model, {
      classNames: ['calm', 'cross', 'glad'],
      preprocessing: { size: 48, channels: 3, mean: 0.5, deviation: 0.25 },
    });
    const weights = await withStatisticsOf(untrained, faces, few);
    const expected = await evaluatedScores(weights, few);
    expectVaried(expected, 3);
    for (const scores of await exportedScores(weights, few)) expectAlike(scores, expected, 3);
  });
});
