import { calibrationLimits, UserError } from 'sdnet';
import { requireRows } from './require-rows.js';

/** Least and most temperature that is looked for; weights can hold no other. */
const { temperature: temperatures } = calibrationLimits;

/** What a temperature was fitted to. */
export interface TemperatureFit {
  /** The network's logits are to be divided by it before the soft-max; above 1: it was too sure of itself. */
  readonly temperature: number;
  /** Mean negative log-likelihood of the labels in nats, as it was and with the temperature. */
  readonly before: number;
  readonly after: number;
}

/**
 * Temperature scaling (Guo et al., "On calibration of modern neural networks", 2017): the one number T that the logits
 * are divided by so that the soft-max's mean negative log-likelihood of the labels is least. Which class comes first
 * does not change, how sure the network is does.
 *
 * The likelihood is convex in 1/T. Its minimum is where the derivative, Σ softmax(z/T)·z − z_label in the mean, is 0: by
 * Newton's steps, kept within a bracket that is halved where a step would leave it.
 *
 * @param logits N×classes, row after row; the logarithms of scores do as well (`logitsOf`)
 * @param labels the true class of each row
 * @throws UserError where no temperature from 0.01 to 100 is best: every row is right, or the logits say nothing of the
 * labels. Error where rows and labels do not fit, or a number is none
 */
export function fitTemperature(
  logits: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
): TemperatureFit {
  requireRows(logits, labels, classes);
  let [low, high] = [1 / temperatures.most, 1 / temperatures.least];
  const derivatives = (inverse: number) => likelihood(logits, labels, classes, inverse);
  if (derivatives(high).slope < 0)
    throw new UserError(
      `The highest score is right in every one of the ${labels.length} image(s), or nearly: no temperature can be fitted ` +
        'to them. Fit it on images that the network was not trained on.',
    );
  if (derivatives(low).slope > 0)
    throw new UserError(
      `The scores say nothing of the labels of the ${labels.length} image(s): no temperature can be fitted to them. ` +
        'Are these the right labels, in the order of the classes of the weights?',
    );
  let inverse = 1;
  // Halving alone needs 60 rounds, Newton's steps a handful.
  for (let round = 0; round < 100; round++) {
    const { slope, curvature } = derivatives(inverse);
    if (slope > 0) high = inverse;
    else low = inverse;
    const newton = inverse - slope / curvature;
    const next = newton >= low && newton <= high ? newton : (low + high) / 2;
    const isThere = Math.abs(next - inverse) <= 1e-12 * inverse;
    inverse = next;
    if (isThere) break;
  }
  return {
    temperature: 1 / inverse,
    before: derivatives(1).value,
    after: derivatives(inverse).value,
  };
}

/** Mean negative log-likelihood of the labels with logits times `inverse`, and its first two derivatives by that. */
function likelihood(
  logits: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
  inverse: number,
): { value: number; slope: number; curvature: number } {
  let [value, slope, curvature] = [0, 0, 0];
  for (let row = 0; row < labels.length; row++) {
    const start = row * classes;
    let largest = -Infinity;
    for (let index = start; index < start + classes; index++) largest = Math.max(largest, logits[index]!);
    // Moments of the logits, less the largest, under the soft-max.
    let [total, mean, square] = [0, 0, 0];
    for (let index = start; index < start + classes; index++) {
      const logit = logits[index]! - largest;
      const weight = Math.exp(inverse * logit);
      total += weight;
      mean += weight * logit;
      square += weight * logit * logit;
    }
    mean /= total;
    const label = logits[start + labels[row]!]! - largest;
    value += Math.log(total) - inverse * label;
    slope += mean - label;
    curvature += square / total - mean * mean;
  }
  return { value: value / labels.length, slope: slope / labels.length, curvature: curvature / labels.length };
}

/** The logarithms of scores: logits that give these scores. A score of 0 counts as the least above 0. */
export const logitsOf = (scores: Float32Array): Float64Array =>
  Float64Array.from(scores, (score) => Math.log(Math.max(score, 2 ** -149)));
