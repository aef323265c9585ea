/**
 * Learning rates over a training run. A schedule gives the rate of a step, counted from 0 and as a fraction of an
 * epoch: progress 2.5 is half way through the third epoch.
 */
export type Schedule = (progress: number) => number;

export const constant =
  (learningRate: number): Schedule =>
  () =>
    learningRate;

/** Multiplied by `factor` after every `every` epochs. */
export const stepDecay =
  (learningRate: number, { every, factor }: { every: number; factor: number }): Schedule =>
  (progress) =>
    learningRate * factor ** Math.floor(progress / every);

/** Up from 0 in a straight line over `warmup` epochs, then down half a cosine to `final` (default 0) at `epochs`. */
export const cosine =
  (
    learningRate: number,
    { epochs, warmup = 0, final = 0 }: { epochs: number; warmup?: number; final?: number },
  ): Schedule =>
  (progress) => {
    if (progress < warmup) return (learningRate * progress) / warmup;
    const done = epochs > warmup ? Math.min(1, (progress - warmup) / (epochs - warmup)) : 1;
    return final + ((learningRate - final) * (1 + Math.cos(Math.PI * done))) / 2;
  };

/**
 * Multiplied by `factor` whenever the metric, higher being better, has not risen above its best for more than
 * `patience` epochs in a row.
 *
 * @param history the metric after each epoch so far
 */
export function reduceOnPlateau(
  learningRate: number,
  history: readonly number[],
  { factor, patience }: { factor: number; patience: number },
): number {
  let best = Number.NEGATIVE_INFINITY;
  let waited = 0;
  let rate = learningRate;
  for (const metric of history) {
    if (metric > best) {
      best = metric;
      waited = 0;
    } else if (++waited > patience) {
      rate *= factor;
      waited = 0;
    }
  }
  return rate;
}
