import { random } from '@sdnet/autograd';
import { randomStreams } from './random-streams.js';

export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

export interface BootstrapOptions {
  /** Part of the resamples that lie within the interval. Default 0.95. */
  readonly level?: number;
  /** Default 2,000. */
  readonly resamples?: number;
  /** Default 0. */
  readonly seed?: number;
}

/**
 * Confidence interval of a statistic of `samples` independent samples, by the percentiles of its values on resamples
 * drawn with replacement (Efron 1979; Efron & Tibshirani 1993, chapter 13). The same for the same seed.
 *
 * @param statistic of the samples at these indices, of which some occur more than once
 */
export function bootstrapInterval(
  samples: number,
  statistic: (indices: Uint32Array) => number,
  { level = 0.95, resamples = 2000, seed = 0 }: BootstrapOptions = {},
): Interval {
  if (samples < 1) throw new Error('A confidence interval needs at least one sample.');
  if (!(level > 0 && level < 1)) throw new Error(`The level ${level} is not between 0 and 1.`);
  const indices = new Uint32Array(samples);
  const values = Float64Array.from({ length: resamples }, (_, resample) => {
    const source = random(seed, resample, 0, randomStreams.bootstrap);
    for (let index = 0; index < samples; index++) indices[index] = source.integer(samples);
    return statistic(indices);
  }).sort();
  const at = (share: number) =>
    values[Math.min(resamples - 1, Math.max(0, Math.round(share * (resamples + 1)) - 1))]!;
  return { lower: at((1 - level) / 2), upper: at((1 + level) / 2) };
}
