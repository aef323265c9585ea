import { describe, expect, it } from 'vitest';
import { agreedEmotions } from '../../src/datasets/ferplus-votes.js';

/**
 * Votes (neutral, happiness, surprise, sadness, anger, disgust, fear, contempt, unknown, NF) and what the authors'
 * published Python code makes of them in its modes "majority" and "crossentropy"; nothing where it leaves the image
 * out. The first six are rows of the published file.
 */
const published: [votes: number[], majority: number[] | undefined, distribution: number[] | undefined][] = [
  [[4, 0, 0, 1, 3, 2, 0, 0, 0, 0], undefined, [4 / 7, 0, 0, 0, 3 / 7, 0, 0, 0]],
  [
    [6, 0, 1, 1, 0, 0, 0, 0, 2, 0],
    [1, 0, 0, 0, 0, 0, 0, 0],
    [1, 0, 0, 0, 0, 0, 0, 0],
  ],
  [[4, 0, 0, 4, 1, 0, 0, 0, 1, 0], undefined, [0.5, 0, 0, 0.5, 0, 0, 0, 0]],
  [[0, 0, 0, 0, 0, 0, 0, 0, 0, 10], undefined, undefined],
  [
    [0, 0, 6, 0, 0, 0, 4, 0, 0, 0],
    [0, 0, 1, 0, 0, 0, 0, 0],
    [0, 0, 0.6, 0, 0, 0, 0.4, 0],
  ],
  [[2, 2, 3, 1, 0, 1, 1, 0, 0, 0], undefined, [2 / 7, 2 / 7, 3 / 7, 0, 0, 0, 0, 0]],
  [
    [2, 0, 0, 8, 0, 0, 0, 0, 0, 0],
    [0, 0, 0, 1, 0, 0, 0, 0],
    [0, 0, 0, 1, 0, 0, 0, 0],
  ],
  [[3, 0, 1, 2, 0, 0, 0, 0, 4, 0], undefined, undefined],
  [
    [5, 0, 1, 0, 0, 0, 0, 0, 4, 0],
    [1, 0, 0, 0, 0, 0, 0, 0],
    [1, 0, 0, 0, 0, 0, 0, 0],
  ],
  [[5, 0, 5, 0, 0, 0, 0, 0, 0, 0], undefined, [0.5, 0, 0.5, 0, 0, 0, 0, 0]],
  [[4, 0, 0, 3, 0, 0, 0, 0, 3, 0], undefined, [4 / 7, 0, 0, 3 / 7, 0, 0, 0, 0]],
  [[3, 3, 0, 2, 0, 0, 0, 0, 2, 0], undefined, [0.375, 0.375, 0, 0.25, 0, 0, 0, 0]],
  [[2, 2, 2, 2, 2, 0, 0, 0, 0, 0], undefined, undefined],
  [[2, 0, 2, 0, 2, 0, 2, 0, 2, 0], undefined, undefined],
  [[1, 0, 0, 2, 0, 0, 0, 0, 2, 2], undefined, undefined],
  [[1, 1, 1, 1, 1, 1, 1, 1, 1, 1], undefined, undefined],
];

describe('agreedEmotions', () => {
  it.each(published)("of %j is what the authors' code says", (votes, majority, distribution) => {
    expect(agreedEmotions(votes, 'majority')).toEqual(majority);
    expect(agreedEmotions(votes, 'distribution')?.map((share) => share.toFixed(12))).toEqual(
      distribution?.map((share) => share.toFixed(12)),
    );
  });
});
