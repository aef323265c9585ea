/**
 * The paper's adaptive class weights (section 2.2, eq. 1–3): a class with few samples counts for more.
 * `counts` is S: the number of training samples of each class.
 */

/**
 * The weight strength factor ∂ of eq. 1: how far the classes below the average size fall short of it, as a
 * mean over those classes, in [0, 1). 0 where no class is below the average.
 *
 * Throws where `counts` is empty or a class has no samples.
 */
export function weightStrengthFactor(counts: readonly number[]): number {
  checkCounts(counts);
  const average = sum(counts) / counts.length;
  const small = counts.filter((count) => count < average);
  const m = small.length;
  return m === 0 ? 0 : (1 / m) * sum(small.map((count) => (average - count) / average));
}

/**
 * The weight of each class: W_i = log(∂ · ΣS / S_i), natural logarithm (eq. 2), and never below 1 (eq. 3).
 * Classes of equal size all weigh 1.
 *
 * Throws where `counts` is empty or a class has no samples.
 */
export function classWeights(counts: readonly number[]): number[] {
  const factor = weightStrengthFactor(counts);
  const total = sum(counts);
  return counts.map((count) => Math.max(1, Math.log((factor * total) / count)));
}

function checkCounts(counts: readonly number[]): void {
  if (counts.length === 0) throw new Error('Class weights need the sample count of at least one class.');
  for (const [index, count] of counts.entries()) {
    if (!(Number.isInteger(count) && count > 0)) {
      throw new Error(
        `Class ${index} has ${count} training samples: class weights need at least one of every class.`,
      );
    }
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
