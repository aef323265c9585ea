import type { Dataset } from '@sdnet/training';
import { resizeBilinear } from 'sdnet';
import { describe, expect, it } from 'vitest';
import { eachNearlyEqualPair } from '../../src/datasets-check/nearly-equal.js';
import { eachSimilarPair } from '../../src/datasets-check/similar-images.js';
import { picture } from '../support/draw-picture.js';

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

  it('of a crowd of similar images does not lay every two over each other', () => {
    // All pairs are alike in the large, and none in detail enough to be found without a closer look.
    const count = 200;
    const images = Array.from({ length: count }, (_, seed) =>
      crop(picture(1, { seed, strength: 0.9 }), 5, 5, 48),
    );
    const candidates = new Set<string>();
    eachSimilarPair(dataset(...images), [...images.keys()], 0.9, (first, second, value) => {
      if (value < 0.96) candidates.add(`${Math.min(first, second)} ${Math.max(first, second)}`);
    });
    expect(candidates.size).toBeGreaterThan(64 * count);
    const found = pairs(...images);
    expect(found.length).toBeGreaterThan(0);
    expect(found.length).toBeLessThanOrEqual(64 * count);
  });
});
