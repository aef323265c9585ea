import { describe, expect, it } from 'vitest';
import {
  createGraph,
  flattenTensors,
  initialize,
  parameter,
  parameterLayout,
  rootScope,
  unflatten,
  within,
} from '../src/index.js';

const graph = createGraph('training');
const scope = within(rootScope(graph), 'layer');
parameter(scope, 'bias', [3], { kind: 'constant', value: 0.25 }, { decays: false });
parameter(scope, 'weight', [200, 50], { kind: 'uniform', bound: 0.9 });
parameter(scope, 'scale', [1, 2], { kind: 'constant', value: 1 }, { decays: false });
parameter(scope, 'head', [5000], { kind: 'uniform', bound: 0.1 });
const layout = parameterLayout(graph.parameters);

describe('parameterLayout', () => {
  it('puts what decays first and leaves no gaps', () => {
    expect(layout.entries.map(({ name, offset, size }) => [name, offset, size])).toEqual([
      ['layer.weight', 0, 10_000],
      ['layer.head', 10_000, 5000],
      ['layer.bias', 15_000, 3],
      ['layer.scale', 15_003, 2],
    ]);
    expect(layout.length).toBe(15_005);
    expect(layout.decaying).toBe(15_000);
  });
});

describe('initialize', () => {
  const vector = initialize(layout, 1);
  const tensors = unflatten(layout, vector);
  it('fills every tensor as it was declared', () => {
    const weight = tensors.get('layer.weight')!.data;
    const meanSquare = weight.reduce((sum, value) => sum + value ** 2, 0) / weight.length;
    expect(Math.sqrt(meanSquare)).toBeGreaterThan(0.51);
    expect(Math.sqrt(meanSquare)).toBeLessThan(0.53);
    const head = tensors.get('layer.head')!.data;
    expect(Math.max(...head)).toBeLessThanOrEqual(0.1);
    expect(Math.max(...head)).toBeGreaterThan(0.099);
    expect(Math.min(...head)).toBeLessThan(-0.099);
    expect([...tensors.get('layer.bias')!.data, ...tensors.get('layer.scale')!.data]).toEqual([
      0.25, 0.25, 0.25, 1, 1,
    ]);
  });
  it('depends on the seed alone', () => {
    expect(initialize(layout, 1)).toEqual(vector);
    const other = initialize(layout, 2);
    expect(
      other.subarray(0, layout.decaying).filter((value, index) => value === vector[index]).length,
    ).toBeLessThan(5);
  });
});

describe('flattenTensors', () => {
  const vector = initialize(layout, 3);
  it('is the inverse of unflatten', () => {
    expect(flattenTensors(layout, unflatten(layout, vector))).toEqual(vector);
  });
  it('names a tensor that is missing or has another shape', () => {
    const tensors = new Map(unflatten(layout, vector));
    tensors.set('layer.scale', { shape: [2, 1], data: new Float32Array(2) });
    expect(() => flattenTensors(layout, tensors)).toThrow(
      'The tensor layer.scale has the shape [2, 1] where [1, 2] is expected',
    );
    tensors.delete('layer.head');
    expect(() => flattenTensors(layout, tensors)).toThrow('The tensor layer.head is missing');
  });
});
