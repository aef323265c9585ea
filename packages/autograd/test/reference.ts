/**
 * Operators written out as loops in float64, as their definitions say: what the emitted graphs are held against.
 */
import type { Expected } from './check-forward.js';
import { sizeOf } from './operand.js';

/** A tensor to read from. */
export interface Source {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** The index of every element of a tensor, in memory order. */
function* indicesOf(shape: readonly number[]): Generator<number[]> {
  const size = sizeOf(shape);
  for (let position = 0; position < size; position++) {
    let rest = position;
    const index = shape.map(() => 0);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    yield index;
  }
}

/** The element at `index`, 0 outside the tensor. */
export function at({ shape, data }: Source, index: readonly number[]): number {
  let position = 0;
  for (const [axis, coordinate] of index.entries()) {
    if (coordinate < 0 || coordinate >= shape[axis]!) return 0;
    position = position * shape[axis]! + coordinate;
  }
  return data[position]!;
}

/** A tensor filled by a function of the index. */
export function filled(shape: readonly number[], value: (index: readonly number[]) => number): Expected {
  return { shape, data: Float64Array.from(indicesOf(shape), value) };
}

export const each = (x: Source, change: (value: number) => number): Expected => ({
  shape: x.shape,
  data: Float64Array.from(x.data, change),
});

/** An operation on two tensors with NumPy's broadcasting. */
export function broadcast(a: Source, b: Source, operation: (a: number, b: number) => number): Expected {
  const rank = Math.max(a.shape.length, b.shape.length);
  const padded = ({ shape, data }: Source): Source => ({
    shape: [...Array<number>(rank - shape.length).fill(1), ...shape],
    data,
  });
  const [left, right] = [padded(a), padded(b)];
  const shape = left.shape.map((size, axis) => Math.max(size, right.shape[axis]!));
  const wrapped = (source: Source, index: readonly number[]) =>
    at(
      source,
      index.map((coordinate, axis) => coordinate % source.shape[axis]!),
    );
  return filled(shape, (index) => operation(wrapped(left, index), wrapped(right, index)));
}

export function conv2d(
  x: Source,
  weight: Source,
  {
    stride = 1,
    padding = 0,
    dilation = 1,
    groups = 1,
  }: Partial<Record<'stride' | 'padding' | 'dilation' | 'groups', number>> = {},
): Expected {
  const [images, , height, width] = x.shape as [number, number, number, number];
  const [outputs, inputsPerGroup, kernelHeight, kernelWidth] = weight.shape as [
    number,
    number,
    number,
    number,
  ];
  const length = (size: number, kernel: number) =>
    Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;
  const shape = [images, outputs, length(height, kernelHeight), length(width, kernelWidth)];
  return filled(shape, ([image, output, row, column]) => {
    const firstChannel = Math.floor(output! / (outputs / groups)) * inputsPerGroup;
    let total = 0;
    for (let channel = 0; channel < inputsPerGroup; channel++)
      for (let i = 0; i < kernelHeight; i++)
        for (let j = 0; j < kernelWidth; j++)
          total +=
            at(weight, [output!, channel, i, j]) *
            at(x, [
              image!,
              firstChannel + channel,
              row! * stride + i * dilation - padding,
              column! * stride + j * dilation - padding,
            ]);
    return total;
  });
}

export function pool(
  x: Source,
  { kernel, stride = kernel, padding = 0 }: { kernel: number; stride?: number; padding?: number },
  summary: (window: readonly number[]) => number,
): Expected {
  const [images, channels, height, width] = x.shape as [number, number, number, number];
  const length = (size: number) => Math.floor((size + 2 * padding - kernel) / stride) + 1;
  return filled([images, channels, length(height), length(width)], ([image, channel, row, column]) => {
    const window: number[] = [];
    for (let y = row! * stride - padding; y < row! * stride - padding + kernel; y++)
      for (let z = column! * stride - padding; z < column! * stride - padding + kernel; z++)
        if (y >= 0 && y < height && z >= 0 && z < width) window.push(at(x, [image!, channel!, y, z]));
    return summary(window);
  });
}

/** Reduces `axes`, which stay as 1. */
export function reduce(
  x: Source,
  axes: readonly number[],
  summary: (values: readonly number[]) => number,
): Expected {
  const shape = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const collected = new Map<string, number[]>();
  for (const index of indicesOf(x.shape)) {
    const key = index.map((coordinate, axis) => (axes.includes(axis) ? 0 : coordinate)).join();
    collected.set(key, [...(collected.get(key) ?? []), at(x, index)]);
  }
  return filled(shape, (index) => summary(collected.get(index.join())!));
}

export function matmul(a: Source, b: Source, transposeA: boolean, transposeB: boolean): Expected {
  const [rows, inner] = transposeA ? [a.shape[1]!, a.shape[0]!] : [a.shape[0]!, a.shape[1]!];
  const columns = transposeB ? b.shape[0]! : b.shape[1]!;
  return filled([rows, columns], ([row, column]) => {
    let total = 0;
    for (let k = 0; k < inner; k++)
      total += at(a, transposeA ? [k, row!] : [row!, k]) * at(b, transposeB ? [column!, k] : [k, column!]);
    return total;
  });
}

export const sumOf = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
export const meanOf = (values: readonly number[]): number => sumOf(values) / values.length;
export const maxOf = (values: readonly number[]): number => Math.max(...values);
