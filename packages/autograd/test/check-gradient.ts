import { expect } from 'vitest';
import type { Operand } from './operand.js';
import { relativeError } from './relative-error.js';
import { type Build, lossWeights, openForward, runTraining } from './run-operator.js';

export interface GradientCheckOptions {
  /** Half the distance between the two points of a central difference; large where the function is linear. */
  readonly step?: number;
  /** Largest relative L2 error of the gradient by one operand. */
  readonly tolerance?: number;
  /** Graph of the forward runs; `training` where the operator exists in no other. */
  readonly mode?: 'training' | 'evaluation';
}

/**
 * Expects the gradient of Σ w ⊙ build(operands), w random, by every operand to be that of central differences.
 *
 * The gradient comes from a training graph, the differences from an evaluation graph, whose feature maps lie in
 * memory in another order. Differences of the result are summed in float64, so that rounding stays that of the few
 * elements which an operand's element reaches.
 */
export async function checkGradient(
  build: Build,
  operands: readonly Operand[],
  { step = 0.01, tolerance = 1e-3, mode = 'evaluation' }: GradientCheckOptions = {},
): Promise<void> {
  const { result, gradients } = await runTraining(build, operands);
  const weights = lossWeights(result.data.length);
  const forward = await openForward(build, operands, mode);
  for (const [index, operand] of operands.entries()) {
    const data = operand.data.slice();
    const changed = operands.map((other, position) => (position === index ? { ...other, data } : other));
    const differences = new Float64Array(data.length);
    for (const [element, value] of operand.data.entries()) {
      data[element] = value + step;
      const above = data[element]!;
      const upper = (await forward.run(changed)).data;
      data[element] = value - step;
      const below = data[element]!;
      const lower = (await forward.run(changed)).data;
      data[element] = value;
      differences[element] = weightedDifference(weights, upper, lower) / (above - below);
    }
    expect(relativeError(gradients[index]!, differences), `gradient by operand ${index}`).toBeLessThan(
      tolerance,
    );
  }
  await forward.release();
}

function weightedDifference(weights: Float32Array, upper: Float32Array, lower: Float32Array): number {
  return weights.reduce((sum, weight, index) => sum + weight * (upper[index]! - lower[index]!), 0);
}
