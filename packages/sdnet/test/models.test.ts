import {
  compileEvaluation,
  compileInference,
  evaluationGraph,
  type ImageShape,
  type Initializer,
  type Network,
  type ParameterLayout,
  parameterLayout,
  random,
} from '@sdnet/autograd';
import { nodeRuntime } from '@sdnet/autograd/node';
import { describe, expect, it } from 'vitest';
import { makeDivisible } from '../src/layers/make-divisible.js';
import {
  ghostnet,
  mobilenetV3Small,
  modelNamed,
  models,
  shufflenetV2,
  xception,
} from '../src/models/index.js';

const classes = 5;

/** As `initialize`, but uniform, and many times as fast: Xception has 20 million parameters. */
function quickParameters({ entries, length }: ParameterLayout): Float32Array {
  const vector = new Float32Array(length);
  let state = 1;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  const filled = (initializer: Initializer): number => {
    if (initializer.kind === 'constant') return initializer.value;
    // As widely spread as the normal numbers would be.
    return (
      uniform() * (initializer.kind === 'uniform' ? initializer.bound : Math.sqrt(3) * initializer.deviation)
    );
  };
  for (const { offset, size, initializer } of entries)
    for (let index = offset; index < offset + size; index++) vector[index] = filled(initializer);
  return vector;
}

/** Statistics with which the signal neither dies away nor grows on its way through an untrained network. */
function quickStatistics({ entries, length }: ParameterLayout): Float32Array {
  const vector = new Float32Array(length);
  const source = random(3);
  for (const { name, offset, size } of entries)
    for (let index = offset; index < offset + size; index++)
      vector[index] = name.endsWith('running_var') ? 0.15 + 0.2 * source.uniform() : 0.1 * source.normal();
  return vector;
}

function softmax(logits: Float32Array): number[] {
  const largest = Math.max(...logits);
  const exponentials = Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = exponentials.reduce((total, value) => total + value, 0);
  return exponentials.map((value) => value / sum);
}

describe.each(Object.keys(models))('%s', (name) => {
  const network: Network = (images, scope) => modelNamed(name)(images, scope, { classes });

  it.each<[string, ImageShape]>([
    ['grey', [1, 37, 37]],
    ['RGB, not square', [3, 40, 53]],
  ])('evaluates and exports an image: %s', async (_, image) => {
    const batch = 2;
    const { model, parameters, statistics } = compileEvaluation(network, image);
    const weights = { parameters: quickParameters(parameters), statistics: quickStatistics(statistics) };
    const source = random(2);
    const data = Float32Array.from({ length: batch * image[0] * image[1] * image[2] }, () => source.normal());
    const images = { images: { shape: [batch, ...image], data } };

    const evaluation = await nodeRuntime.createSession(model);
    const { output } = await evaluation.run({
      ...images,
      parameters: { shape: [parameters.length], data: weights.parameters },
      statistics: { shape: [statistics.length], data: weights.statistics },
    });
    await evaluation.release();
    expect(output!.shape).toEqual([batch, classes]);
    expect(output!.data.every(Number.isFinite)).toBe(true);
    expect(new Set(output!.data).size).toBe(batch * classes);

    const inference = await nodeRuntime.createSession(compileInference(network, image, weights));
    const { scores } = await inference.run(images);
    await inference.release();
    for (let row = 0; row < batch; row++) {
      const scoresOfRow = softmax(output!.data.subarray(row * classes, (row + 1) * classes));
      for (const [index, score] of scoresOfRow.entries())
        expect(scores!.data[row * classes + index]).toBeCloseTo(score, 4);
    }
  });
});

describe('stemStride', () => {
  it.each([
    ['mobilenetV3Small', mobilenetV3Small, 34, 68],
    ['shufflenetV2', shufflenetV2, 34, 68],
    ['ghostnet', ghostnet, 34, 68],
    ['xception', xception, 33, 66],
  ] as const)('of %s is the official 2 by default, and 1 keeps its parameters', (_, model, two, one) => {
    const stemOf = (options: { stemStride?: 1 | 2 }) => {
      const { graph } = evaluationGraph(
        (images, scope) => model(images, scope, { classes, ...options }),
        [1, 68, 68],
      );
      const { entries } = parameterLayout(graph.parameters);
      return { size: graph.nodes[0]!.outputs[0]!.shape[2], entries };
    };
    expect(stemOf({}).size).toBe(two);
    expect(stemOf({ stemStride: 1 }).size).toBe(one);
    expect(stemOf({ stemStride: 1 }).entries).toEqual(stemOf({}).entries);
  });
});

// The hidden layers of MobileNetV3's and GhostNet's squeeze-and-excites, as in the official networks.
it.each([
  [16 / 4, 8, 8],
  [96 / 4, 8, 24],
  [240 / 4, 8, 64],
  [120 / 4, 8, 32],
  [144 / 4, 8, 40],
  [72 / 4, 4, 20],
  [120 / 4, 4, 32],
  [100, 30, 90],
  [104, 60, 120],
])('makeDivisible(%d, %d) is %d', (channels, divisor, expected) => {
  expect(makeDivisible(channels, divisor)).toBe(expected);
});

describe('mobilenet-v3-small', () => {
  // torchvision's mobilenetv3.py: kaiming_normal_(mode='fan_out') of convolutions, normal_(0, 0.01) of linear layers.
  it.each([
    ['stem.conv.weight', { kind: 'normal', deviation: Math.sqrt(2 / (16 * 9)) }],
    ['block9.depthwise.conv.weight', { kind: 'normal', deviation: Math.sqrt(2 / (288 * 25)) }],
    ['block9.squeeze.reduce.weight', { kind: 'normal', deviation: Math.sqrt(2 / 72) }],
    ['block9.squeeze.reduce.bias', { kind: 'constant', value: 0 }],
    ['block9.project.norm.weight', { kind: 'constant', value: 1 }],
    ['head.hidden.weight', { kind: 'normal', deviation: 0.01 }],
    ['head.hidden.bias', { kind: 'constant', value: 0 }],
    ['head.classifier.weight', { kind: 'normal', deviation: 0.01 }],
  ])('fills %s as the official network', (name, expected) => {
    const { graph } = evaluationGraph(
      (images, scope) => mobilenetV3Small(images, scope, { classes }),
      [1, 68, 68],
    );
    expect(graph.parameters.find((parameter) => parameter.name === name)!.initializer).toEqual(expected);
  });
});
