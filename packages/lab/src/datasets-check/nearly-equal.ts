import { type Dataset, imageOf } from '@sdnet/training';
import { resizeBilinear, toPlanes } from 'sdnet';
import { bestCandidates } from './best-candidates.js';
import { correlationOf } from './correlation.js';
import { eachSimilarPair, thumbnailSide } from './similar-images.js';

/*
 * The limits were chosen by looking at pairs of FER2013. Of those whose thumbnails correlate by 0.960 to 0.975, and
 * all seen above, 99 in 100 are one photograph, cropped or compressed twice; from 0.95 to 0.96 a tenth are different
 * people. From 0.90 on, where most are, laying one image over the other tells them apart: of those that then
 * correlate by 0.92 to 0.94, 98 in 100 are one photograph.
 */

/** Correlation of 16×16 thumbnails from which two images count as nearly equal. */
const surelyEqual = 0.96;

/** Correlation of thumbnails from which it is worth laying one image over the other. */
const possiblyEqual = 0.9;

/** Correlation at the best place from which two images laid over each other count as nearly equal. */
const equalWhenLaidOver = 0.93;

/** Of those less alike, so many for each image are laid over each other. */
const mostCandidates = 64;

/** Images are laid over each other at this size, moved by up to so many pixels in each direction. */
const side = 48;
const reach = 2;

/**
 * Calls `onPair` for every two of the images at `indices` that are nearly equal: copies of one photograph, lighter
 * or darker, compressed, blurred, noisy, or moved by up to two pixels of 48. Positions in `indices`, in no particular
 * order, with the correlation (up to 1) that shows it.
 *
 * Of ten images of FER2013 changed in each of these ways, all are found. Of ten cropped by two pixels a side it finds
 * three, by four none; of ten with a mark of 18×8 pixels two; of ten turned by 3° four (see `eachAlteredCopy` for those
 * turned further, and mirrored ones). So what it does not find may still be copies.
 */
export function eachNearlyEqualPair(
  dataset: Dataset,
  indices: readonly number[],
  onPair: (first: number, second: number, correlation: number) => void,
): void {
  const plane = (position: number) => {
    const image = imageOf(dataset, indices[position]!);
    return resizeBilinear(toPlanes(image, 1)[0]!, image.width, image.height, side, side);
  };
  const candidates = bestCandidates(mostCandidates);
  eachSimilarPair(dataset, indices, possiblyEqual, (first, second, correlation) => {
    if (correlation >= surelyEqual) onPair(first, second, correlation);
    else candidates.add({ first, second, correlation });
  });
  for (const { first, second } of candidates.all()) {
    const laidOver = laidOverCorrelation(plane(first), plane(second));
    if (laidOver >= equalWhenLaidOver) onPair(first, second, laidOver);
  }
}

/** Whether `eachNearlyEqualPair` would find these two, at 48×48. */
export function areNearlyEqual(one: Float32Array, other: Float32Array): boolean {
  const thumbnail = (plane: Float32Array) => resizeBilinear(plane, side, side, thumbnailSide, thumbnailSide);
  const correlation = correlationOf(thumbnail(one), thumbnail(other));
  return (
    correlation >= surelyEqual ||
    (correlation >= possiblyEqual && laidOverCorrelation(one, other) >= equalWhenLaidOver)
  );
}

/** The highest correlation of the inner part of `fixed` with as large a part of `moved`, both 48×48. */
function laidOverCorrelation(fixed: Float32Array, moved: Float32Array): number {
  const inner = side - 2 * reach;
  const count = inner * inner;
  let sumA = 0;
  let squaresA = 0;
  for (let y = reach; y < side - reach; y++) {
    for (let x = reach; x < side - reach; x++) {
      const a = fixed[y * side + x]!;
      sumA += a;
      squaresA += a * a;
    }
  }
  let best = -1;
  for (let top = 0; top <= 2 * reach; top++) {
    for (let left = 0; left <= 2 * reach; left++) {
      let sumB = 0;
      let squaresB = 0;
      let products = 0;
      for (let y = 0; y < inner; y++) {
        const rowA = (y + reach) * side + reach;
        const rowB = (y + top) * side + left;
        for (let x = 0; x < inner; x++) {
          const b = moved[rowB + x]!;
          sumB += b;
          squaresB += b * b;
          products += fixed[rowA + x]! * b;
        }
      }
      const varianceA = squaresA - (sumA * sumA) / count;
      const varianceB = squaresB - (sumB * sumB) / count;
      const covariance = products - (sumA * sumB) / count;
      // An inner part of one grey level is like no other.
      if (varianceA > 0 && varianceB > 0) {
        best = Math.max(best, covariance / Math.sqrt(varianceA * varianceB));
      }
    }
  }
  return best;
}
