import { describe, expect, it } from 'vitest';
import { classWeights, weightStrengthFactor } from '../src/losses/class-weights.js';

describe('adaptive class weights', () => {
  it("of FER2013's training split: disgust 2.9386, all others 1", () => {
    const counts = [3995, 436, 4097, 7215, 4830, 3171, 4965];
    expect(weightStrengthFactor(counts)).toBeCloseTo(0.287, 3);
    const weights = classWeights(counts);
    expect(weights[1]).toBeCloseTo(2.9386, 4);
    expect(weights.filter((_, index) => index !== 1)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('follow the equations in a case worked out by hand', () => {
    // Average 40; small classes 10 and 30: ∂ = (30/40 + 10/40) / 2 = 1/2; W = ln(60/10), the others ≤ ln(60/30) < 1.
    expect(weightStrengthFactor([10, 30, 80])).toBeCloseTo(0.5, 12);
    expect(classWeights([10, 30, 80])).toEqual([expect.closeTo(Math.log(6), 12), 1, 1]);
  });

  it('are all 1 where no class is below the average', () => {
    expect(weightStrengthFactor([50, 50, 50])).toBe(0);
    expect(classWeights([50, 50, 50])).toEqual([1, 1, 1]);
    expect(classWeights([9])).toEqual([1]);
  });

  it('need a sample of every class', () => {
    expect(() => classWeights([5, 0, 3])).toThrow('Class 1 has 0 training samples');
    expect(() => classWeights([])).toThrow('at least one class');
  });
});
