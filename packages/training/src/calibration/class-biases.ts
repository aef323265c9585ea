import { requireRows } from './require-rows.js';

/** What biases of the classes were fitted to. */
export interface ClassBiasesFit {
  /** To be added to the logits, one of each class; their mean is 0. */
  readonly biases: Float64Array;
  /** Mean negative log-likelihood of the labels in nats, as it was and with the biases. */
  readonly before: number;
  readonly after: number;
}

/** Rounds after which the mean scores are the classes' shares to 1e-9. */
const rounds = 2000;

/**
 * The biases of the classes with which the soft-max's mean negative log-likelihood of the labels is least. With them the
 * mean score of each class is its share of the images: class weights, balanced batches and teachers who learned by such
 * make small classes' scores too high (Alexandari et al.: "Maximum likelihood with bias-corrected calibration is
 * hard-to-beat at label shift adaptation", 2020; their method without the temperature).
 *
 * By generalised iterative scaling (Darroch and Ratcliff, 1972): each bias is raised by the logarithm of how much the
 * mean score falls short of the share, until it no longer does.
 *
 * @param logits N×classes, row after row; the logarithms of scores do as well (`logitsOf`)
 * @param labels the true class of each row
 * @throws Error where rows and labels do not fit, a number is none, or a class has no image
 */
export function fitClassBiases(
  logits: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
): ClassBiasesFit {
  requireRows(logits, labels, classes);
  const shares = new Float64Array(classes);
  for (let row = 0; row < labels.length; row++) shares[labels[row]!]! += 1 / labels.length;
  if (shares.includes(0))
    throw new Error(`Class ${shares.indexOf(0)} has no image, so that its bias would have no bound.`);
  let biases = new Float64Array(classes);
  const before = withBiases(logits, labels, biases).likelihood;
  for (let round = 0; round < rounds; round++) {
    const { meanScores } = withBiases(logits, labels, biases);
    const steps = shares.map((share, index) => Math.log(share / meanScores[index]!));
    biases = biases.map((bias, index) => bias + steps[index]!);
    if (steps.every((step) => Math.abs(step) < 1e-9)) break;
  }
  const mean = biases.reduce((sum, bias) => sum + bias, 0) / classes;
  return {
    biases: biases.map((bias) => bias - mean),
    before,
    after: withBiases(logits, labels, biases).likelihood,
  };
}

/** Mean score of each class, and mean negative log-likelihood of the labels, of logits with biases. */
function withBiases(
  logits: ArrayLike<number>,
  labels: ArrayLike<number>,
  biases: Float64Array,
): { meanScores: Float64Array; likelihood: number } {
  const classes = biases.length;
  const meanScores = new Float64Array(classes);
  const powers = new Float64Array(classes);
  let likelihood = 0;
  for (let row = 0; row < labels.length; row++) {
    const start = row * classes;
    let largest = -Infinity;
    for (let index = 0; index < classes; index++)
      largest = Math.max(largest, logits[start + index]! + biases[index]!);
    let total = 0;
    for (let index = 0; index < classes; index++)
      total += powers[index] = Math.exp(logits[start + index]! + biases[index]! - largest);
    for (let index = 0; index < classes; index++)
      meanScores[index]! += powers[index]! / total / labels.length;
    likelihood -= Math.log(powers[labels[row]!]! / total) / labels.length;
  }
  return { meanScores, likelihood };
}
