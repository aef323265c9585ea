import { bootstrapInterval, type Interval } from '@sdnet/training';
import { rightOf, type RunEvaluation } from './run-evaluation.js';

/** What the runs of one network with several seeds say together: means, in [0, 1]. */
export interface OverSeeds {
  readonly seeds: readonly number[];
  /** Names of the runs, as of their files in `evaluations/`. */
  readonly runs: readonly string[];
  readonly accuracy: number;
  /** 95 %, by bootstrap over the images; the networks are as they are. */
  readonly interval: Interval;
  /** Of the accuracies of two or more seeds, sample standard deviation; null for one. */
  readonly deviation: number | null;
  readonly balancedAccuracy: number;
  readonly macroF1: number;
}

/** @param evaluations one or more, by the same images */
export function overSeeds(evaluations: readonly RunEvaluation[]): OverSeeds {
  const right = evaluations.map(rightOf);
  // In how many of the runs each image was recognised.
  const counts = right[0]!.map((_, image) => right.filter((run) => run[image]).length);
  const resampled = (indices: Uint32Array) =>
    indices.reduce((sum, index) => sum + counts[index]!, 0) / (indices.length * evaluations.length);
  const { mean, deviation } = meanAndDeviation(evaluations.map(({ accuracy }) => accuracy));
  return {
    seeds: evaluations.map(({ seed }) => seed),
    runs: evaluations.map(({ run }) => run),
    accuracy: mean,
    interval: bootstrapInterval(counts.length, resampled),
    deviation,
    balancedAccuracy: meanOf(evaluations.map(({ balancedAccuracy }) => balancedAccuracy)),
    macroF1: meanOf(evaluations.map(({ macroF1 }) => macroF1)),
  };
}

/** The mean of one or more values. */
export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The mean of one or more values, and their sample standard deviation: null for one. */
export function meanAndDeviation(values: readonly number[]): { mean: number; deviation: number | null } {
  const mean = meanOf(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : null };
}
