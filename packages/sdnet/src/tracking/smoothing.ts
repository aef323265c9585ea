/** Scores smoothed over time. */
export interface Smoothed {
  readonly scores: Readonly<Record<string, number>>;
  /** By how much they lag behind, in ms: the mean age of what they are the mean of. */
  readonly lag: number;
}

/** The smoothed scores of a face seen for the first time. */
export const startSmoothing = (scores: Readonly<Record<string, number>>): Smoothed => ({ scores, lag: 0 });

/**
 * Adds new scores to smoothed ones: an exponential window, in which what is t ms old counts e^(−t/window).
 *
 * With α = 1 − e^(−elapsed/window), s ← s + α (x − s). The result is a weighted mean of all scores so far, and its lag is
 * their mean age by the same weights: a ← (1 − α) (a + elapsed). Scores that change steadily are shown exactly that much
 * later. With frames every d ms, the lag tends to d / (e^(d/window) − 1), which is about window − d/2.
 *
 * @param elapsed ms since the last scores; at 0 nothing changes
 * @param window its time constant in ms; 0: no smoothing
 */
export function smooth(
  { scores, lag }: Smoothed,
  next: Readonly<Record<string, number>>,
  elapsed: number,
  window: number,
): Smoothed {
  const share = window === 0 ? 1 : -Math.expm1(-elapsed / window);
  return {
    scores: Object.fromEntries(
      Object.entries(next).map(([name, score]) => {
        const before = scores[name] ?? score;
        return [name, before + share * (score - before)];
      }),
    ),
    lag: (1 - share) * (lag + elapsed),
  };
}
