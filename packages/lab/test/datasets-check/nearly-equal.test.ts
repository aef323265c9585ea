import { random } from '@sdnet/autograd';
import type { Dataset } from '@sdnet/training';
import { resizeBilinear } from 'sdnet';
import { describe, expect, it } from 'vitest';
import { eachNearlyEqualPair } from '../../src/datasets-check/nearly-equal.js';
import { eachSimilarPair } from '../../src/datasets-check/similar-images.js';

/** A picture of 64×64 pixels from which crops are taken: as in photographs, the finer the detail, the weaker. */
function picture(seed: number, detail = { seed, strength: 1 }): Float32Array {
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

const crop = (image: Float32Array, left: number, top: number, side: number) => {
  const cut = Float32Array.from(
    { length: side * side },
    (_, index) => image[(top + Math.floor(index / side)) * 64 + left + (index % side)]!,
  );
  return Uint8Array.from(resizeBilinear(cut, side, side, 48, 48), (level) =>
    Math.min(255, Math.max(0, level)),
  );
};

const dataset = (...images: readonly Uint8Array[]): Dataset => ({
  name: 'crops',
  classNames: ['a'],
  width: 48,
  height: 48,
  channels: 1,
  pixels: Uint8Array.from(images.flatMap((image) => [...image])),
  samples: images.map((_, index) => ({ source: `${index}`, label: 0 })),
});

function pairs(...images: readonly Uint8Array[]) {
  const found: [number, number, number][] = [];
  eachNearlyEqualPair(dataset(...images), [...images.keys()], (first, second, correlation) =>
    found.push([Math.min(first, second), Math.max(first, second), correlation]),
  );
  return found;
}

describe('eachNearlyEqualPair', () => {
  const original = crop(picture(1), 5, 5, 48);

  it.each([
    ['the same', 5, 5, 48],
    ['moved by two pixels', 7, 5, 48],
    ['moved aslant', 6, 3, 48],
    ['a little larger', 4, 4, 50],
  ])('finds a crop that is %s', (_, left, top, side) => {
    const found = pairs(crop(picture(2), 5, 5, 48), original, crop(picture(1), left, top, side));
    expect(found).toEqual([[1, 2, expect.any(Number)]]);
    expect(found[0]![2]).toBeGreaterThanOrEqual(0.93);
    expect(found[0]![2]).toBeLessThanOrEqual(1 + 1e-6);
  });

  it('does not take a crop from elsewhere for a copy', () => {
    expect(pairs(original, crop(picture(1), 14, 5, 48))).toEqual([]);
  });

  it('does not take images that are alike in the large, but not in detail, for copies', () => {
    const [one, other] = [7, 8].map((seed) => crop(picture(1, { seed, strength: 1.2 }), 5, 5, 48));
    const candidates: number[] = [];
    eachSimilarPair(dataset(one!, other!), [0, 1], 0.9, (_first, _second, value) => candidates.push(value));
    expect(candidates).toHaveLength(1);
    expect(pairs(one!, other!)).toEqual([]);
  });
});
