import { random } from '@sdnet/autograd';
import { resizeBilinear } from 'sdnet';

/** A picture of 64×64 pixels from which crops are taken: as in photographs, the finer the detail, the weaker. */
export function picture(seed: number, detail = { seed, strength: 1 }): Float32Array {
  const sum = new Float32Array(64 * 64).fill(128);
  for (const cells of [2, 4, 8, 16, 32]) {
    const isDetail = cells >= 8;
    const source = random(isDetail ? detail.seed : seed, cells);
    const strength = (isDetail ? detail.strength : 1) * (400 / cells);
    const noise = Float32Array.from({ length: cells * cells }, () => (source.uniform() - 0.5) * strength);
    for (const [index, value] of resizeBilinear(noise, cells, cells, 64, 64).entries()) sum[index]! += value;
  }
  return sum;
}
