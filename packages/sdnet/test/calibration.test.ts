import { random } from '@sdnet/autograd';
import { describe, expect, it } from 'vitest';
import { calibrated, type Calibration } from '../src/index.js';

const drawn = (count: number, classes: number) => {
  const source = random(3, 8);
  return Array.from({ length: count }, (_, row) =>
    Array.from({ length: classes }, () => (1 + (row % 5)) * 2 * source.normal()),
  );
};
/** The classes from the least to the highest. */
const order = (values: ArrayLike<number>) =>
  Array.from(values, (_, index) => index).sort((a, b) => values[a]! - values[b]!);

describe('calibrated', () => {
  it('is the soft-max without a calibration, and of the logits over a temperature', () => {
    const logits = [1, -2, 0.5];
    for (const temperature of [1, 0.4, 3]) {
      const powers = logits.map((logit) => Math.exp(logit / temperature));
      const sum = powers[0]! + powers[1]! + powers[2]!;
      const scores = calibrated(logits, temperature === 1 ? {} : { temperature });
      for (const [index, power] of powers.entries()) expect(scores[index]).toBeCloseTo(power / sum, 12);
    }
  });

  it('takes label smoothing back', () => {
    // Taught 0.9 and 0.1 / 5 for each: sure of the second, undecided between the third and the fourth.
    const smooth = (scores: readonly number[]) => scores.map((score) => Math.log(0.9 * score + 0.02));
    const [sure, undecided] = [
      [0, 1, 0, 0, 0],
      [0.01, 0.01, 0.49, 0.48, 0.01],
    ].map((scores) => calibrated(smooth(scores), { smoothing: 0.1 }));
    expect(sure![1]).toBeGreaterThan(0.99);
    for (const [index, score] of [0.01, 0.01, 0.49, 0.48, 0.01].entries())
      expect(undecided![index]).toBeCloseTo(score, 9);
  });

  it.each<Calibration>([
    { temperature: 0.3 },
    { smoothing: 0.12, temperature: 1.2 },
    { smoothing: 0.5, temperature: 0.8 },
  ])('keeps the order of all classes, and sums to 1: %o', (calibration) => {
    for (const logits of drawn(100, 7)) {
      const scores = calibrated(logits, calibration);
      expect(order(scores)).toEqual(order(logits));
      expect(scores.reduce((sum, score) => sum + score, 0)).toBeCloseTo(1, 12);
    }
  });

  it('takes logits far apart', () => {
    for (const calibration of [{ smoothing: 0.1, temperature: 2 }, { temperature: 2 }])
      expect([...calibrated([2000, -2000, 0], calibration)]).toEqual([1, 0, 0]);
  });
});
