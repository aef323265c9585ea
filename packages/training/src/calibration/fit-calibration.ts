import { calibrated, calibrationLimits, type Calibration } from 'sdnet';
import { fitTemperature, logitsOf } from './temperature.js';

/** Fits a calibration to scores N×classes, row after row, and the true class of each row. */
export type FitCalibration = (
  scores: Float32Array,
  labels: readonly number[],
  classes: number,
) => Calibration;

/** A temperature alone. Throws as `fitTemperature` does. */
export const fitTemperatureAlone: FitCalibration = (scores, labels, classes) => ({
  temperature: fitTemperature(logitsOf(scores), labels, classes).temperature,
});

/** Steps in which the smoothing is looked for, and how closely in the end. */
const steps = { first: 0.05, last: 1e-3 } as const;

/**
 * The label smoothing to take back and the temperature with which the mean negative log-likelihood of the labels is
 * least: for each smoothing the best temperature, smoothings first in steps of 0.05 over their whole range, then on both
 * sides of the best one in steps that halve.
 *
 * @throws UserError where no temperature is best; see `fitTemperature`
 */
export const fitCalibration: FitCalibration = (scores, labels, classes) => {
  const logits = logitsOf(scores);
  const at = (smoothing: number) => ({
    smoothing,
    ...fitTemperature(calibratedLogits(logits, classes, { smoothing }), labels, classes),
  });
  const { least, most } = calibrationLimits.smoothing;
  const better = (one: ReturnType<typeof at>, smoothing: number) => {
    if (smoothing < least || smoothing > most) return one;
    const other = at(smoothing);
    return other.after < one.after ? other : one;
  };
  let best = at(least);
  for (let step = 1; step <= Math.round((most - least) / steps.first); step++)
    best = better(best, least + step * steps.first);
  for (let step = steps.first / 2; step >= steps.last; step /= 2)
    best = better(better(best, best.smoothing - step), best.smoothing + step);
  return { smoothing: best.smoothing, temperature: best.temperature };
};

/** Scores N×classes as they are with a calibration. */
export function withCalibration(
  scores: Float32Array,
  classes: number,
  calibration: Calibration,
): Float32Array {
  const result = new Float32Array(scores.length);
  const logits = logitsOf(scores);
  for (let start = 0; start < scores.length; start += classes)
    result.set(calibrated(logits.subarray(start, start + classes), calibration), start);
  return result;
}

/** Logits that give the calibrated scores. */
const calibratedLogits = (logits: Float64Array, classes: number, calibration: Calibration): Float64Array => {
  const result = new Float64Array(logits.length);
  for (let start = 0; start < logits.length; start += classes)
    result.set(
      calibrated(logits.subarray(start, start + classes), calibration).map((score) =>
        Math.log(Math.max(score, Number.MIN_VALUE)),
      ),
      start,
    );
  return result;
};
