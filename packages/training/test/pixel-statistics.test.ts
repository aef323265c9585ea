import { expect, it } from 'vitest';
import type { Dataset } from '../src/dataset.js';
import { pixelStatistics } from '../src/pixel-statistics.js';

const dataset = (channels: 1 | 3, pixels: number[]): Dataset => ({
  name: 'drawn',
  classNames: ['a'],
  width: 2,
  height: 1,
  channels,
  pixels: Uint8Array.from(pixels),
  samples: [],
});

it('takes mean and deviation of the chosen images alone', () => {
  const { mean, deviation } = pixelStatistics(dataset(1, [0, 255, 9, 9, 51, 102]), [0, 2]);
  // 0, 1, 0.2, 0.4
  expect(mean).toBeCloseTo(0.4, 12);
  expect(deviation).toBeCloseTo(Math.sqrt((0.16 + 0.36 + 0.04 + 0) / 4), 12);
});

it('sees a colour image as the network does', () => {
  const colour = dataset(3, [255, 0, 0, 0, 0, 255]);
  expect(pixelStatistics(colour, [0]).mean).toBeCloseTo(1 / 3, 12);
  // ITU-R 601 luma of red and blue: 76 and 29.
  expect(pixelStatistics(colour, [0], 1).mean).toBeCloseTo((76 + 29) / 2 / 255, 12);
});

it('rejects nothing and a blank', () => {
  expect(() => pixelStatistics(dataset(1, [1, 2]), [])).toThrow('no images');
  expect(() => pixelStatistics(dataset(1, [7, 7]), [0])).toThrow('every pixel');
});
