import { random } from '@sdnet/autograd';
import { describe, expect, it } from 'vitest';
import { bootstrapInterval } from '../src/bootstrap.js';
import { mcnemar } from '../src/mcnemar.js';

/** Two classifiers, of which each got so many samples right that the other did not. */
const disagreeing = (onlyFirst: number, onlySecond: number, both = 5) => {
  const of = (mine: boolean, theirs: boolean, count: number) =>
    Array.from({ length: count }, () => [mine, theirs] as const);
  const pairs = [...of(true, false, onlyFirst), ...of(false, true, onlySecond), ...of(true, true, both)];
  return [pairs.map(([first]) => first), pairs.map(([, second]) => second)] as const;
};

describe('mcnemar', () => {
  it.each([
    // 2 · (C(12,0) + C(12,1) + C(12,2)) / 2^12
    [10, 2, (2 * (1 + 12 + 66)) / 4096],
    [2, 10, (2 * (1 + 12 + 66)) / 4096],
    // 2 · 1 / 2^5
    [5, 0, 2 / 32],
    [3, 3, 1],
    [0, 0, 1],
  ])('is exact where %d and %d disagree', (onlyFirst, onlySecond, p) => {
    const found = mcnemar(...disagreeing(onlyFirst, onlySecond));
    expect(found).toMatchObject({ onlyFirst, onlySecond });
    expect(found.p).toBeCloseTo(p, 12);
  });

  it('agrees with the published chi-squared example of large counts', () => {
    // Agresti, Categorical Data Analysis, table 10.1 (approval ratings): 150 against 86, χ² = 17.36, p = 3.1e-5;
    // the exact one is by integer arithmetic.
    expect(mcnemar(...disagreeing(150, 86)).p).toBeCloseTo(3.715936139571442e-5, 15);
  });

  it('does not lose a small probability among thousands of samples', () => {
    const { p } = mcnemar(...disagreeing(2000, 1000));
    // By integer arithmetic.
    expect(p / 1.0090148627941341e-75).toBeCloseTo(1, 9);
  });

  it('needs the same samples', () => {
    expect(() => mcnemar([true], [])).toThrow('1 samples with 0');
  });
});

describe('bootstrapInterval', () => {
  const source = random(3);
  const right = Array.from({ length: 2000 }, () => source.uniform() < 0.7);
  const accuracy = (indices: Uint32Array) => {
    let count = 0;
    for (const index of indices) if (right[index]) count++;
    return count / indices.length;
  };

  it('is that of the binomial distribution for an accuracy', () => {
    const share = right.filter(Boolean).length / right.length;
    const half = 1.96 * Math.sqrt((share * (1 - share)) / right.length);
    const { lower, upper } = bootstrapInterval(right.length, accuracy, { seed: 1 });
    expect(Math.abs(lower - (share - half))).toBeLessThan(0.003);
    expect(Math.abs(upper - (share + half))).toBeLessThan(0.003);
  });

  it('is narrower at a lower level, and the same for the same seed', () => {
    const wide = bootstrapInterval(right.length, accuracy, { resamples: 200 });
    const narrow = bootstrapInterval(right.length, accuracy, { resamples: 200, level: 0.5 });
    expect(narrow.lower).toBeGreaterThan(wide.lower);
    expect(narrow.upper).toBeLessThan(wide.upper);
    expect(bootstrapInterval(right.length, accuracy, { resamples: 200 })).toEqual(wide);
    expect(bootstrapInterval(right.length, accuracy, { resamples: 200, seed: 1 })).not.toEqual(wide);
  });

  it('is a point where all samples are alike', () => {
    expect(bootstrapInterval(10, () => 1)).toEqual({ lower: 1, upper: 1 });
  });
});
