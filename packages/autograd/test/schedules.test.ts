import { describe, expect, it } from 'vitest';
import { schedules } from '../src/index.js';

describe('schedules', () => {
  it('constant', () => {
    const schedule = schedules.constant(0.01);
    expect([0, 0.5, 99].map(schedule)).toEqual([0.01, 0.01, 0.01]);
  });

  it('stepDecay multiplies after every so many epochs', () => {
    const schedule = schedules.stepDecay(1, { every: 10, factor: 0.1 });
    const rates = [0, 9.99, 10, 19.99, 20, 35].map(schedule);
    for (const [index, expected] of [1, 1, 0.1, 0.1, 0.01, 0.001].entries())
      expect(rates[index]).toBeCloseTo(expected, 12);
  });

  it('cosine goes from the rate to the final one', () => {
    const schedule = schedules.cosine(0.1, { epochs: 20, final: 0.01 });
    expect(schedule(0)).toBeCloseTo(0.1, 12);
    expect(schedule(5)).toBeCloseTo(0.01 + (0.09 * (1 + Math.SQRT1_2)) / 2, 12);
    expect(schedule(10)).toBeCloseTo(0.055, 12);
    expect(schedule(15)).toBeCloseTo(0.01 + (0.09 * (1 - Math.SQRT1_2)) / 2, 12);
    expect(schedule(20)).toBeCloseTo(0.01, 12);
    expect(schedule(25)).toBeCloseTo(0.01, 12);
  });

  it('cosine after a warm-up in a straight line', () => {
    const schedule = schedules.cosine(0.2, { epochs: 12, warmup: 2 });
    expect([0, 0.5, 1, 2].map(schedule)).toEqual([0, 0.05, 0.1, 0.2]);
    expect(schedule(7)).toBeCloseTo(0.1, 12);
    expect(schedule(12)).toBeCloseTo(0, 12);
    expect(schedules.cosine(0.2, { epochs: 5, warmup: 5 })(5)).toBe(0);
  });

  it('reduceOnPlateau waits for patience to run out', () => {
    const rate = (...history: number[]) =>
      schedules.reduceOnPlateau(1, history, { factor: 0.5, patience: 2 });
    expect(rate()).toBe(1);
    expect(rate(0.5, 0.5, 0.5)).toBe(1);
    expect(rate(0.5, 0.5, 0.5, 0.5)).toBe(0.5);
    // An improvement in time starts the count again; equal is none.
    expect(rate(0.5, 0.4, 0.5, 0.6, 0.6, 0.6)).toBe(1);
    expect(rate(0.5, 0.4, 0.5, 0.6, 0.6, 0.6, 0.6)).toBe(0.5);
    // After a reduction it waits as long again.
    expect(rate(0.5, 0.4, 0.4, 0.4, 0.4, 0.4)).toBe(0.5);
    expect(rate(0.5, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4)).toBe(0.25);
  });
});
