import { describe, expect, it } from 'vitest';
import {
  adamw,
  compileEvaluation,
  compileGradient,
  compileTrainStep,
  conv2d,
  dropoutMask,
  flatten,
  globalAveragePool,
  initialize,
  invariantThreads,
  largestBatch,
  linear,
  type Network,
  parameter,
  random,
  relu,
  type Session,
  sgd,
  type Value,
  within,
} from '../src/index.js';
import { nodeRuntime } from '../src/node.js';
import { mapOf } from './operand.js';
import { relativeError } from './relative-error.js';
import { classes, image, loss, network } from './small-network.js';
import { train } from './train.js';

const batch = 8;
const options = { network, image, batch, classes, loss };
const optimizer = adamw({ weightDecay: 0.05 });
const trainStep = compileTrainStep({ ...options, optimizer, clipNorm: 1, averaging: true });

describe('train step', () => {
  it('learns', async () => {
    const shapes = { images: [batch, ...image], targets: [batch, classes] };
    const run = { steps: 60, threads: 1, learningRate: 0.02 };
    const { losses } = await train(nodeRuntime, trainStep, optimizer, shapes, run);
    expect(losses.at(-1)).toBeLessThan(0.5 * losses[0]!);
  });

  it('gives the same bits twice, and on one thread as on two', async () => {
    // Large enough for ONNX Runtime to divide the work.
    const larger = { ...options, image: [2, 48, 48], batch: 16 } as const;
    const compiled = compileTrainStep({ ...larger, optimizer, clipNorm: 1, averaging: true });
    const shapes = { images: [larger.batch, ...larger.image], targets: [larger.batch, classes] };
    const run = (threads: number) =>
      train(nodeRuntime, compiled, optimizer, shapes, { steps: 3, threads, learningRate: 0.01 });
    const [first, second, third] = [await run(1), await run(1), await run(2)];
    for (const [name, { data }] of Object.entries(first.outputs)) {
      expect(second.outputs[name]!.data, name).toEqual(data);
      expect(third.outputs[name]!.data, name).toEqual(data);
    }
    expect(Object.keys(first.outputs).sort()).toEqual(
      [
        'gradientNorm',
        'loss',
        'output',
        ...Object.keys(trainStep.vectors).map((name) => `next.${name}`),
      ].sort(),
    );
  });

  it('gives the same bits on up to eight threads, where ONNX Runtime divides products by columns', async () => {
    // The weights' gradients have 600 and 576 columns; those of the fully connected layers' inputs 576.
    const wide: Network = (images, scope) => {
      const pointwise = (x: Value, name: string, inputs: number, outputs: number) =>
        relu(
          conv2d(
            x,
            parameter(within(scope, name), 'weight', [outputs, inputs, 1, 1], {
              kind: 'uniform',
              bound: Math.sqrt(6 / inputs),
            }),
          ),
        );
      const connected = (x: Value, name: string, inputs: number, outputs: number) =>
        linear(
          x,
          parameter(within(scope, name), 'weight', [outputs, inputs], {
            kind: 'uniform',
            bound: Math.sqrt(6 / inputs),
          }),
        );
      const narrow = pointwise(pointwise(images, 'wide', 1, 600), 'narrow', 600, 192);
      const features = flatten(globalAveragePool(pointwise(narrow, 'again', 192, 576)));
      return connected(relu(connected(features, 'hidden', 576, 1024)), 'classifier', 1024, classes);
    };
    const shape = [1, 6, 6] as const;
    const compiled = compileTrainStep({
      ...options,
      network: wide,
      image: shape,
      batch: 16,
      optimizer: sgd({ momentum: 0.9 }),
    });
    const shapes = { images: [16, ...shape], targets: [16, classes] };
    const run = (threads: number) =>
      train(nodeRuntime, compiled, sgd({ momentum: 0.9 }), shapes, { steps: 2, threads, learningRate: 0.01 });
    const single = await run(1);
    for (const threads of [2, 5, invariantThreads]) {
      const { outputs } = await run(threads);
      for (const [name, { data }] of Object.entries(single.outputs))
        expect(
          Buffer.from(outputs[name]!.data.buffer).equals(Buffer.from(data.buffer)),
          `${name} on ${threads}`,
        ).toBe(true);
    }
  });

  it('with frozen statistics learns, sees what evaluation sees, and leaves them as they are', async () => {
    const plainSgd = sgd({ momentum: 0.9 });
    const frozen = { ...options, frozenStatistics: true };
    const shapes = { images: [batch, ...image], targets: [batch, classes] };
    const run = { steps: 60, threads: 1, learningRate: 0.02 };
    const step = compileTrainStep({ ...frozen, optimizer: plainSgd, clipNorm: 1 });
    const { losses } = await train(nodeRuntime, step, plainSgd, shapes, run);
    expect(losses.at(-1)).toBeLessThan(0.5 * losses[0]!);

    const { model, parameters, statistics, dropoutMasks } = compileGradient(frozen);
    const source = random(4);
    // No sum of nine tenths and one tenth of them would be they themselves.
    const given = Float32Array.from({ length: statistics.length }, () => 0.5 + source.uniform());
    const vector = (data: Float32Array) => ({ shape: [data.length], data });
    const shared = {
      images: mapOf([batch, ...image]),
      parameters: vector(initialize(parameters, 5)),
      statistics: vector(given),
    };
    const masks = dropoutMasks.map(({ name, shape }) => [
      name,
      { shape, data: new Float32Array(shape.reduce((product, length) => product * length, 1)).fill(1) },
    ]);
    const targets = { shape: [batch, classes], data: new Float32Array(batch * classes) };
    const outputsOf = async (bytes: Uint8Array, feeds: Parameters<Session['run']>[0]) => {
      const session = await nodeRuntime.createSession(bytes, { threads: 1 });
      const outputs = await session.run(feeds);
      await session.release();
      return outputs;
    };
    const trained = await outputsOf(model, { ...shared, targets, ...Object.fromEntries(masks) });
    const evaluated = await outputsOf(compileEvaluation(network, image).model, shared);
    expect(relativeError(trained.output!.data, evaluated.output!.data)).toBeLessThan(1e-5);
    expect(trained['next.statistics']!.data).toEqual(given);
  });

  it.each([1e12, 1e10, 65_537, 0, -1, 1.5, NaN, Infinity])('of %d images is not compiled', (count) => {
    const message = `A step of ${count} images cannot be compiled: a whole number from 1 to 65536 is expected.`;
    expect(() => compileTrainStep({ ...options, batch: count, optimizer })).toThrow(message);
    expect(() => compileGradient({ ...options, batch: count })).toThrow(message);
  });

  it('of the largest batch is compiled at once, and says what it needs', () => {
    const { activationBytes } = compileTrainStep({ ...options, batch: largestBatch, optimizer });
    const { activationBytes: ofEight } = compileTrainStep({ ...options, optimizer });
    expect(activationBytes).toBe((ofEight * largestBatch) / batch);
  });

  it.each([NaN, 0, -1])('has no limit %d on the norm', (clipNorm) => {
    expect(() => compileTrainStep({ ...options, optimizer, clipNorm })).toThrow(`limited to ${clipNorm}`);
  });

  it.each([NaN, 1, -0.1])('has no dropout of %d', (rate) => {
    const dropping: Network = (images, scope) => {
      dropoutMask(scope, [1], rate);
      return network(images, scope);
    };
    expect(() => compileTrainStep({ ...options, network: dropping, optimizer })).toThrow(
      `has the rate ${rate}`,
    );
  });

  it('names its vectors and numbers', () => {
    expect(Object.keys(trainStep.vectors).sort()).toEqual(
      [
        'parameters',
        'statistics',
        'firstMoment',
        'secondMoment',
        'averageParameters',
        'averageStatistics',
      ].sort(),
    );
    const plainStep = compileTrainStep({ ...options, optimizer: sgd() });
    expect(Object.keys(plainStep.vectors)).toEqual(['parameters', 'statistics']);
    expect(plainStep.scalars).toEqual(['learningRate']);
  });
});
