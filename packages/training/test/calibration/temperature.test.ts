import { random } from '@sdnet/autograd';
import { UserError } from 'sdnet';
import { describe, expect, it } from 'vitest';
import { withCalibration } from '../../src/calibration/fit-calibration.js';
import { fitTemperature, logitsOf } from '../../src/calibration/temperature.js';

const classes = 5;

/** Logits, and labels drawn from the soft-max of the logits times `truth`. */
function drawn(count: number, truth: number, seed = 1) {
  const source = random(seed, 21);
  const logits = Float64Array.from({ length: count * classes }, () => 3 * source.normal());
  const labels = Array.from({ length: count }, (_, row) => {
    const weights = [...logits.subarray(row * classes, (row + 1) * classes)].map((z) => Math.exp(z * truth));
    let rest = source.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
    for (const [label, weight] of weights.entries()) if ((rest -= weight) < 0) return label;
    return classes - 1;
  });
  return { logits, labels };
}

/** Mean negative log-likelihood, written as its definition says. */
function likelihood(logits: Float64Array, labels: readonly number[], temperature: number): number {
  return (
    labels.reduce((sum, label, row) => {
      const scaled = [...logits.subarray(row * classes, (row + 1) * classes)].map((z) => z / temperature);
      const total = scaled.reduce((all, z) => all + Math.exp(z), 0);
      return sum - Math.log(Math.exp(scaled[label]!) / total);
    }, 0) / labels.length
  );
}

describe('fitTemperature', () => {
  it.each([
    [3, 0.75, 2],
    [12, 0.75, 2],
    [1, 0.6, 7],
    [40, 0.99, 4],
  ])('is a / ln(q (K − 1) / (1 − q)) where one logit is %d and %d of them are right', (a, q, K) => {
    // The first class always has the logit a, the others 0, and it is right in q of the images.
    const count = 100;
    const logits = Float64Array.from({ length: count * K }, (_, index) => (index % K === 0 ? a : 0));
    const labels = Array.from({ length: count }, (_, row) => (row < q * count ? 0 : 1 + (row % (K - 1))));
    const { temperature } = fitTemperature(logits, labels, K);
    expect(temperature / (a / Math.log((q * (K - 1)) / (1 - q)))).toBeCloseTo(1, 9);
  });

  it('is in proportion to the logits, whatever their scale', () => {
    const { logits, labels } = drawn(400, 0.7);
    const { temperature, after } = fitTemperature(logits, labels, classes);
    for (const factor of [0.05, 0.5, 3, 30]) {
      const scaled = fitTemperature(
        logits.map((z) => factor * z),
        labels,
        classes,
      );
      expect(scaled.temperature / temperature).toBeCloseTo(factor, 8);
      expect(scaled.after).toBeCloseTo(after, 10);
    }
  });

  it('finds the temperature that the labels were drawn with', () => {
    for (const truth of [0.4, 1, 2.5]) {
      const { logits, labels } = drawn(20_000, truth);
      expect(fitTemperature(logits, labels, classes).temperature * truth).toBeCloseTo(1, 1);
    }
  });

  it('has the least likelihood of all, and says what it was and is', () => {
    const { logits, labels } = drawn(300, 0.5, 4);
    const { temperature, before, after } = fitTemperature(logits, labels, classes);
    expect(before).toBeCloseTo(likelihood(logits, labels, 1), 10);
    expect(after).toBeCloseTo(likelihood(logits, labels, temperature), 10);
    for (const factor of [0.5, 0.9, 0.999, 1.001, 1.1, 2])
      expect(likelihood(logits, labels, factor * temperature)).toBeGreaterThan(after);
  });

  it('refuses images that are all right, and scores that say nothing', () => {
    const right = [5, 0, 0, 5, 5, 0];
    expect(() => fitTemperature(right, [0, 1, 0], 2)).toThrow(UserError);
    expect(() => fitTemperature(right, [0, 1, 0], 2)).toThrow('is right in every one of the 3 image(s)');
    expect(() => fitTemperature(right, [1, 0, 0], 2)).toThrow('say nothing of the labels of the 3 image(s)');
  });

  it('refuses what does not fit together', () => {
    expect(() => fitTemperature([], [], 2)).toThrow('at least one image');
    expect(() => fitTemperature([1, 2, 3], [0], 2)).toThrow('3 scores for 1 labels and 2 classes');
    expect(() => fitTemperature([1, 2], [2], 2)).toThrow('Image 1 has the label 2');
    expect(() => fitTemperature([1, 2, NaN, 1], [0, 1], 2)).toThrow('A score of image 2 is NaN');
  });
});

describe('withCalibration', () => {
  it('of a temperature gives the soft-max of the logits over the temperature, from the scores alone', () => {
    const logits = [1, -2, 0.5, 4, 3, 0];
    const softmax = (temperature: number) =>
      Float32Array.from(
        [0, 1].flatMap((row) => {
          const powers = logits.slice(3 * row, 3 * row + 3).map((z) => Math.exp(z / temperature));
          return powers.map((power) => power / (powers[0]! + powers[1]! + powers[2]!));
        }),
      );
    for (const temperature of [0.3, 1, 2.5])
      for (const [index, score] of withCalibration(softmax(1), 3, { temperature }).entries())
        expect(score).toBeCloseTo(softmax(temperature)[index]!, 6);
  });

  it('takes scores of 0 and 1', () => {
    expect([...withCalibration(Float32Array.of(1, 0, 0), 3, { temperature: 1 })]).toEqual([
      1,
      expect.closeTo(0, 12),
      expect.closeTo(0, 12),
    ]);
    expect(logitsOf(Float32Array.of(0)).every(Number.isFinite)).toBe(true);
  });
});
