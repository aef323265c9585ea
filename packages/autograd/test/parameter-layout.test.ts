import { describe, expect, it } from 'vitest';
import {
  createGraph,
  flattenTensors,
  initialize,
  initializedBy,
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
const ownWay = initializedBy(within(scope, 'own'), (shape, own) =>
  own.kind === 'constant' ? own : { kind: 'normal', deviation: shape.length / 4 },
);
parameter(within(ownWay, 'deeper'), 'weight', [100, 50, 2], { kind: 'uniform', bound: 0.1 });
parameter(ownWay, 'bias', [1], { kind: 'constant', value: 7 }, { decays: false });
const layout = parameterLayout(graph.parameters);

describe('parameterLayout', () => {
  it('puts what decays first and leaves no gaps', () => {
    expect(layout.entries.map(({ name, offset, size }) => [name, offset, size])).toEqual([
      ['layer.weight', 0, 10_000],
      ['layer.head', 10_000, 5000],
      ['layer.own.deeper.weight', 15_000, 10_000],
      ['layer.bias', 25_000, 3],
      ['layer.scale', 25_003, 2],
      ['layer.own.bias', 25_005, 1],
    ]);
    expect(layout.length).toBe(25_006);
    expect(layout.decaying).toBe(25_000);
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
  it('fills what a scope says otherwise of as the scope says: normal numbers', () => {
    const { data } = tensors.get('layer.own.deeper.weight')!;
    const moment = (power: number) => data.reduce((sum, value) => sum + value ** power, 0) / data.length;
    expect(Math.abs(moment(1))).toBeLessThan(0.03);
    expect(Math.sqrt(moment(2))).toBeGreaterThan(0.73);
    expect(Math.sqrt(moment(2))).toBeLessThan(0.77);
    // Of a normal distribution the fourth moment is 3 σ⁴; of a uniform one 1.8 σ⁴.
    expect(moment(4) / moment(2) ** 2).toBeGreaterThan(2.8);
    expect(moment(4) / moment(2) ** 2).toBeLessThan(3.2);
    expect([...tensors.get('layer.own.bias')!.data]).toEqual([7]);
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
