import { describe, expect, it } from 'vitest';
import { adamw, compileTrainStep, sgd } from '../src/index.js';
import { nodeRuntime } from '../src/node.js';
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
