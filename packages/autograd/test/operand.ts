import { random } from '../src/index.js';

/** A tensor that a test feeds to an operator. */
export interface Operand {
  readonly shape: readonly number[];
  readonly data: Float32Array;
  /** Whether the operator sees it as a feature map. */
  readonly featureMap: boolean;
}

export const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((product, size) => product * size, 1);

/** Standard normal values; the same for the same shape and seed. */
function normals(shape: readonly number[], seed: number): Float32Array {
  const source = random(seed, ...shape.slice(0, 3));
  return Float32Array.from({ length: sizeOf(shape) }, () => source.normal());
}

/** A plain tensor of normal values. */
export const plainOf = (shape: readonly number[], seed = 1): Operand => ({
  shape,
  data: normals(shape, seed),
  featureMap: false,
});

/** A feature map of normal values. */
export const mapOf = (shape: readonly number[], seed = 2): Operand => ({
  ...plainOf(shape, seed),
  featureMap: true,
});

/** The operand with every value replaced. */
export const mapped = (operand: Operand, change: (value: number, index: number) => number): Operand => ({
  ...operand,
  data: operand.data.map(change),
});

/** Values at least `margin` away from each of `kinks`: those nearer are moved there. */
export const awayFrom = (operand: Operand, kinks: readonly number[], margin = 0.05): Operand =>
  mapped(operand, (value) => {
    const kink = kinks.find((position) => Math.abs(value - position) < margin);
    return kink === undefined ? value : kink + (value < kink ? -margin : margin);
  });

/** Values that differ from one another by at least 0.1, in a random order: nothing ties and nothing nearly does. */
export function distinct(operand: Operand): Operand {
  const order = [...operand.data.keys()].sort((a, b) => operand.data[a]! - operand.data[b]!);
  const ranks = new Float32Array(order.length);
  for (const [rank, index] of order.entries()) ranks[index] = rank / 10 - order.length / 20;
  return { ...operand, data: ranks };
}
