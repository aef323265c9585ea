import { describe, it } from 'vitest';
import {
  add,
  div,
  dropout,
  hardSigmoid,
  hardSwish,
  log,
  mul,
  relu,
  relu6,
  scale,
  shift,
  sigmoid,
  sub,
  type Value,
} from '../../src/index.js';
import { checkForward } from '../check-forward.js';
import { checkGradient } from '../check-gradient.js';
import { awayFrom, mapOf, mapped, type Operand, plainOf } from '../operand.js';
import { broadcast, each } from '../reference.js';

const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);

describe('functions of one number', () => {
  const functions: [
    name: string,
    build: (x: Value) => Value,
    expected: (x: number) => number,
    kinks: number[],
  ][] = [
    ['relu', relu, (x) => Math.max(x, 0), [0]],
    ['relu6', relu6, (x) => clamp(x, 0, 6), [0, 6]],
    ['sigmoid', sigmoid, (x) => 1 / (1 + Math.exp(-x)), []],
    ['hardSigmoid', hardSigmoid, (x) => clamp(x / 6 + 0.5, 0, 1), [-3, 3]],
    ['hardSwish', hardSwish, (x) => x * clamp(x / 6 + 0.5, 0, 1), [-3, 3]],
    ['scale', (x) => scale(x, -1.5), (x) => -1.5 * x, []],
    ['shift', (x) => shift(x, 2.5), (x) => x + 2.5, []],
  ];
  it.each(functions)('%s', async (_name, build, expected, kinks) => {
    // Spread over both kinks of each.
    const spread = (operand: Operand) =>
      awayFrom(
        mapped(operand, (value) => 3 * value + 1),
        kinks,
      );
    for (const operand of [spread(mapOf([3, 2, 4, 5])), spread(plainOf([7, 9]))]) {
      await checkForward(build, [operand], each(operand, expected));
      await checkGradient(build, [operand]);
    }
  });
});

it('log, of positive numbers', async () => {
  const positive = (operand: Operand) => mapped(operand, (value) => 0.3 + Math.abs(value));
  for (const operand of [positive(mapOf([3, 2, 4, 5])), positive(plainOf([7, 9]))]) {
    await checkForward(log, [operand], each(operand, Math.log));
    await checkGradient(log, [operand]);
  }
});

describe('functions of two tensors', () => {
  const functions: [
    name: string,
    build: (a: Value, b: Value) => Value,
    expected: (a: number, b: number) => number,
  ][] = [
    ['add', add, (a, b) => a + b],
    ['sub', sub, (a, b) => a - b],
    ['mul', mul, (a, b) => a * b],
    ['div', div, (a, b) => a / b],
  ];
  const shapes: [name: string, a: Operand, b: Operand][] = [
    ['feature maps', mapOf([2, 3, 4, 5]), mapOf([2, 3, 4, 5], 3)],
    ['a number a channel of an image', mapOf([2, 3, 4, 5]), mapOf([2, 3, 1, 1], 3)],
    ['a number a position', mapOf([2, 3, 4, 5]), mapOf([2, 1, 4, 5], 3)],
    ['a number a channel', mapOf([1, 3, 1, 1]), mapOf([2, 3, 4, 5], 3)],
    ['maps that widen each other', mapOf([2, 1, 4, 1]), mapOf([1, 3, 4, 5], 3)],
    ['a feature map and a number', mapOf([2, 3, 4, 5]), plainOf([])],
    ['a number [1] and a feature map', plainOf([1]), mapOf([2, 3, 4, 5])],
    ['plain tensors', plainOf([4, 5]), plainOf([4, 5], 3)],
    ['a matrix and its last axis', plainOf([4, 5]), plainOf([5], 3)],
    ['a matrix and its rows', plainOf([4, 1]), plainOf([4, 5], 3)],
    ['a matrix and a number', plainOf([]), plainOf([4, 5], 3)],
  ];
  describe.each(functions)('%s', (_name, build, expected) => {
    it.each(shapes)('%s', async (_shapes, a, b) => {
      const operands = [a, awayFrom(b, [0], 0.5)] as const;
      await checkForward(build, operands, broadcast(...operands, expected));
      await checkGradient(build, operands);
    });
  });
});

describe('dropout', () => {
  it('lets through what the mask says', async () => {
    const mask = mapped(plainOf([4, 6]), (_value, index) => (index % 3 === 0 ? 0 : 1.5));
    const operands = [plainOf([4, 6], 5), mask] as const;
    await checkForward(
      dropout,
      operands,
      broadcast(...operands, (x, factor) => x * factor),
    );
    await checkGradient(dropout, operands, { step: 0.5, tolerance: 1e-5 });
  });
});
