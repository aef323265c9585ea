import { describe, expect, it } from 'vitest';
import { permutation, philox, random } from '../src/index.js';

describe('philox', () => {
  // The known answers of Random123 (kat_vectors, philox4x32 with 10 rounds).
  it.each([
    ['zeros', [0, 0, 0, 0], [0, 0], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]],
    [
      'ones',
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      'digits of π',
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as [string, [number, number, number, number], [number, number], number[]][])(
    '%s',
    (_name, counter, key, expected) => {
      expect(philox(counter, key)).toEqual(expected);
    },
  );
});

describe('random', () => {
  const draws = 100_000;
  const moments = (values: Float64Array) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const central = (power: number) =>
      values.reduce((sum, value) => sum + (value - mean) ** power, 0) / values.length;
    return { mean, variance: central(2), third: central(3), fourth: central(4) };
  };

  it('uniform has the moments of [0, 1)', () => {
    const source = random(1);
    const values = Float64Array.from({ length: draws }, source.uniform);
    const { mean, variance, third, fourth } = moments(values);
    // Five standard errors of each.
    const error = 5 / Math.sqrt(draws);
    expect(Math.abs(mean - 1 / 2)).toBeLessThan(0.289 * error);
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.0745 * error);
    expect(Math.abs(third)).toBeLessThan(0.047 * error);
    expect(Math.abs(fourth - 1 / 80)).toBeLessThan(0.0167 * error);
    expect(Math.min(...values.subarray(0, 10_000))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values.subarray(0, 10_000))).toBeLessThan(1);
  });

  it('normal has the moments of the standard normal distribution', () => {
    const source = random(2, 3);
    const { mean, variance, third, fourth } = moments(Float64Array.from({ length: draws }, source.normal));
    const error = 5 / Math.sqrt(draws);
    expect(Math.abs(mean)).toBeLessThan(error);
    expect(Math.abs(variance - 1)).toBeLessThan(Math.sqrt(2) * error);
    expect(Math.abs(third)).toBeLessThan(Math.sqrt(15) * error);
    expect(Math.abs(fourth - 3)).toBeLessThan(Math.sqrt(96) * error);
  });

  it('integer is uniform below its bound', () => {
    const source = random(3);
    const counts = new Float64Array(7);
    for (let draw = 0; draw < 70_000; draw++) counts[source.integer(7)]! += 1;
    const squares = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    // χ² with 6 degrees of freedom: 99.99 % lie below 27.9.
    expect(squares).toBeLessThan(27.9);
  });

  it.each([NaN, Infinity, -1, 0.5, 2 ** 53])('has no seed %d', (seed) => {
    expect(() => random(seed)).toThrow(`The seed ${seed} is no whole number from 0 to 2^53 − 1.`);
  });

  it.each([NaN, -1, 0.5, 2 ** 32])('has no key %d', (key) => {
    for (const keys of [[key], [0, key], [0, 0, key]])
      expect(() => random(0, ...keys)).toThrow(`The key ${key} of a random stream is no whole number`);
  });

  it('is a stream of its own for every seed and key, seeds beyond 32 bits included', () => {
    const keys = [[0], [1], [2 ** 32], [2 ** 53 - 1], [0, 1], [0, 0, 1], [0, 0, 0, 1]] as [
      number,
      ...number[],
    ][];
    const firsts = keys.map(([seed, ...rest]) => random(seed, ...rest).uniform());
    expect(new Set(firsts).size).toBe(keys.length);
    const again = keys.map(([seed, ...rest]) => random(seed, ...rest).uniform());
    expect(again).toEqual(firsts);
  });
});

describe('permutation', () => {
  it.each([0, 1, 2, 1000])('of %i has every integer once', (length) => {
    const order = permutation(length, random(4));
    expect(order).toHaveLength(length);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, index) => index));
  });

  it('gives every order equally often', () => {
    const source = random(5);
    const counts = new Map<string, number>();
    for (let draw = 0; draw < 24_000; draw++) {
      const key = permutation(4, source).join();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    const squares = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    // χ² with 23 degrees of freedom: 99.99 % lie below 57.
    expect(squares).toBeLessThan(57);
  });
});
