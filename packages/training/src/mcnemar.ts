/** Of the samples that one of two classifiers got right and the other wrong. */
export interface McNemar {
  /** Right by the first alone. */
  readonly onlyFirst: number;
  /** Right by the second alone. */
  readonly onlySecond: number;
  /** Two-sided probability of a difference at least as large, were both equally good. */
  readonly p: number;
}

/**
 * McNemar's test (1947) of two classifiers on the same samples, in its exact form: under equality each sample that only
 * one got right is a fair coin, so that the smaller count has a binomial distribution.
 *
 * @param first whether the first classifier got each sample right
 * @param second the same of the second
 */
export function mcnemar(first: readonly boolean[], second: readonly boolean[]): McNemar {
  if (first.length !== second.length)
    throw new Error(`McNemar's test compares ${first.length} samples with ${second.length}.`);
  const onlyFirst = first.filter((right, index) => right && !second[index]).length;
  const onlySecond = second.filter((right, index) => right && !first[index]).length;
  return { onlyFirst, onlySecond, p: exactP(Math.min(onlyFirst, onlySecond), onlyFirst + onlySecond) };
}

/** 2 · P(X ≤ k) of n fair coins, at most 1. */
function exactP(k: number, n: number): number {
  // log C(n, i) − n log 2, from one to the next.
  let logTerm = -n * Math.LN2;
  let sum = 0;
  for (let i = 0; i <= k; i++) {
    sum += Math.exp(logTerm);
    logTerm += Math.log((n - i) / (i + 1));
  }
  return Math.min(1, 2 * sum);
}
