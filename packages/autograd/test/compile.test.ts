import { create, toJsonString } from '@bufbuild/protobuf';
import { NodeProtoSchema } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import {
  compileEvaluation,
  compileGradient,
  compileInference,
  compileTrainStep,
  conv2d,
  type Network,
  parameter,
  random,
  sgd,
  sum,
  type Tensor,
  within,
} from '../src/index.js';
import { nodeRuntime } from '../src/node.js';
import { decodeModel } from './decode-model.js';
import { mapOf, plainOf } from './operand.js';
import { conv2d as referenceConvolution } from './reference.js';
import { relativeError } from './relative-error.js';
import { batchNorm, classes, foldable, image, loss, network, notFoldable } from './small-network.js';

const batch = 8;
const options = { network, image, batch, classes, loss };
const trainStep = compileTrainStep({ ...options, optimizer: sgd({ momentum: 0.9 }) });
const evaluation = compileEvaluation(network, image);

// Weights as after some training: nothing left at 0 or 1.
const source = random(3);
const weights = {
  parameters: Float32Array.from({ length: evaluation.parameters.length }, () => 0.5 * source.normal()),
  // Means and variances alike: positive.
  statistics: Float32Array.from({ length: evaluation.statistics.length }, () => 0.1 + source.normal() ** 2),
};
const inference = compileInference(network, image, weights, {
  metadata: { classes: 'a,b', mean: '0.5' },
});

const vector = (data: Float32Array): Tensor => ({ shape: [data.length], data });
const imagesOf = (count: number): Tensor => {
  const { shape, data } = mapOf([count, ...image]);
  return { shape, data };
};

function softmax(logits: Float32Array): number[] {
  return Array.from(logits, (logit, index) => {
    const first = index - (index % classes);
    const row = Array.from(logits.subarray(first, first + classes), Math.exp);
    return Math.exp(logit) / row.reduce((total, value) => total + value, 0);
  });
}

describe('inference', () => {
  it.each([1, 3, 64])('gives the scores of the evaluation for %i images', async (count) => {
    const images = imagesOf(count);
    const evaluator = await nodeRuntime.createSession(evaluation.model);
    const { output } = await evaluator.run({
      images,
      parameters: vector(weights.parameters),
      statistics: vector(weights.statistics),
    });
    const recognizer = await nodeRuntime.createSession(inference);
    const { scores } = await recognizer.run({ images });
    expect(scores!.shape).toEqual([count, classes]);
    const expected = softmax(output!.data);
    for (const [index, score] of scores!.data.entries())
      expect(Math.abs(score - expected[index]!)).toBeLessThan(1e-5);
    await evaluator.release();
    await recognizer.release();
  });

  it('refuses weights that leave the float32 numbers when batch norm is folded', () => {
    const parameters = weights.parameters.map((value) => value * 1e30);
    expect(() => compileInference(network, image, { ...weights, parameters })).toThrow(
      /The weights of \w+ are not finite numbers once batch norm is folded into them: they are damaged/,
    );
  });

  const decoded = decodeModel(inference);
  it('has batch norm folded where it directly follows a convolution, and nowhere else', () => {
    const batchNorms = decoded.nodes.filter(({ opType }) => opType === 'BatchNormalization');
    expect(batchNorms).toHaveLength(notFoldable);
    expect(decodeModel(evaluation.model).count('BatchNormalization')).toBe(notFoldable + foldable);
    const biased = decoded.nodes.filter(({ opType, input }) => opType === 'Conv' && input.length === 3);
    expect(biased).toHaveLength(foldable);
  });

  it('folds nothing into a convolution that is itself the output', async () => {
    const convolved: Network = (images, scope) => {
      const output = conv2d(images, parameter(scope, 'w', [1, 1, 1, 1], { kind: 'constant', value: 1 }));
      batchNorm(output, within(scope, 'norm'));
      return output;
    };
    const values = { parameters: Float32Array.of(2, 10, 100), statistics: Float32Array.of(1, 1) };
    const session = await nodeRuntime.createSession(
      compileInference(convolved, [1, 1, 1], values, { scores: (output) => output }),
    );
    const { scores } = await session.run({ images: { shape: [1, 1, 1, 1], data: Float32Array.of(3) } });
    expect([...scores!.data]).toEqual([6]);
    await session.release();
  });

  it('is IR 8, opset 17, standard operators only, with its metadata', () => {
    expect(decoded.model.irVersion).toBe(8n);
    expect(decoded.model.opsetImport.map(({ domain, version }) => [domain, version])).toEqual([['', 17n]]);
    expect(new Set(decoded.nodes.map(({ domain }) => domain))).toEqual(new Set(['']));
    expect(Object.fromEntries(decoded.model.metadataProps.map(({ key, value }) => [key, value]))).toEqual({
      classes: 'a,b',
      mean: '0.5',
    });
  });
});

describe('compiled models', () => {
  it.each([
    ['train step', trainStep.model],
    ['gradient', compileGradient(options).model],
    ['evaluation', evaluation.model],
    ['inference', inference],
  ])('%s: every initializer and every node is used, and computed once', (_name, bytes) => {
    const { model, nodes, initializers } = decodeModel(bytes);
    const read = new Set(nodes.flatMap(({ input }) => input));
    const returned = new Set(model.graph!.output.map(({ name }) => name));
    expect(initializers.filter((name) => !read.has(name))).toEqual([]);
    const unused = nodes.filter(({ output }) => !output.some((name) => read.has(name) || returned.has(name)));
    expect(unused).toEqual([]);
    const computations = nodes
      .filter(({ opType }) => opType !== 'Identity')
      .map((node) =>
        toJsonString(NodeProtoSchema, create(NodeProtoSchema, { ...node, name: '', output: [] })),
      );
    expect(new Set(computations).size).toBe(computations.length);
  });

  it('return feature maps in N, C, H, W order', async () => {
    const images = imagesOf(batch);
    const weight = plainOf([3, image[0], 3, 3]);
    const convolution: Network = (values, scope) =>
      conv2d(values, parameter(scope, 'weight', weight.shape, { kind: 'constant', value: 0 }));
    const expected = referenceConvolution(images, weight);
    const gradient = compileGradient({
      ...options,
      network: convolution,
      loss: (output) => sum(output, [0, 1, 2, 3]),
    });
    const targets = { shape: [batch, classes], data: new Float32Array(batch * classes) };
    for (const [model, feeds] of [
      [gradient.model, { images, targets, parameters: vector(weight.data) }],
      [compileEvaluation(convolution, image).model, { images, parameters: vector(weight.data) }],
    ] as const) {
      const session = await nodeRuntime.createSession(model);
      const { output } = await session.run(feeds);
      expect(output!.shape).toEqual(expected.shape);
      expect(relativeError(output!.data, expected.data)).toBeLessThan(1e-6);
      await session.release();
    }
  });
});
