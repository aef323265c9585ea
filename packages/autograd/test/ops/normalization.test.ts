import { describe, expect, it } from 'vitest';
import {
  batchNormInference,
  batchNormTraining,
  compileGradient,
  concat,
  constant,
  mul,
  parameter,
  reshape,
  statistic,
  statisticsMomentum,
  sum,
  toFeatureMap,
  unflatten,
  type Value,
} from '../../src/index.js';
import { nodeRuntime } from '../../src/node.js';
import { checkForward } from '../check-forward.js';
import { checkGradient } from '../check-gradient.js';
import { mapOf, mapped, type Operand, plainOf } from '../operand.js';
import { at, filled } from '../reference.js';
import { relativeError } from '../relative-error.js';

const epsilon = 1e-5;
// Long enough for sums in pieces.
const shape = [20, 5, 20, 21] as const;
const [images, channels, height, width] = shape;
const plane = height * width;
const count = images * plane;
const gamma = plainOf([channels], 3);
const beta = plainOf([channels], 4);
const channelOf = (index: number) => Math.floor(index / plane) % channels;

describe('batchNormTraining', () => {
  it('has the gradient of central differences', async () => {
    const operands = [mapOf([3, 2, 4, 3]), plainOf([2], 3), plainOf([2], 4)];
    const build = (x: Value, scale: Value, shift: Value) => batchNormTraining(x, scale, shift, epsilon).y;
    await checkGradient(build, operands, { mode: 'training' });
  });

  it('has it too where it shares joined channels with another, as in a dense block', async () => {
    const operands = [
      mapOf([3, 2, 4, 3]),
      mapOf([3, 1, 4, 3], 2),
      plainOf([2], 3),
      plainOf([2], 4),
      plainOf([3], 5),
      plainOf([3], 6),
    ];
    const build = (...[x, added, scale, shift, nextScale, nextShift]: Value[]) => {
      const first = batchNormTraining(x!, scale!, shift!, epsilon).y;
      const grown = concat([x!, added!], 1);
      const second = batchNormTraining(grown, nextScale!, nextShift!, epsilon).y;
      const third = batchNormTraining(
        concat([grown, first], 1),
        concat([nextShift!, scale!], 0),
        concat([nextScale!, shift!], 0),
        epsilon,
      ).y;
      return concat([second, third], 1);
    };
    await checkGradient(build, operands, { mode: 'training' });
  });
  it('refuses a gradient by the batch statistics', async () => {
    const build = (x: Value, scale: Value, shift: Value) => {
      const { y, mean } = batchNormTraining(x, scale, shift, epsilon);
      return mul(y, toFeatureMap(reshape(mean, [1, 2, 1, 1])));
    };
    await expect(
      checkGradient(build, [mapOf([3, 2, 4, 3]), plainOf([2], 3), plainOf([2], 4)], { mode: 'training' }),
    ).rejects.toThrow('the batch statistics have no derivative');
  });

  it.each([
    ['ordinary channels', mapOf(shape)],
    ['a mean of 100 deviations', mapped(mapOf(shape), (value) => value + 100)],
    ['a mean of −1,000 deviations', mapped(mapOf(shape), (value) => 0.1 * value - 100)],
    [
      'constant channels',
      mapped(mapOf(shape), (value, index) => [0, 0.1, -1e4, value, 1 / 3][channelOf(index)]!),
    ],
    [
      'channels of very different size',
      mapped(mapOf(shape), (value, index) => (value + 2) * 10 ** (2 * channelOf(index) - 4)),
    ],
  ])('%s: values, statistics and gradients are those of float64', async (_name, x) => {
    const found = await train(x);
    const expected = closedForm(x);
    expect(channelErrors(found.y, expected.y)).toBeLessThan(1e-5);
    expect(channelErrors(found.dx, expected.dx)).toBeLessThan(1e-5);
    const dySize = Math.sqrt(count);
    for (let channel = 0; channel < channels; channel++) {
      const within = (name: 'mean' | 'variance' | 'dGamma' | 'dBeta', tolerance: number) =>
        expect(Math.abs(found[name][channel]! - expected[name][channel]!), name).toBeLessThanOrEqual(
          tolerance,
        );
      const deviation = Math.sqrt(expected.variance[channel]!);
      within('mean', 1e-7 * Math.abs(expected.mean[channel]!) + 1e-6 * deviation);
      within('variance', 1e-6 * deviation ** 2 + 1e-12);
      within('dGamma', 1e-5 * dySize);
      within('dBeta', 1e-6 * dySize);
    }
  });
});

/** dy of the loss Σ dy ⊙ y. */
const upstream = mapOf(shape, 9);

interface BatchNormRun {
  readonly y: ArrayLike<number>;
  readonly mean: ArrayLike<number>;
  /** Unbiased. */
  readonly variance: ArrayLike<number>;
  readonly dx: ArrayLike<number>;
  readonly dGamma: ArrayLike<number>;
  readonly dBeta: ArrayLike<number>;
}

