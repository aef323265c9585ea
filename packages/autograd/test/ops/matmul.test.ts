import { describe, it } from 'vitest';
import { linear, matmul, type Value } from '../../src/index.js';
import { checkForward } from '../check-forward.js';
import { checkGradient } from '../check-gradient.js';
import { plainOf } from '../operand.js';
import * as reference from '../reference.js';

const exact = { step: 0.5, tolerance: 1e-5 };

describe('matmul', () => {
  it.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])('transposed: %s, %s', async (transposeA, transposeB) => {
    const operands = [
      plainOf(transposeA ? [4, 3] : [3, 4]),
      plainOf(transposeB ? [5, 4] : [4, 5], 3),
    ] as const;
    const build = (a: Value, b: Value) => matmul(a, b, transposeA, transposeB);
    await checkForward(build, operands, reference.matmul(...operands, transposeA, transposeB));
    await checkGradient(build, operands, exact);
  });
});

describe('linear', () => {
  const x = plainOf([6, 5]);
  const weight = plainOf([3, 5], 3);
  const bias = plainOf([3], 4);
  const product = reference.matmul(x, weight, false, true);
  it('is x Wᵀ + b', async () => {
    await checkForward(
      linear,
      [x, weight, bias],
      reference.broadcast(product, bias, (a, b) => a + b),
    );
    await checkGradient(linear, [x, weight, bias], exact);
  });
  it('is x Wᵀ without bias', async () => {
    await checkForward(linear, [x, weight], product);
    await checkGradient(linear, [x, weight], exact);
  });
});
