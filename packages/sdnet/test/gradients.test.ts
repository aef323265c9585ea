import { readFileSync } from 'node:fs';
import { compileGradient, initialize, random, type Tensor } from '@sdnet/autograd';
import { nodeRuntime } from '@sdnet/autograd/node';
import { describe, expect, it } from 'vitest';
import { roLoss } from '../src/losses/ro-loss.js';
import { modelNamed, models } from '../src/models/index.js';

/** Made by tools/golden/networks.mjs. */
interface Golden {
  model: string;
  seed: number;
  channels: number;
  size: number;
  batch: number;
  classes: number;
  classWeights: number[];
  lambda1: number;
  lambda2: number;
  loss: number;
  /** Of each parameter tensor, in the order of the layout. */
  gradientNorms: number[];
  gradient: { indices: number[]; values: number[] };
  statistics: { indices: number[]; values: number[] };
}

const vector = (data: Float32Array): Tensor => ({ shape: [data.length], data });
const norm = (values: ArrayLike<number>): number =>
  Math.sqrt(Array.from(values).reduce((sum, value) => sum + value ** 2, 0));

function relativeError(found: readonly number[], expected: readonly number[]): number {
  return norm(found.map((value, index) => value - expected[index]!)) / norm(expected);
}

describe.each(Object.keys(models))('%s', (name) => {
  it('has the loss, gradient and statistics that PyTorch finds in float64', async () => {
    const golden: Golden = JSON.parse(readFileSync(new URL(`golden/${name}.json`, import.meta.url), 'utf8'));
    const { seed, channels, size, batch, classes, classWeights, lambda1, lambda2 } = golden;
    const { model, parameters, statistics } = compileGradient({
      network: (images, scope) => modelNamed(name)(images, scope, { classes, dropoutRate: 0 }),
      image: [channels, size, size],
      batch,
      classes,
      loss: (logits, targets) => roLoss(logits, targets, { lambda1, lambda2, classWeights }),
    });
    const source = random(seed, 1);
    const pixels = Float32Array.from({ length: batch * channels * size * size }, source.normal);
    const targets = new Float32Array(batch * classes);
    for (let row = 0; row < batch; row++) targets[row * classes + source.integer(classes)] = 1;

    const session = await nodeRuntime.createSession(model);
    const outputs = await session.run({
      images: { shape: [batch, channels, size, size], data: pixels },
      targets: { shape: [batch, classes], data: targets },
      parameters: vector(initialize(parameters, seed)),
      statistics: vector(initialize(statistics, seed)),
    });
    await session.release();
    const gradient = outputs.gradient!.data;
    const at = (data: Float32Array, indices: readonly number[]) => indices.map((index) => data[index]!);

    expect(Math.abs(outputs.loss!.data[0]! / golden.loss - 1)).toBeLessThan(1e-5);
    const nextStatistics = at(outputs['next.statistics']!.data, golden.statistics.indices);
    expect(relativeError(nextStatistics, golden.statistics.values)).toBeLessThan(1e-5);
    // Where rounding moves a pre-activation across 0, the gradient jumps: hence more than rounding is allowed.
    expect(relativeError(at(gradient, golden.gradient.indices), golden.gradient.values)).toBeLessThan(5e-3);
    const whole = norm(golden.gradientNorms);
    for (const [index, { name: tensor, offset, size: length }] of parameters.entries.entries()) {
      const expected = golden.gradientNorms[index]!;
      const difference = Math.abs(norm(gradient.subarray(offset, offset + length)) - expected);
      // A bias directly before another batch norm has no gradient but rounding's.
      expect(difference, tensor).toBeLessThan(1e-2 * expected + 1e-5 * whole);
    }
  });
});
