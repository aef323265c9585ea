import { permutation, random } from '@sdnet/autograd';
import type { Calibration } from 'sdnet';
import { fitCalibration, type FitCalibration, withCalibration } from './fit-calibration.js';

/** Scores that were calibrated without their own labels. */
export interface CrossFit {
  /** N×classes, in the order given. */
  readonly scores: Float32Array;
  /** Of each fold, fitted to the images of the others. */
  readonly calibrations: readonly Calibration[];
}

/**
 * Calibrates scores by calibrations that know nothing of them: the images are dealt into folds, and each fold's scores
 * get the calibration fitted to the others'. What is measured on the result is what a calibration fitted to all is worth
 * on new images.
 *
 * @param scores N×classes, row after row
 * @param folds from 2 to the number of images
 * @throws as `fit` does
 */
export function crossFit(
  scores: Float32Array,
  labels: readonly number[],
  classes: number,
  {
    folds = 5,
    seed = 1,
    fit = fitCalibration,
  }: { readonly folds?: number; readonly seed?: number; readonly fit?: FitCalibration } = {},
): CrossFit {
  if (!(Number.isInteger(folds) && folds >= 2 && folds <= labels.length))
    throw new Error(
      `${labels.length} image(s) cannot be dealt into ${folds} folds: a whole number from 2 to their number is expected.`,
    );
  const fold = new Uint32Array(labels.length);
  for (const [place, row] of permutation(labels.length, random(seed)).entries()) fold[row] = place % folds;
  const rows = [...labels.keys()];
  const scoresOf = (chosen: readonly number[]) => {
    const picked = new Float32Array(chosen.length * classes);
    for (const [place, row] of chosen.entries())
      picked.set(scores.subarray(row * classes, (row + 1) * classes), place * classes);
    return picked;
  };
  const calibrated = new Float32Array(scores.length);
  const calibrations = Array.from({ length: folds }, (_, held) => {
    const others = rows.filter((row) => fold[row] !== held);
    const own = rows.filter((row) => fold[row] === held);
    const calibration = fit(
      scoresOf(others),
      others.map((row) => labels[row]!),
      classes,
    );
    const result = withCalibration(scoresOf(own), classes, calibration);
    for (const [place, row] of own.entries())
      calibrated.set(result.subarray(place * classes, (place + 1) * classes), row * classes);
    return calibration;
  });
  return { scores: calibrated, calibrations };
}
