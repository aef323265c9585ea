import { add, log, relu, scale, shift, softmax, type Value } from '@sdnet/autograd';

/**
 * What makes a network's scores mean what they say: a score of 0.8 is right in four of five images. Fitted on validation
 * images. The order of the classes stays as it is.
 */
export interface Calibration {
  /**
   * ε of the label smoothing that is taken back. A network that was taught 1 − ε + ε/K for the right one of K classes, and
   * ε/K for each other one, gives that where it is sure; absent: 0.
   */
  readonly smoothing?: number;
  /** What is left is raised to the power of 1/temperature (Guo et al., 2017); absent: 1. */
  readonly temperature?: number;
}

/** Which calibrations there are. */
export const calibrationLimits = {
  smoothing: { least: 0, most: 0.5 },
  temperature: { least: 0.01, most: 100 },
} as const;

/**
 * Where taking smoothing back would leave less of a score p than this part of it, this part stays: p − ε/K is negative
 * for scores below ε/K, which are no less in order than others.
 */
const least = 0.05;

/**
 * A network's output as calibrated scores [N, K], for a graph: q = max(p − ε/K, p/20) of the soft-max p, then
 * q^(1/T) as parts of their sum.
 */
export function calibratedScores(logits: Value, { smoothing = 0, temperature = 1 }: Calibration): Value {
  const tempered = (x: Value) => softmax(temperature === 1 ? x : scale(x, 1 / temperature));
  if (smoothing === 0) return tempered(logits);
  const p = softmax(logits);
  const classes = logits.shape[1] as number;
  // max(a, b) = b + max(a − b, 0)
  return tempered(log(add(scale(p, least), relu(shift(scale(p, 1 - least), -smoothing / classes)))));
}

/** The same of one image's logits, or of the logarithms of its scores. */
export function calibrated(
  logits: ArrayLike<number>,
  { smoothing = 0, temperature = 1 }: Calibration,
): Float64Array {
  if (smoothing === 0) return softmaxOf(logits, temperature);
  const q = softmaxOf(logits, 1).map((p) => Math.log(Math.max(p - smoothing / logits.length, least * p)));
  return softmaxOf(q, temperature);
}

function softmaxOf(logits: ArrayLike<number>, temperature: number): Float64Array {
  let largest = -Infinity;
  for (let index = 0; index < logits.length; index++) largest = Math.max(largest, logits[index]!);
  const powers = Float64Array.from(logits, (logit) => Math.exp((logit - largest) / temperature));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
