import { describe, expect, it } from 'vitest';
import { planeChannel, resizeBilinear } from '../src/preprocess.js';
import { meanOfBlocks, shrinkChannel } from '../src/shrink.js';

/** A plane whose levels grow evenly: any right interpolation or mean has the level of its middle. */
const ramp = (width: number, height: number) =>
  Float32Array.from({ length: width * height }, (_, at) => 3 * (at % width) + 5 * Math.floor(at / width));

describe('shrinkChannel', () => {
  it.each([
    [40, 30, 37, 28],
    [40, 30, 17, 13],
    [41, 31, 10, 7],
    [97, 64, 8, 6],
    [20, 16, 45, 36],
  ])(
    'has of a ramp of %i×%i pixels the levels at the middles of %i×%i',
    (width, height, newWidth, newHeight) => {
      const resized = shrinkChannel(planeChannel(ramp(width, height), width, height), newWidth, newHeight);
      expect(resized).toHaveLength(newWidth * newHeight);
      // The outermost ones are clamped, by half a block.
      for (let y = 1; y < newHeight - 1; y++)
        for (let x = 1; x < newWidth - 1; x++) {
          const middle = {
            x: ((x + 0.5) * width) / newWidth - 0.5,
            y: ((y + 0.5) * height) / newHeight - 0.5,
          };
          expect(resized[y * newWidth + x]).toBeCloseTo(3 * middle.x + 5 * middle.y, 3);
        }
    },
  );

  it('enlarges as resizeBilinear does, and leaves a plane of the same size as it is', () => {
    const plane = Uint8Array.from({ length: 12 * 9 }, (_, index) => (index * index * 7) % 251);
    const enlarged = shrinkChannel(planeChannel(plane, 12, 9), 29, 20);
    const expected = resizeBilinear(plane, 12, 9, 29, 20);
    for (const [index, level] of enlarged.entries()) expect(level).toBeCloseTo(expected[index]!, 3);
    expect(shrinkChannel(planeChannel(plane, 12, 9), 12, 9)).toEqual(Float32Array.from(plane));
  });

  it('loses nothing of the mean of noise when it halves exactly', () => {
    const plane = Uint8Array.from({ length: 64 * 48 }, (_, index) => (index * index * 7) % 251);
    const mean = (values: ArrayLike<number>) =>
      Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(shrinkChannel(planeChannel(plane, 64, 48), 16, 12))).toBeCloseTo(mean(plane), 3);
  });

  it('reads one channel of several', () => {
    const green = Uint8Array.from({ length: 30 * 20 }, (_, index) => (index * index) % 251);
    const pixels = new Uint8Array(3 * green.length);
    for (const [index, level] of green.entries()) pixels[3 * index + 1] = level;
    expect(shrinkChannel({ values: pixels, width: 30, height: 20, step: 3, offset: 1 }, 7, 5)).toEqual(
      shrinkChannel(planeChannel(green, 30, 20), 7, 5),
    );
  });

  it('is one pixel where no more is left', () => {
    expect([...shrinkChannel(planeChannel(Uint8Array.of(10, 20, 30, 40), 2, 2), 1, 1)]).toEqual([25]);
    expect([...shrinkChannel(planeChannel(Uint8Array.of(7), 1, 1), 2, 1)]).toEqual([7, 7]);
  });
});

describe('meanOfBlocks', () => {
  it('takes whole blocks, and leaves out what fills none', () => {
    const plane = Uint8Array.of(1, 2, 3, 4, 99, 5, 6, 7, 8, 99, 99, 99, 99, 99, 99);
    expect([...meanOfBlocks(planeChannel(plane, 5, 3), 2)]).toEqual([3.5, 5.5]);
  });
});