async function train(x: Operand): Promise<BatchNormRun> {
  const zero = { kind: 'constant', value: 0 } as const;
  const { model, parameters, statistics } = compileGradient({
    network(_images, scope) {
      const map = toFeatureMap(parameter(scope, 'x', shape, zero));
      const scale = parameter(scope, 'gamma', [channels], zero);
      const shift = parameter(scope, 'beta', [channels], zero);
      const { y, mean, variance } = batchNormTraining(map, scale, shift, epsilon);
      const { batchStatistics } = scope.graph;
      batchStatistics.set(statistic(scope, 'mean', [channels], 0).name, mean);
      batchStatistics.set(statistic(scope, 'variance', [channels], 0).name, variance);
      return y;
    },
    image: [1, 1, 1],
    batch: 1,
    classes: 1,
    loss: (y) => sum(mul(y, toFeatureMap(constant(y.graph, upstream.data, shape))), [0, 1, 2, 3]),
  });
  const session = await nodeRuntime.createSession(model);
  const fed = Float32Array.from([...x.data, ...gamma.data, ...beta.data]);
  const results = await session.run({
    images: { shape: [1, 1, 1, 1], data: new Float32Array(1) },
    targets: { shape: [1, 1], data: new Float32Array(1) },
    parameters: { shape: [fed.length], data: fed },
    statistics: { shape: [2 * channels], data: new Float32Array(2 * channels) },
  });
  await session.release();
  const gradients = unflatten(parameters, results.gradient!.data);
  const next = unflatten(statistics, results['next.statistics']!.data);
  return {
    y: results.output!.data,
    // From running statistics of zero.
    mean: withoutMomentum(next.get('mean')!.data),
    variance: withoutMomentum(next.get('variance')!.data),
    dx: gradients.get('x')!.data,
    dGamma: gradients.get('gamma')!.data,
    dBeta: gradients.get('beta')!.data,
  };
}

/** The batch's share of running statistics that were zero; the graph multiplied by the momentum in float32. */
const withoutMomentum = (running: Float32Array) =>
  Float64Array.from(running, (value) => value / Math.fround(statisticsMomentum));

/** Ioffe and Szegedy, section 3, in float64. */
function closedForm(x: Operand): BatchNormRun {
  const averages = (value: (index: number) => number) => {
    const sums = new Float64Array(channels);
    for (const index of x.data.keys()) sums[channelOf(index)]! += value(index);
    return sums.map((sum) => sum / count);
  };
  const dy = upstream.data;
  const mean = averages((index) => x.data[index]!);
  const centred = Float64Array.from(x.data, (value, index) => value - mean[channelOf(index)]!);
  const variance = averages((index) => centred[index]! ** 2);
  const normalised = centred.map((value, index) => value / Math.sqrt(variance[channelOf(index)]! + epsilon));
  const meanDy = averages((index) => dy[index]!);
  const meanDot = averages((index) => dy[index]! * normalised[index]!);
  return {
    y: normalised.map((value, index) => gamma.data[channelOf(index)]! * value + beta.data[channelOf(index)]!),
    mean,
    variance: variance.map((value) => (value * count) / (count - 1)),
    dx: normalised.map((value, index) => {
      const channel = channelOf(index);
      const factor = gamma.data[channel]! / Math.sqrt(variance[channel]! + epsilon);
      return factor * (dy[index]! - meanDy[channel]! - value * meanDot[channel]!);
    }),
    dGamma: meanDot.map((value) => value * count),
    dBeta: meanDy.map((value) => value * count),
  };
}

/** The largest of the channels' relative L2 errors. */
function channelErrors(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  const part = (values: ArrayLike<number>, channel: number) =>
    Array.from(values).filter((_value, index) => channelOf(index) === channel);
  const errors = Array.from({ length: channels }, (_, channel) =>
    relativeError(part(found, channel), part(expected, channel)),
  );
  return Math.max(...errors);
}

describe('batchNormInference', () => {
  const average = plainOf([channels], 5);
  const variance = mapped(plainOf([channels], 6), (value) => value * value + 0.1);
  const build = (x: Value, scale: Value, shift: Value) =>
    batchNormInference(
      x,
      scale,
      shift,
      constant(x.graph, average.data, [channels]),
      constant(x.graph, variance.data, [channels]),
      epsilon,
    );
  it('is γ (x − mean) / √(variance + ε) + β', async () => {
    const x = mapOf(shape);
    const expected = filled(shape, (index) => {
      const channel = index[1]!;
      const deviation = Math.sqrt(variance.data[channel]! + epsilon);
      return (
        (gamma.data[channel]! * (at(x, index) - average.data[channel]!)) / deviation + beta.data[channel]!
      );
    });
    await checkForward(build, [x, gamma, beta], expected);
  });
  it('has the gradient of central differences', async () => {
    await checkGradient(build, [mapOf([2, channels, 3, 4]), gamma, beta], { step: 0.5, tolerance: 1e-5 });
  });
  it('has none by its statistics', async () => {
    const operands = [mapOf([2, channels, 3, 4]), gamma, beta, average, variance];
    const learned = (...[x, scale, shift, mean, squares]: Value[]) =>
      batchNormInference(x!, scale!, shift!, mean!, squares!, epsilon);
    await expect(checkGradient(learned, operands)).rejects.toThrow('running statistics have no derivative');
  });
});
