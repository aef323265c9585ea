import { random } from '@sdnet/autograd';
import { describe, expect, it } from 'vitest';
import { mixup, symmetricBeta } from '../src/mixup.js';

describe('mixup', () => {
  const batch = {
    images: Float32Array.of(0, 0, 10, 20, 40, 80),
    targets: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1),
    indices: [7, 3, 5],
  };

  it('mixes image and target with those opposite in the batch by the same share', () => {
    const { images, targets, indices } = mixup(batch, { alpha: 1 }, random(4));
    const [first, last] = [targets[0]!, targets[8]!];
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(1);
    expect(first).not.toBeCloseTo(last, 3);
    const close = (found: Float32Array, expected: number[]) => {
      for (const [index, value] of found.entries()) expect(value).toBeCloseTo(expected[index]!, 4);
    };
    // The one in the middle is mixed with itself.
    close(targets, [first, 0, 1 - first, 0, 1, 0, 1 - last, 0, last]);
    close(images, [40 * (1 - first), 80 * (1 - first), 10, 20, 40 * last, 80 * last]);
    expect(indices).toEqual(batch.indices);
    expect(batch.images[0]).toBe(0);
  });

  it.each([0.05, 0.2, 0.5, 1])('draws shares of Beta(α, α) for α = %d', (alpha) => {
    const source = random(1);
    const count = 20_000;
    const drawn = Float64Array.from({ length: count }, () => symmetricBeta(alpha, source));
    const mean = drawn.reduce((sum, value) => sum + value) / count;
    const variance = drawn.reduce((sum, value) => sum + (value - 0.5) ** 2, 0) / count;
    // Closed form: mean 1/2, variance 1 / (4 (2α + 1)), by which chance alone makes a standard error of the mean.
    const expected = 1 / (4 * (2 * alpha + 1));
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt(expected / count));
    expect(Math.abs(variance / expected - 1)).toBeLessThan(0.03);
    // For α = 1/2 the arcsine law: a third of the values is below sin²(π/6) = 1/4.
    if (alpha === 0.5) expect(drawn.filter((value) => value < 0.25).length / count).toBeCloseTo(1 / 3, 1.5);
  });
});
