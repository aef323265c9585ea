import { random } from '@sdnet/autograd';
import { describe, expect, it } from 'vitest';
import {
  fitCalibration,
  fitTemperatureAlone,
  withCalibration,
} from '../../src/calibration/fit-calibration.js';
import { reliability } from '../../src/calibration/reliability.js';

const classes = 7;

/** Scores that are right as often as they say, and labels drawn by them. */
function honest(count: number) {
  const source = random(9, 4);
  const scores = new Float32Array(count * classes);
  const labels = Array.from({ length: count }, (_, row) => {
    const powers = Array.from({ length: classes }, () => Math.exp(2.5 * source.normal()));
    const sum = powers.reduce((total, power) => total + power, 0);
    const own = powers.map((power) => power / sum);
    scores.set(own, row * classes);
    let rest = source.uniform();
    for (const [label, score] of own.entries()) if ((rest -= score) < 0) return label;
    return classes - 1;
  });
  return { scores, labels };
}

/** As a network gives them that was taught smoothed labels, and is too sure besides: p^T as parts of 1 − ε, and ε/K each. */
const smoothed = (scores: Float32Array, smoothing: number, temperature: number) =>
  withCalibration(scores, classes, { temperature: 1 / temperature }).map(
    (score) => (1 - smoothing) * score + smoothing / classes,
  );

describe('fitCalibration', () => {
  const { scores, labels } = honest(3000);

  it('finds the smoothing and the temperature of scores, and takes them back', () => {
    const given = smoothed(scores, 0.12, 1.25);
    const calibration = fitCalibration(given, labels, classes);
    expect(Math.abs(calibration.smoothing! - 0.12)).toBeLessThan(0.01);
    expect(Math.abs(calibration.temperature! - 1.25)).toBeLessThan(0.06);
    const [before, alone, after] = [
      given,
      withCalibration(given, classes, fitTemperatureAlone(given, labels, classes)),
      withCalibration(given, classes, calibration),
    ].map((some) => reliability(some, labels, classes));
    // A temperature cannot take smoothing back. Of 3,000 honest scores chance alone makes an error of about 0.02.
    expect(after!.expectedCalibrationError).toBeLessThan(0.03);
    expect(alone!.expectedCalibrationError).toBeGreaterThan(0.03);
    expect(after!.negativeLogLikelihood).toBeLessThan(alone!.negativeLogLikelihood - 0.02);
    expect(alone!.negativeLogLikelihood).toBeLessThanOrEqual(before!.negativeLogLikelihood);
  });

  it('takes nothing back of scores that mean what they say', () => {
    const { smoothing, temperature } = fitCalibration(scores, labels, classes);
    expect(smoothing).toBeLessThan(0.005);
    expect(temperature).toBeCloseTo(1, 1);
  });
});
