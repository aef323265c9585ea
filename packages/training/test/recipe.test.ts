import { describe, expect, it } from 'vitest';
import { learningRateAt, recipeNamed } from '../src/index.js';

describe('learningRateAt', () => {
  const recipe = {
    ...recipeNamed('paper'),
    learningRate: 1,
    schedule: { name: 'plateau', factor: 0.5, patience: 0 },
  } as const;
  const rateAfter = (...history: readonly (readonly [size: number, accuracy: number])[]) =>
    learningRateAt(
      recipe,
      history.length,
      history.map(([size, validationAccuracy]) => ({ size, validationAccuracy })),
    );

  it('keeps what a plateau has reduced when the images become larger, and begins a new best there', () => {
    expect(rateAfter([48, 0.5], [48, 0.4], [48, 0.4])).toBe(0.25);
    expect(rateAfter([48, 0.5], [48, 0.4], [48, 0.4], [68, 0.3])).toBe(0.25);
    expect(rateAfter([48, 0.5], [48, 0.4], [48, 0.4], [68, 0.3], [68, 0.3])).toBe(0.125);
  });
});
