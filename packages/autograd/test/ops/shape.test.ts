import { describe, it } from 'vitest';
import {
  add,
  channelShuffle,
  concat,
  flatten,
  mul,
  reshape,
  sigmoid,
  slice,
  split,
  toFeatureMap,
  transpose,
  type Value,
} from '../../src/index.js';
import { checkForward, type Expected } from '../check-forward.js';
import { checkGradient } from '../check-gradient.js';
import { mapOf, type Operand, plainOf } from '../operand.js';
import { at, filled, type Source } from '../reference.js';

const map = mapOf([2, 6, 4, 5]);
const matrix = plainOf([4, 6]);

/** These operators move values and compute nothing: results are exact, and any step is small enough. */
async function check(build: (...values: Value[]) => Value, operands: readonly Operand[], expected: Expected) {
  await checkForward(build, operands, expected, 0);
  await checkGradient(build, operands, { step: 0.5, tolerance: 1e-5 });
}

/** The source with `index` changed before reading. */
const reading = (source: Source, shape: readonly number[], from: (index: number[]) => number[]): Expected =>
  filled(shape, (index) => at(source, from([...index])));

describe('slice', () => {
  it.each([
    ['channels of a feature map', map, { axis: 1, start: 1, end: 4 }, [2, 3, 4, 5]],
    ['every second row', map, { axis: 2, step: 2 }, [2, 6, 2, 5]],
    ['every second column, from the second on', map, { axis: 3, start: 1, step: 2 }, [2, 6, 4, 2]],
    ['every third channel', map, { axis: 1, step: 3 }, [2, 2, 4, 5]],
    ['one image', map, { axis: 0, start: 1 }, [1, 6, 4, 5]],
    ['columns of a matrix', matrix, { axis: 1, start: 2, end: 5 }, [4, 3]],
    ['every third row of a matrix', matrix, { axis: 0, step: 3 }, [2, 6]],
  ] as const)('%s', async (_name, operand, options, shape) => {
    const { axis, start = 0, step = 1 } = options as { axis: number; start?: number; step?: number };
    const expected = reading(operand, shape, (index) => {
      index[axis] = start + index[axis]! * step;
      return index;
    });
    await check((x) => slice(x, options), [operand], expected);
  });
});

describe('concat', () => {
  it.each([
    ['channels', 1, [mapOf([2, 3, 4, 5]), mapOf([2, 1, 4, 5], 3), mapOf([2, 2, 4, 5], 4)]],
    ['images', 0, [mapOf([2, 3, 2, 2]), mapOf([1, 3, 2, 2], 3)]],
    ['rows', 2, [mapOf([2, 3, 2, 4]), mapOf([2, 3, 3, 4], 3)]],
    ['columns of matrices', 1, [plainOf([3, 2]), plainOf([3, 4], 3)]],
  ] as const)('along %s', async (_name, axis, operands) => {
    const shape = operands[0].shape.map((size, position) =>
      position === axis ? operands.reduce((total, operand) => total + operand.shape[axis]!, 0) : size,
    );
    const expected = filled(shape, (index) => {
      const within = [...index];
      for (const operand of operands) {
        if (within[axis]! < operand.shape[axis]!) return at(operand, within);
        within[axis]! -= operand.shape[axis]!;
      }
      return Number.NaN;
    });
    await check((...values) => concat(values, axis), operands, expected);
  });
});

describe('split', () => {
  const piece = (operand: Operand, axis: number, sizes: readonly number[], which: number) => {
    const start = sizes.slice(0, which).reduce((total, size) => total + size, 0);
    return reading(
      operand,
      operand.shape.map((size, position) => (position === axis ? sizes[which]! : size)),
      (index) => {
        index[axis]! += start;
        return index;
      },
    );
  };
  it.each([0, 1, 2])('piece %i of the channels; the others have no gradient', async (which) => {
    const sizes = [1, 3, 2];
    await check((x) => split(x, sizes, 1)[which]!, [map], piece(map, 1, sizes, which));
  });
  it('columns of a matrix', async () => {
    await check((x) => split(x, [2, 4], 1)[1]!, [matrix], piece(matrix, 1, [2, 4], 1));
  });
  it('pieces used differently', async () => {
    const build = (x: Value) => {
      const [a, b, c] = split(x, [2, 2, 2], 1);
      return add(mul(a!, sigmoid(b!)), c!);
    };
    await checkGradient(build, [map]);
  });
});

describe('reshape and transpose', () => {
  it('reshape keeps the order of the elements', async () => {
    await check((x) => reshape(x, [3, 8]), [matrix], { shape: [3, 8], data: matrix.data });
  });
  it('reshape of a feature map takes its elements in logical order', async () => {
    await check((x) => reshape(x, [12, 20]), [map], { shape: [12, 20], data: map.data });
  });
  it('flatten', async () => {
    await check(flatten, [map], { shape: [2, 120], data: map.data });
  });
  it('toFeatureMap of a plain tensor and of a matrix', async () => {
    const plain = { ...map, featureMap: false };
    await check(toFeatureMap, [plain], map);
    await check(toFeatureMap, [matrix], { shape: [4, 6, 1, 1], data: matrix.data });
  });
  it.each([
    ['a matrix', matrix, [1, 0]],
    ['a feature map to N, H, W, C', map, [0, 2, 3, 1]],
    ['a feature map to W, C, N, H', map, [3, 1, 0, 2]],
  ] as const)('transpose %s', async (_name, operand, permutation) => {
    const expected = reading(
      operand,
      permutation.map((axis) => operand.shape[axis]!),
      (index) => operand.shape.map((_size, axis) => index[permutation.indexOf(axis as never)]!),
    );
    await check((x) => transpose(x, permutation), [operand], expected);
  });
});

describe('channelShuffle', () => {
  it.each([2, 3])('%i groups', async (groups) => {
    const perGroup = 6 / groups;
    const expected = reading(map, map.shape, ([image, channel, row, column]) => [
      image!,
      (channel! % groups) * perGroup + Math.floor(channel! / groups),
      row!,
      column!,
    ]);
    await check((x) => channelShuffle(x, groups), [map], expected);
  });
});
