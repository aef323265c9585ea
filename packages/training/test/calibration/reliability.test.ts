import { describe, expect, it } from 'vitest';
import { reliability } from '../../src/calibration/reliability.js';

describe('reliability', () => {
  it('of an example worked out by hand, in five bins', () => {
    const scores = [
      [0.9, 0.1], // right
      [0.85, 0.15], // wrong
      [0.3, 0.7], // right
      [0.35, 0.65], // right
      [0.6, 0.4], // wrong; 0.6 is the end of the third bin
    ];
    const result = reliability(scores.flat(), [0, 1, 1, 1, 1], 2, 5);
    expect(result.bins.map(({ images }) => images)).toEqual([0, 0, 1, 2, 2]);
    expect(result.bins.map(({ from, to }) => [from, to])).toEqual([
      [0, 0.2],
      [0.2, 0.4],
      [0.4, 0.6],
      [0.6, 0.8],
      [0.8, 1],
    ]);
    expect(result.bins[0]).toMatchObject({ confidence: NaN, accuracy: NaN });
    expect(result.bins[2]).toMatchObject({ confidence: 0.6, accuracy: 0 });
    expect(result.bins[3]).toMatchObject({ confidence: expect.closeTo(0.675, 12), accuracy: 1 });
    expect(result.bins[4]).toMatchObject({ confidence: expect.closeTo(0.875, 12), accuracy: 0.5 });
    // (1·|0.6 − 0| + 2·|0.675 − 1| + 2·|0.875 − 0.5|) / 5
    expect(result.expectedCalibrationError).toBeCloseTo((0.6 + 0.65 + 0.75) / 5, 12);
    // One image each: confidence 0.6 wrong, 0.65 right, 0.7 right, 0.85 wrong, 0.9 right.
    expect(result.adaptiveCalibrationError).toBeCloseTo((0.6 + 0.35 + 0.3 + 0.85 + 0.1) / 5, 12);
    expect(result.accuracy).toBe(3 / 5);
    expect(result.confidence).toBeCloseTo((0.9 + 0.85 + 0.7 + 0.65 + 0.6) / 5, 12);
    expect(result.negativeLogLikelihood).toBeCloseTo(-Math.log(0.9 * 0.15 * 0.7 * 0.65 * 0.4) / 5, 12);
  });

  it('has fifteen bins, and no error where confidence is right as often as it says', () => {
    // 0.8 in ten images, eight of them right.
    const scores = Array.from({ length: 10 }, () => [0.1, 0.8, 0.1]).flat();
    const labels = [1, 1, 1, 1, 1, 1, 1, 1, 0, 2];
    const { bins, expectedCalibrationError } = reliability(scores, labels, 3);
    expect(bins).toHaveLength(15);
    expect(expectedCalibrationError).toBeCloseTo(0, 12);
    expect(bins[11]!.images).toBe(10);
  });

  it('has adaptive bins of equally many images, whatever their confidence', () => {
    const scores = [0.6, 0.9, 0.6, 0.9, 0.6, 0.9].flatMap((score) => [score, 1 - score]);
    const opposite = reliability(scores, [0, 1, 0, 0, 0, 0], 2, 2);
    // 0.6 is right too often, 0.9 not enough: in one bin of equal width that cancels.
    expect(opposite.adaptiveCalibrationError).toBeCloseTo((1.2 + 0.7) / 6, 12);
    expect(opposite.expectedCalibrationError).toBeCloseTo(Math.abs(4.5 - 5) / 6, 12);
  });

  it('takes the ends of the range', () => {
    const { bins, negativeLogLikelihood } = reliability([1, 0, 0, 1], [0, 0], 2, 4);
    expect(bins.map(({ images }) => images)).toEqual([0, 0, 0, 2]);
    expect(Number.isFinite(negativeLogLikelihood)).toBe(true);
  });

  it('refuses logits and what does not fit together', () => {
    expect(() => reliability([3, 1], [0], 2)).toThrow('The highest score of image 1 is 3');
    expect(() => reliability([0.5], [0], 2)).toThrow('1 scores for 1 labels and 2 classes');
  });
});
