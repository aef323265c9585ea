import { describe, it } from 'vitest';
import { addBias, type ConvolutionOptions, conv2d, type Value } from '../../src/index.js';
import { checkForward } from '../check-forward.js';
import { checkGradient } from '../check-gradient.js';
import { mapOf, plainOf } from '../operand.js';
import * as reference from '../reference.js';

/** x, weight and options of a convolution. */
type Case = [name: string, x: readonly number[], weight: readonly number[], options: ConvolutionOptions];

const dense: Case[] = [
  ['3×3', [2, 3, 6, 5], [4, 3, 3, 3], {}],
  ['3×3, padding 1', [2, 3, 6, 5], [4, 3, 3, 3], { padding: 1 }],
  ['3×3, stride 2 that leaves a rest', [2, 3, 8, 7], [4, 3, 3, 3], { stride: 2 }],
  ['3×3, stride 2, padding 1, odd', [2, 3, 7, 9], [4, 3, 3, 3], { stride: 2, padding: 1 }],
  ['3×3, stride 2, padding 1, even', [2, 3, 8, 6], [4, 3, 3, 3], { stride: 2, padding: 1 }],
  ['3×3, stride 3', [2, 2, 11, 10], [3, 2, 3, 3], { stride: 3, padding: 1 }],
  ['3×3, dilation 2', [2, 2, 8, 7], [3, 2, 3, 3], { dilation: 2, padding: 2 }],
  ['3×3, dilation 2, stride 2', [1, 2, 9, 10], [3, 2, 3, 3], { dilation: 2, stride: 2, padding: 1 }],
  ['7×7 to one channel', [2, 2, 9, 9], [1, 2, 7, 7], { padding: 3 }],
  ['2×2, an even kernel', [2, 2, 5, 6], [3, 2, 2, 2], { padding: 1 }],
  ['1×3, not square', [2, 2, 5, 6], [3, 2, 1, 3], {}],
  ['from one channel', [3, 1, 7, 7], [4, 1, 3, 3], { stride: 2, padding: 1 }],
  ['one image, one output', [1, 2, 3, 3], [2, 2, 3, 3], {}],
];
const pointwise: Case[] = [
  ['1×1', [3, 4, 5, 4], [6, 4, 1, 1], {}],
  ['1×1, stride 2, odd', [2, 4, 7, 5], [3, 4, 1, 1], { stride: 2 }],
  ['1×1, stride 2, even', [2, 4, 6, 8], [3, 4, 1, 1], { stride: 2 }],
  ['1×1 with padding', [2, 3, 4, 4], [2, 3, 1, 1], { padding: 1 }],
  ['1×1 of a vector', [5, 6, 1, 1], [3, 6, 1, 1], {}],
];
const grouped: Case[] = [
  ['1×1 in 2 groups', [2, 4, 5, 4], [6, 2, 1, 1], { groups: 2 }],
  ['1×1 in 4 groups', [2, 8, 4, 3], [4, 2, 1, 1], { groups: 4 }],
  ['1×1 in 2 groups, stride 2', [2, 4, 5, 6], [4, 2, 1, 1], { groups: 2, stride: 2 }],
  ['3×3 in 2 groups', [2, 4, 6, 5], [6, 2, 3, 3], { groups: 2, padding: 1 }],
  ['3×3 in 4 groups, stride 2', [2, 8, 7, 6], [8, 2, 3, 3], { groups: 4, stride: 2, padding: 1 }],
  ['3×3, two outputs a channel', [2, 3, 6, 5], [6, 1, 3, 3], { groups: 3, padding: 1 }],
];
// Below and above the 24,000 pairs of positions up to which a Toeplitz matrix is used.
const depthwise: Case[] = [
  ['3×3, small planes', [3, 4, 6, 5], [4, 1, 3, 3], { groups: 4, padding: 1 }],
  ['3×3, small planes, stride 2', [2, 4, 7, 8], [4, 1, 3, 3], { groups: 4, padding: 1, stride: 2 }],
  ['5×5, small planes, no padding', [2, 3, 8, 7], [3, 1, 5, 5], { groups: 3 }],
  ['3×3, small planes, dilation 2', [2, 3, 8, 7], [3, 1, 3, 3], { groups: 3, padding: 2, dilation: 2 }],
  ['1×1, small planes', [2, 3, 5, 4], [3, 1, 1, 1], { groups: 3 }],
  ['3×3, large planes', [2, 2, 14, 13], [2, 1, 3, 3], { groups: 2, padding: 1 }],
  ['3×3, large planes, odd height', [2, 2, 13, 14], [2, 1, 3, 3], { groups: 2, padding: 1 }],
  ['3×3, large planes, odd height, three images', [3, 2, 13, 14], [2, 1, 3, 3], { groups: 2, padding: 1 }],
  ['3×3, large planes, odd height, one image', [1, 2, 13, 14], [2, 1, 3, 3], { groups: 2, padding: 1 }],
  ['3×3, large planes, no padding', [2, 2, 14, 15], [2, 1, 3, 3], { groups: 2 }],
  ['3×3, large planes, stride 2, even', [2, 2, 18, 20], [2, 1, 3, 3], { groups: 2, padding: 1, stride: 2 }],
  ['3×3, large planes, stride 2, odd', [1, 2, 19, 19], [2, 1, 3, 3], { groups: 2, padding: 1, stride: 2 }],
  ['5×5, large planes', [2, 2, 13, 14], [2, 1, 5, 5], { groups: 2, padding: 2 }],
  ['5×5, large planes, stride 2', [1, 2, 19, 20], [2, 1, 5, 5], { groups: 2, padding: 2, stride: 2 }],
  ['7×7, large planes', [1, 2, 13, 14], [2, 1, 7, 7], { groups: 2, padding: 3 }],
  ['3×3, large planes, dilation 2', [1, 2, 14, 13], [2, 1, 3, 3], { groups: 2, padding: 2, dilation: 2 }],
];

describe.each([
  ['dense', dense],
  ['pointwise', pointwise],
  ['grouped', grouped],
  ['depthwise', depthwise],
])('conv2d, %s', (_family, cases) => {
  it.each(cases)('%s', async (_name, x, weight, options) => {
    const operands = [mapOf(x), plainOf(weight)] as const;
    const build = (images: Value, weights: Value) => conv2d(images, weights, options);
    await checkForward(build, operands, reference.conv2d(...operands, options));
    // Linear in both: a large step is exact.
    await checkGradient(build, operands, { step: 0.5, tolerance: 1e-5 });
  });
});

describe('addBias', () => {
  it('adds one number a channel', async () => {
    const operands = [mapOf([3, 4, 2, 5]), plainOf([4])] as const;
    const [x, bias] = operands;
    const expected = reference.broadcast(x, { ...bias, shape: [4, 1, 1] }, (a, b) => a + b);
    await checkForward(addBias, operands, expected);
    await checkGradient(addBias, operands, { step: 0.5, tolerance: 1e-5 });
  });
});
