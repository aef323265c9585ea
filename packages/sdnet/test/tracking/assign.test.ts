import { random } from '@sdnet/autograd';
import { describe, expect, it } from 'vitest';
import { assign } from '../../src/tracking/assign.js';

/** The least cost of all ways to pair, by trying them. */
function least(rows: number, columns: number, cost: (row: number, column: number) => number, limit: number) {
  const from = (row: number, free: readonly number[]): number =>
    row === rows
      ? 0
      : Math.min(
          from(row + 1, free),
          ...free.map(
            (column) =>
              cost(row, column) -
              limit +
              from(
                row + 1,
                free.filter((other) => other !== column),
              ),
          ),
        );
  return from(0, [...Array(columns).keys()]);
}

describe('assign', () => {
  it('finds the cheapest of all ways to pair', () => {
    const source = random(11);
    for (let round = 0; round < 300; round++) {
      const [rows, columns] = [source.integer(6), source.integer(6)];
      const costs = Array.from({ length: rows * columns }, () => 10 * source.uniform() ** (1 + (round % 3)));
      const cost = (row: number, column: number) => costs[row * columns + column]!;
      const limit = 1 + (round % 8);
      const assigned = assign(rows, columns, cost, limit);
      expect(assigned).toHaveLength(rows);
      const taken = assigned.filter((column) => column !== undefined);
      expect(new Set(taken).size).toBe(taken.length);
      const found = assigned.reduce<number>(
        (sum, column, row) => sum + (column === undefined ? 0 : cost(row, column) - limit),
        0,
      );
      expect(found).toBeCloseTo(least(rows, columns, cost, limit), 9);
      for (const [row, column] of assigned.entries())
        if (column !== undefined) expect(cost(row, column)).toBeLessThan(limit);
    }
  });

  it('pairs nothing where nothing is cheap enough', () => {
    expect(assign(2, 2, () => 5, 5)).toEqual([undefined, undefined]);
    expect(assign(0, 3, () => 0, 5)).toEqual([]);
    expect(assign(3, 0, () => 0, 5)).toEqual([undefined, undefined, undefined]);
  });
});
