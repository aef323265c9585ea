import { requireRows } from './require-rows.js';

/** The images whose confidence lies in a range, as a bar of a reliability diagram. */
export interface ReliabilityBin {
  /** The range (from, to]. */
  readonly from: number;
  readonly to: number;
  readonly images: number;
  /** Mean confidence and share of right answers; NaN where there are no images. */
  readonly confidence: number;
  readonly accuracy: number;
}

/** How far confidence can be believed. */
export interface Reliability {
  readonly accuracy: number;
  /** Mean confidence. */
  readonly confidence: number;
  /** Mean distance of confidence and accuracy over the bins, weighted by their images (ECE), in [0, 1]. */
  readonly expectedCalibrationError: number;
  /** The same over as many bins with equally many images each (adaptive ECE), in [0, 1]. */
  readonly adaptiveCalibrationError: number;
  /** Mean negative log-likelihood of the labels in nats; a score of 0 counts as the least above 0. */
  readonly negativeLogLikelihood: number;
  readonly bins: readonly ReliabilityBin[];
}

/**
 * Compares confidence, which is the highest score, with how often it is right: bins of equal width, as in Guo et al.,
 * "On calibration of modern neural networks", 2017, section 2.
 *
 * @param scores N×classes, row after row, each row in [0, 1] with the sum 1
 * @param labels the true class of each row
 * @throws where rows and labels do not fit, or a score is none
 */
export function reliability(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
  bins = 15,
): Reliability {
  requireRows(scores, labels, classes);
  const counted = Array.from({ length: bins }, () => ({ images: 0, confidence: 0, right: 0 }));
  const answers: { confidence: number; right: number }[] = [];
  let logarithms = 0;
  for (let row = 0; row < labels.length; row++) {
    const start = row * classes;
    let best = 0;
    for (let index = 1; index < classes; index++)
      if (scores[start + index]! > scores[start + best]!) best = index;
    const confidence = scores[start + best]!;
    if (!(confidence >= 0 && confidence <= 1 + 1e-6))
      throw new Error(
        `The highest score of image ${row + 1} is ${confidence}; a number from 0 to 1 is expected.`,
      );
    const bin = counted[Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1))]!;
    bin.images++;
    bin.confidence += confidence;
    const right = Number(best === labels[row]);
    bin.right += right;
    answers.push({ confidence, right });
    logarithms += Math.log(Math.max(scores[start + labels[row]!]!, 2 ** -149));
  }
  const images = labels.length;
  const sum = (value: (bin: (typeof counted)[number]) => number) =>
    counted.reduce((total, bin) => total + value(bin), 0);
  return {
    accuracy: sum(({ right }) => right) / images,
    confidence: sum(({ confidence }) => confidence) / images,
    expectedCalibrationError: sum(({ confidence, right }) => Math.abs(confidence - right)) / images,
    adaptiveCalibrationError: adaptiveError(answers, bins),
    negativeLogLikelihood: -logarithms / images,
    bins: counted.map((bin, index) => ({
      from: index / bins,
      to: (index + 1) / bins,
      images: bin.images,
      confidence: bin.confidence / bin.images,
      accuracy: bin.right / bin.images,
    })),
  };
}

/** Nixon et al., "Measuring calibration in deep learning", 2019: the bins' borders are quantiles of the confidence. */
function adaptiveError(
  answers: readonly { readonly confidence: number; readonly right: number }[],
  bins: number,
): number {
  const sorted = [...answers].sort((a, b) => a.confidence - b.confidence);
  let error = 0;
  for (let bin = 0; bin < bins; bin++) {
    const some = sorted.slice(
      Math.floor((bin * sorted.length) / bins),
      Math.floor(((bin + 1) * sorted.length) / bins),
    );
    error += Math.abs(some.reduce((sum, { confidence, right }) => sum + confidence - right, 0));
  }
  return error / sorted.length;
}
