import { expect } from 'vitest';
import type { Operand } from './operand.js';
import { relativeError } from './relative-error.js';
import { type Build, openForward, runTraining } from './run-operator.js';

/** Shape and values that an operator is expected to give. */
export interface Expected {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/**
 * Expects the result of `build` to be `expected`, in an evaluation graph (feature maps in N, C, H, W order) as in a
 * training graph (C, N, H, W), within a relative L2 error.
 */
export async function checkForward(
  build: Build,
  operands: readonly Operand[],
  expected: Expected,
  tolerance = 1e-6,
): Promise<void> {
  const forward = await openForward(build, operands);
  const evaluated = await forward.run(operands);
  await forward.release();
  const { result } = await runTraining(build, operands);
  for (const [mode, { shape, data }] of Object.entries({ evaluated, trained: result })) {
    expect(shape, mode).toEqual(expected.shape);
    expect(relativeError(data, expected.data), mode).toBeLessThanOrEqual(tolerance);
  }
}
