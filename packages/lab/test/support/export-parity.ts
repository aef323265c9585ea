import { nodeRuntime } from '@sdnet/autograd/node';
import { webRuntime } from '@sdnet/autograd/web';
import { createEvaluator, type Dataset, evaluationBatches } from '@sdnet/lab';
import { exportOnnx, type Weights } from 'sdnet';
import { expect } from 'vitest';

const tolerance = 1e-4;

/** Scores of the exported model, N×classes, on each runtime. */
export async function exportedScores(
  weights: Weights,
  dataset: Dataset,
  samples: readonly number[],
): Promise<number[][]> {
  const model = exportOnnx(weights);
  const { size, channels } = weights.preprocessing;
  const results: number[][] = [];
  for (const runtime of [nodeRuntime, webRuntime]) {
    const session = await runtime.createSession(model, { threads: 1 });
    const scores: number[] = [];
    for (const batch of evaluationBatches(dataset, samples, { batch: 32, ...weights.preprocessing })) {
      const shape = [batch.indices.length, channels, size, size];
      scores.push(...(await session.run({ images: { shape, data: batch.images } })).scores!.data);
    }
    await session.release();
    results.push(scores);
  }
  return results;
}

/** Scores of the evaluation during training, N×classes. */
export async function evaluatedScores(
  weights: Weights,
  dataset: Dataset,
  samples: readonly number[],
): Promise<number[]> {
  const evaluator = await createEvaluator(nodeRuntime, weights);
  const scores = await evaluator.scores(weights, dataset, samples);
  await evaluator.release();
  return [...scores];
}

export const rowsOf = (scores: readonly number[], classes: number): number[][] =>
  Array.from({ length: scores.length / classes }, (_, row) =>
    scores.slice(row * classes, (row + 1) * classes),
  );

/** Within the tolerance, with the same class first wherever the first two are further apart than that. */
export function expectAlike(scores: readonly number[], expected: readonly number[], classes: number): void {
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
