import { describe, expect, it } from 'vitest';
import {
  batchNormInference,
  compileEvaluation,
  compileValues,
  conv2d,
  createGraph,
  featureMap,
  flatten,
  globalAveragePool,
  gradients,
  type Graph,
  initialize,
  input,
  isGlobalAveragePool,
  linear,
  mean,
  type Network,
  observe,
  parameter,
  plain,
  rootScope,
  sigmoid,
  slice,
  statistic,
  type Tensor,
  within,
} from '../src/index.js';
import { nodeRuntime } from '../src/node.js';
import { mapOf } from './operand.js';
import { relativeError } from './relative-error.js';

const image = [2, 9, 8] as const;

/** Smooth, with a dense, a strided and a depthwise convolution and a batch norm, which lie in memory in two orders. */
const network: Network = (images, scope) => {
  const weight = (name: string, shape: number[]) =>
    parameter(scope, name, shape, { kind: 'uniform', bound: 0.5 });
  const vector = (name: string, value: number) =>
    parameter(scope, name, [6], { kind: 'constant', value }, { decays: false });
  let x = conv2d(images, weight('dense', [6, 2, 3, 3]), { stride: 2, padding: 1 });
  const statistics = ['mean', 'variance'].map(
    (name, value) => statistic(scope, name, [6], value + 0.5).value,
  );
  x = batchNormInference(x, vector('gamma', 1.5), vector('beta', 0.1), statistics[0]!, statistics[1]!, 1e-5);
  x = observe(within(scope, 'middle'), 'map', sigmoid(x));
  x = sigmoid(conv2d(x, weight('depthwise', [6, 1, 3, 3]), { padding: 1, groups: 6 }));
  return linear(flatten(globalAveragePool(x)), weight('head', [3, 6]));
};

const vector = (data: Float32Array): Tensor => ({ shape: [data.length], data });

function build(): { graph: Graph; outputs: Parameters<typeof compileValues>[1] } {
  const graph = createGraph('evaluation');
  const images = input(graph, 'images', featureMap([1, ...image]));
  const output = network(images, rootScope(graph));
  const score = slice(output, { axis: 1, start: 1, end: 2 });
  const map = graph.observed.get('middle.map')!;
  const [byImage, byMap] = gradients(score, [images, map]);
  return { graph, outputs: { output, map, byImage: byImage!, byMap: byMap! } };
}

describe('compileValues', () => {
  it('returns what lies inside a network and derivatives by it, as central differences find them', async () => {
    const { graph, outputs } = build();
    const compiled = compileValues(graph, outputs);
    const weights = {
      parameters: vector(initialize(compiled.parameters, 4)),
      statistics: vector(initialize(compiled.statistics, 4)),
    };
    const images = mapOf([1, ...image]);
    const session = await nodeRuntime.createSession(compiled.model, { threads: 1 });
    const { output, map, byImage, byMap } = await session.run({ images, ...weights });
    await session.release();
    expect(map!.shape).toEqual([1, 6, 5, 4]);
    expect(byMap!.shape).toEqual(map!.shape);
    expect(byImage!.shape).toEqual([1, ...image]);

    const forward = await nodeRuntime.createSession(compileEvaluation(network, image).model, { threads: 1 });
    const run = async (data: Float32Array) =>
      (await forward.run({ images: { ...images, data }, ...weights })).output!.data;
    expect(relativeError(output!.data, await run(images.data))).toBeLessThan(1e-6);
    const step = 0.1;
    const differences: number[] = [];
    for (let element = 0; element < images.data.length; element++) {
      const at = async (shift: number) =>
        (await run(images.data.map((value, index) => (index === element ? value + shift : value))))[1]!;
      differences.push(((await at(step)) - (await at(-step))) / (2 * step));
    }
    await forward.release();
    expect(relativeError(byImage!.data, differences)).toBeLessThan(1e-3);
  });

  it('needs the batch size to be known', () => {
    const graph = createGraph('evaluation');
    const output = sigmoid(input(graph, 'images', featureMap(['N', 1, 2, 2])));
    expect(() => compileValues(graph, { output })).toThrow(
      'compileValues: every dimension of images must be known when the graph is built.',
    );
  });
});

describe('observe', () => {
  it('refuses a second value of the same name', () => {
    const graph = createGraph('evaluation');
    const x = input(graph, 'x', plain([1]));
    const scope = within(rootScope(graph), 'place');
    expect(observe(scope, 'map', x)).toBe(x);
    expect(() => observe(scope, 'map', x)).toThrow('The graph has two observed values place.map.');
  });
});

describe('isGlobalAveragePool', () => {
  it('knows the pooling from other means', () => {
    const graph = createGraph('evaluation');
    const x = input(graph, 'x', featureMap([1, 3, 2, 2]));
    globalAveragePool(x);
    mean(x, [1]);
    mean(input(graph, 'plain', plain([1, 3, 2, 2])), [2, 3]);
    expect(graph.nodes.map(isGlobalAveragePool)).toEqual([true, false, false]);
  });
});
