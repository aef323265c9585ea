import { describe, expect, it } from 'vitest';
import { averagePool, maxPool, type PoolingOptions, type Value } from '../../src/index.js';
import { checkForward } from '../check-forward.js';
import { checkGradient } from '../check-gradient.js';
import { distinct, mapOf, type Operand } from '../operand.js';
import { at, filled, maxOf, pool, sumOf } from '../reference.js';
import { lossWeights, runTraining } from '../run-operator.js';

const cases: [name: string, shape: readonly number[], options: PoolingOptions][] = [
  ['3/2/1, odd', [2, 3, 7, 9], { kernel: 3, stride: 2, padding: 1 }],
  ['3/2/1, even', [2, 3, 8, 6], { kernel: 3, stride: 2, padding: 1 }],
  ['3/2, unpadded, with a rest', [2, 2, 8, 7], { kernel: 3, stride: 2 }],
  ['2/2', [2, 3, 6, 7], { kernel: 2 }],
  ['2/2/1', [2, 2, 5, 6], { kernel: 2, padding: 1 }],
  ['3/1/1, overlapping', [2, 2, 5, 6], { kernel: 3, stride: 1, padding: 1 }],
  ['5/1/2, larger than the plane', [2, 2, 4, 3], { kernel: 5, stride: 1, padding: 2 }],
  ['2/3, with gaps', [2, 2, 8, 7], { kernel: 2, stride: 3 }],
];

describe.each(cases)('%s', (_name, shape, options) => {
  const x = distinct(mapOf(shape));
  it('maxPool', async () => {
    const build = (value: Value) => maxPool(value, options);
    await checkForward(build, [x], pool(x, options, maxOf));
    await checkGradient(build, [x], { step: 0.02, tolerance: 1e-4 });
  });
  it('averagePool, padding counted as zeros', async () => {
    const build = (value: Value) => averagePool(value, options);
    await checkForward(
      build,
      [x],
      pool(x, options, (window) => sumOf(window) / options.kernel ** 2),
    );
    await checkGradient(build, [x], { step: 0.5, tolerance: 1e-5 });
  });
});

/** The gradient by x of Σ w ⊙ maxPool(x), given to the first maximum of each window in reading order. */
function firstMaximumGradient(
  x: Operand,
  { kernel, stride = kernel, padding = 0 }: PoolingOptions,
): Float64Array {
  const { shape } = pool(x, { kernel, stride, padding }, maxOf);
  const weights = { shape, data: lossWeights(shape.reduce((product, size) => product * size, 1)) };
  const gradient = new Float64Array(x.data.length);
  const [, channels, height, width] = x.shape as [number, number, number, number];
  filled(shape, (index) => {
    const [image, channel, row, column] = index as [number, number, number, number];
    let best = Number.NEGATIVE_INFINITY;
    let winner = -1;
    for (let y = row * stride - padding; y < row * stride - padding + kernel; y++)
      for (let z = column * stride - padding; z < column * stride - padding + kernel; z++) {
        if (y < 0 || y >= height || z < 0 || z >= width) continue;
        const value = at(x, [image, channel, y, z]);
        if (value > best) {
          best = value;
          winner = ((image * channels + channel) * height + y) * width + z;
        }
      }
    gradient[winner]! += at(weights, index);
    return 0;
  });
  return gradient;
}

describe('ties in maxPool', () => {
  it.each(cases)('go to the first in reading order: %s', async (_name, shape, options) => {
    for (const levels of [1, 2, 3]) {
      // Few levels, so that most windows hold their maximum several times.
      const x = mapOf(shape, levels);
      const tied = { ...x, data: x.data.map((value) => Math.floor(Math.abs(value) * 100) % levels) };
      const { gradients } = await runTraining((value) => maxPool(value, options), [tied]);
      const expected = firstMaximumGradient(tied, options);
      for (const [index, value] of gradients[0]!.entries()) expect(value).toBeCloseTo(expected[index]!, 5);
    }
  });
});
