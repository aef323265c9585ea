import type { Initializer, Parameter } from './graph.js';
import { random, type Random } from './random.js';
import type { NamedArray } from './safetensors.js';

/** Where a tensor lies in a flat vector. */
export interface LayoutEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
  readonly initializer: Initializer;
}

/** All parameters (or statistics) of a network as slices of one float32 vector. */
export interface ParameterLayout {
  readonly entries: readonly LayoutEntry[];
  readonly length: number;
  /** The first `decaying` elements are subject to weight decay. */
  readonly decaying: number;
}

/** The layout of `parameters`: those that decay first, otherwise in the order they were declared. */
export function parameterLayout(parameters: readonly Parameter[]): ParameterLayout {
  const ordered = [
    ...parameters.filter(({ decays }) => decays),
    ...parameters.filter(({ decays }) => !decays),
  ];
  const entries: LayoutEntry[] = [];
  let length = 0;
  let decaying = 0;
  for (const { name, shape, initializer, decays } of ordered) {
    const size = shape.reduce((product, dimension) => product * dimension, 1);
    entries.push({ name, shape, offset: length, size, initializer });
    length += size;
    if (decays) decaying = length;
  }
  return { entries, length, decaying };
}

/** A vector filled by the initializers, each tensor from its own random stream of `seed`. */
export function initialize(layout: ParameterLayout, seed: number): Float32Array {
  const vector = new Float32Array(layout.length);
  for (const [index, { offset, size, initializer }] of layout.entries.entries()) {
    const source = random(seed, index, 0, 0);
    for (let element = offset; element < offset + size; element++)
      vector[element] = drawn(initializer, source);
  }
  return vector;
}

function drawn(initializer: Initializer, source: Random): number {
  switch (initializer.kind) {
    case 'constant':
      return initializer.value;
    case 'uniform':
      return initializer.bound * (2 * source.uniform() - 1);
    case 'normal':
      return initializer.deviation * source.normal();
  }
}

export interface NamedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The tensors of a flat vector by name; they share its memory. */
export const unflatten = (layout: ParameterLayout, vector: Float32Array): Map<string, NamedTensor> =>
  new Map(
    layout.entries.map(({ name, shape, offset, size }) => [
      name,
      { shape, data: vector.subarray(offset, offset + size) },
    ]),
  );

/**
 * The flat vector of named tensors.
 *
 * @throws where a tensor is missing or has another shape; the message names it
 */
export function flattenTensors(
  layout: ParameterLayout,
  tensors: ReadonlyMap<string, NamedArray>,
): Float32Array {
  const vector = new Float32Array(layout.length);
  for (const { name, shape, offset } of layout.entries) {
    const tensor = tensors.get(name);
    if (!tensor) throw new Error(`The tensor ${name} is missing.`);
    if (tensor.shape.join() !== shape.join())
      throw new Error(
        `The tensor ${name} has the shape [${tensor.shape.join(', ')}] where [${shape.join(', ')}] is expected.`,
      );
    vector.set(tensor.data, offset);
  }
  return vector;
}
