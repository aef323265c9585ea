import { random } from '@sdnet/autograd';
import { describe, expect, it } from 'vitest';
import { calibrationImages } from '../../src/calibration/calibration-images.js';
import { crossFit } from '../../src/calibration/cross-fit.js';
import { reliability } from '../../src/calibration/reliability.js';
import { fitTemperatureAlone, withCalibration } from '../../src/calibration/fit-calibration.js';
import type { Dataset } from '../../src/dataset.js';

const classes = 3;

/** Scores of a network that is twice as sure as it should be, and labels. */
function overconfident(count: number) {
  const source = random(5, 2);
  const scores = new Float32Array(count * classes);
  const labels = Array.from({ length: count }, (_, row) => {
    const powers = Array.from({ length: classes }, () => Math.exp(1.5 * source.normal()));
    const sum = powers.reduce((total, power) => total + power, 0);
    scores.set(
      powers.map((power) => power / sum),
      row * classes,
    );
    let rest = source.uniform() * sum;
    for (const [label, power] of powers.entries()) if ((rest -= power) < 0) return label;
    return classes - 1;
  });
  return { scores: withCalibration(scores, classes, { temperature: 0.5 }), labels };
}

describe('crossFit', () => {
  const fit = fitTemperatureAlone;
  const { scores, labels } = overconfident(3000);

  it('calibrates: the temperatures are about 2, and the error falls', () => {
    const { scores: calibrated, calibrations } = crossFit(scores, labels, classes, { fit });
    expect(calibrations).toHaveLength(5);
    for (const { temperature } of calibrations) expect(Math.abs(temperature! - 2)).toBeLessThan(0.2);
    const [before, after] = [scores, calibrated].map((some) => reliability(some, labels, classes));
    expect(after!.accuracy).toBe(before!.accuracy);
    expect(before!.expectedCalibrationError).toBeGreaterThan(0.1);
    expect(after!.expectedCalibrationError).toBeLessThan(0.04);
    expect(after!.negativeLogLikelihood).toBeLessThan(before!.negativeLogLikelihood);
  });

  it("does not use an image's own label", () => {
    const calibrated = crossFit(scores, labels, classes, { folds: 4, seed: 3, fit }).scores;
    for (const row of [0, 17, 2999]) {
      const changed = labels.map((label, index) => (index === row ? (label + 1) % classes : label));
      const other = crossFit(scores, changed, classes, { folds: 4, seed: 3, fit }).scores;
      const own = (all: Float32Array) => [...all.subarray(row * classes, (row + 1) * classes)];
      expect(own(other)).toEqual(own(calibrated));
      expect(other).not.toEqual(calibrated);
    }
  });

  it('deals the images into the folds by the seed', () => {
    const by = (seed: number) => crossFit(scores, labels, classes, { seed, fit }).calibrations;
    expect(by(1)).toEqual(by(1));
    expect(by(1)).not.toEqual(by(2));
    expect(() => crossFit(scores, labels, classes, { folds: 1 })).toThrow(
      '3000 image(s) cannot be dealt into 1',
    );
  });
});

it('a calibration is fitted on validation images alone', () => {
  const dataset: Dataset = {
    ...{ name: 'three', classNames: ['a'], width: 1, height: 1, channels: 1, pixels: new Uint8Array(3) },
    samples: (['train', 'validation', 'test'] as const).map((split) => ({ source: split, label: 0, split })),
  };
  expect(calibrationImages(dataset)).toEqual([1]);
  expect(() => calibrationImages(dataset, 'test')).toThrow(
    'The test split is not there to fit a calibration on',
  );
  expect(() => calibrationImages(dataset, 'train')).toThrow('was trained on the train split');
});
