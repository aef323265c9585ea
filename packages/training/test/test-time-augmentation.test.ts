import { describe, expect, it } from 'vitest';
import { type Dataset, evaluationBatches, meanScores, viewsOf } from '../src/index.js';

/** An 8×8 image of the levels 0 to 63, row after row: as large as a network of size 7 enlarges it to. */
const dataset: Dataset = {
  name: 'one image',
  classNames: ['a', 'b'],
  width: 8,
  height: 8,
  channels: 1,
  pixels: Uint8Array.from({ length: 64 }, (_, index) => index),
  samples: [{ source: 'image', label: 0 }],
};

/** Mean 0 and such a deviation that grey levels stay what they are. */
const options = { batch: 1, size: 7, channels: 1, mean: 0, deviation: 1 } as const;
const levelsOf = (view: (typeof viewsOf)['all'][number]) => {
  const [batch] = evaluationBatches(dataset, [0], { ...options, view });
  return Array.from(batch!.images, (value) => Math.round(255 * value));
};
const rows = (first: number, step: 1 | -1) =>
  Array.from({ length: 7 }, (_, row) =>
    Array.from({ length: 7 }, (__, x) => first + 8 * row + step * x),
  ).flat();

describe('ten-crop', () => {
  it('takes the corners and the centre of an image of 8×8, and their mirror images', () => {
    // Of the levels 8 y + x, as they are written out: a crop begins at 0, 1, 8 or 9; the centre, half a pixel in, at 0.
    expect(viewsOf['ten-crop'].map(levelsOf)).toEqual([
      rows(0, 1),
      rows(1, 1),
      rows(8, 1),
      rows(9, 1),
      rows(0, 1),
      rows(6, -1),
      rows(7, -1),
      rows(14, -1),
      rows(15, -1),
      rows(6, -1),
    ]);
  });

  it('is with flip the twelve views of all', () => {
    expect(viewsOf.all).toEqual([...viewsOf.flip, ...viewsOf['ten-crop']]);
    expect(viewsOf.none).toEqual([{ mirrored: false }]);
    expect(viewsOf.flip).toEqual([{ mirrored: false }, { mirrored: true }]);
  });
});

it('meanScores is the mean, element by element', () => {
  const scores = [
    [0.5, 0.5],
    [0.25, 0.75],
    [0, 1],
  ].map((row) => Float32Array.from(row));
  expect([...meanScores(scores)]).toEqual([0.25, 0.75]);
});
