import type { Random } from '@sdnet/autograd';
import type { Batch } from './batches.js';

/**
 * Mixup (Zhang, Cissé, Dauphin, Lopez-Paz: "mixup: Beyond Empirical Risk Minimization", 2018): each image of a batch
 * becomes λ of itself and 1 − λ of another one, and its target so much of both targets. λ is drawn for each image from
 * Beta(α, α); the other image is the one at the same place from the batch's end, in an order drawn already.
 *
 * @param alpha α from 0.05, where almost nothing is mixed, to 1, where every λ is as likely
 * @returns a new batch, whose `indices` are those of the images that were mixed into
 */
export function mixup(
  { images, targets, indices }: Batch,
  { alpha }: { readonly alpha: number },
  random: Random,
): Batch {
  const count = indices.length;
  const shares = Float64Array.from(indices, () => symmetricBeta(alpha, random));
  const mixed = (rows: Float32Array) => {
    const length = rows.length / count;
    return rows.map((value, index) => {
      const row = Math.floor(index / length);
      const other = rows[(count - 1 - row) * length + (index % length)]!;
      return shares[row]! * value + (1 - shares[row]!) * other;
    });
  };
  return { images: mixed(images), targets: mixed(targets), indices };
}

/** A number of Beta(α, α), α in (0, 1] (Jöhnk: "Erzeugung von betaverteilten und gammaverteilten Zufallszahlen", 1964). */
export function symmetricBeta(alpha: number, random: Random): number {
  for (;;) {
    const x = random.uniform() ** (1 / alpha);
    const y = random.uniform() ** (1 / alpha);
    if (x + y <= 1 && x + y > 0) return x / (x + y);
  }
}
