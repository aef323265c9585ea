import { describe, expect, it } from 'vitest';
import {
  channelMax,
  channelMean,
  globalAveragePool,
  globalMaxPool,
  logSoftmax,
  max,
  mean,
  softmax,
  sum,
  type Value,
} from '../../src/index.js';
import { checkForward } from '../check-forward.js';
import { checkGradient } from '../check-gradient.js';
import { distinct, mapOf, mapped, type Operand, plainOf } from '../operand.js';
import { broadcast, each, maxOf, meanOf, reduce, sumOf } from '../reference.js';
import { lossWeights, runTraining } from '../run-operator.js';

/** Reductions are linear between ties. */
const exact = { step: 0.02, tolerance: 1e-4 };

describe('reductions', () => {
  const reductions = [
    ['sum', sum, sumOf],
    ['mean', mean, meanOf],
    ['max', max, maxOf],
  ] as const;
  const map = distinct(mapOf([2, 3, 4, 5]));
  const operands: [name: string, operand: Operand, axes: number[]][] = [
    ['[2, 3] of a feature map', map, [2, 3]],
    ['[1] of a feature map', map, [1]],
    ['[0] of a feature map', map, [0]],
    ['[0, 2, 3] of a feature map', map, [0, 2, 3]],
    ['[3, 1] of a feature map', map, [3, 1]],
    ['[1] of a matrix', distinct(plainOf([5, 6])), [1]],
    ['[0, 2] of a plain tensor', distinct(plainOf([3, 4, 2])), [0, 2]],
  ];
  describe.each(reductions)('%s', (_name, operator, summary) => {
    it.each(operands)('over %s', async (_operand, operand, axes) => {
      const build = (x: Value) => operator(x, axes);
      await checkForward(build, [operand], reduce(operand, axes, summary));
      await checkGradient(build, [operand], exact);
    });
  });

  it.each([
    ['globalAveragePool', globalAveragePool, [2, 3], meanOf],
    ['globalMaxPool', globalMaxPool, [2, 3], maxOf],
    ['channelMean', channelMean, [1], meanOf],
    ['channelMax', channelMax, [1], maxOf],
  ] as const)('%s', async (_name, build, axes, summary) => {
    await checkForward(build, [map], reduce(map, axes, summary));
    await checkGradient(build, [map], exact);
  });

  it('elements that share a maximum share its gradient', async () => {
    const operand = { ...plainOf([2, 4]), data: Float32Array.of(3, 1, 3, 2, -1, -1, -1, -1) };
    const { gradients } = await runTraining((x) => max(x, [1]), [operand]);
    const [first, second] = lossWeights(2) as unknown as [number, number];
    expect([...gradients[0]!]).toEqual(
      [first / 2, 0, first / 2, 0, ...Array<number>(4).fill(second / 4)].map(Math.fround),
    );
  });
});

describe('softmax and logSoftmax', () => {
  // A row of large and a row of very different logits among ordinary ones.
  const logits = mapped(plainOf([5, 7]), (value, index) =>
    index < 7 ? value + 200 : index < 14 ? 20 * value : 2 * value,
  );
  const shifted = broadcast(logits, reduce(logits, [1], maxOf), (x, largest) => x - largest);
  const logarithms = broadcast(
    shifted,
    reduce(shifted, [1], (values) => Math.log(sumOf(values.map(Math.exp)))),
    (x, logarithm) => x - logarithm,
  );
  it('logSoftmax', async () => {
    await checkForward(logSoftmax, [logits], logarithms);
    await checkGradient(logSoftmax, [logits], { step: 0.03 });
  });
  it('softmax', async () => {
    await checkForward(softmax, [logits], each(logarithms, Math.exp));
    await checkGradient(softmax, [logits], { step: 0.03 });
  });
});
