import { random } from '@sdnet/autograd';
import type { Dataset } from '@sdnet/training';
import { resizeBilinear } from 'sdnet';
import { describe, expect, it } from 'vitest';
import { syntheticFaces } from '../../src/datasets/synthetic.js';
import { eachSimilarPair } from '../../src/datasets-check/similar-images.js';

/** Pearson's correlation, straight from its definition. */
function correlation(a: Float32Array, b: Float32Array): number {
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (const [index, value] of a.entries()) {
    ab += (value - meanA) * (b[index]! - meanB);
    aa += (value - meanA) ** 2;
    bb += (b[index]! - meanB) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

const found = (dataset: Dataset, indices: readonly number[], threshold: number) => {
  const pairs = new Map<string, number>();
  eachSimilarPair(dataset, indices, threshold, (first, second, value) => {
    const key = `${Math.min(first, second)} ${Math.max(first, second)}`;
    expect(pairs.has(key)).toBe(false);
    pairs.set(key, value);
  });
  return pairs;
};

describe('eachSimilarPair', () => {
  it('finds just the pairs that correlate so, compared one by one', () => {
    const dataset = syntheticFaces({ samplesPerClass: 25, seed: 3 });
    const indices = Array.from(dataset.samples.keys()).filter((index) => index % 2 === 1);
    const thumbnails = indices.map((index) =>
      resizeBilinear(dataset.pixels.subarray(index * 2304, (index + 1) * 2304), 48, 48, 16, 16),
    );
    for (const threshold of [0.99, 0.9, 0.7, -0.2]) {
      const expected = new Map<string, number>();
      for (const [a, first] of thumbnails.entries()) {
        for (const [b, second] of thumbnails.entries()) {
          const value = correlation(first, second);
          if (a < b && value >= threshold) expected.set(`${a} ${b}`, value);
        }
      }
      expect(expected.size >= 10).toBe(threshold <= 0.9);
      const pairs = found(dataset, indices, threshold);
      expect([...pairs.keys()].sort()).toEqual([...expected.keys()].sort());
      for (const [key, value] of pairs) expect(value).toBeCloseTo(expected.get(key)!, 5);
    }
  });

  it('compares colour images of any shape by their luma, and leaves out those of one grey level', () => {
    const width = 30;
    const height = 10;
    const length = width * height * 3;
    const source = random(1);
    const picture = Uint8Array.from({ length }, () => source.integer(200));
    const brighter = picture.map((level) => level / 2 + 40);
    const other = Uint8Array.from({ length }, () => source.integer(256));
    const plain = new Uint8Array(length).fill(90);
    const images = [picture, plain, other, brighter, plain];
    const dataset: Dataset = {
      name: 'noise',
      classNames: ['a'],
      width,
      height,
      channels: 3,
      pixels: Uint8Array.from(images.flatMap((image) => [...image])),
      samples: images.map((_, index) => ({ source: `${index}`, label: 0 })),
    };
    expect([...found(dataset, [0, 1, 2, 3, 4], 0.95).keys()]).toEqual(['0 3']);
    expect(found(dataset, [], 0.9).size).toBe(0);
  });
});
