import { describe, expect, it } from 'vitest';
import { type Plane, planeChannels, resizeBilinear } from '../src/preprocess.js';
import { meanOfBlocks, shrinkChannels } from '../src/shrink.js';

/** A plane whose levels grow evenly: any right interpolation or mean has the level of its middle. */
const ramp = (width: number, height: number) =>
  Float32Array.from({ length: width * height }, (_, at) => 3 * (at % width) + 5 * Math.floor(at / width));

/** A plane at another size. */
const shrink = (plane: Plane, width: number, height: number, newWidth: number, newHeight: number) =>
  shrinkChannels(planeChannels(plane, width, height), newWidth, newHeight)[0]!;

describe('shrinkChannels', () => {
  it.each([
    [40, 30, 37, 28],
    [40, 30, 17, 13],
    [41, 31, 10, 7],
    [97, 64, 8, 6],
    [20, 16, 45, 36],
  ])(
    'has of a ramp of %i×%i pixels the levels at the middles of %i×%i',
    (width, height, newWidth, newHeight) => {
      const resized = shrink(ramp(width, height), width, height, newWidth, newHeight);
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
    const enlarged = shrink(plane, 12, 9, 29, 20);
    const expected = resizeBilinear(plane, 12, 9, 29, 20);
    for (const [index, level] of enlarged.entries()) expect(level).toBeCloseTo(expected[index]!, 3);
    expect(shrink(plane, 12, 9, 12, 9)).toEqual(Float32Array.from(plane));
  });

  it('loses nothing of the mean of noise when it halves exactly', () => {
    const plane = Uint8Array.from({ length: 64 * 48 }, (_, index) => (index * index * 7) % 251);
    const mean = (values: ArrayLike<number>) =>
      Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(shrink(plane, 64, 48, 16, 12))).toBeCloseTo(mean(plane), 3);
  });

  it.each([
    [3, 7, 5],
    [4, 7, 5],
    [3, 22, 16],
    [4, 45, 33],
  ] as const)('reads the colours of pixels of %i values, to %i×%i pixels', (step, newWidth, newHeight) => {
    const colours = [3, 5, 7].map((factor) =>
      Uint8Array.from({ length: 30 * 20 }, (_, index) => (index * index * factor) % 251),
    );
    const pixels = new Uint8Array(step * 600).fill(99);
    for (const [offset, colour] of colours.entries())
      for (const [index, level] of colour.entries()) pixels[step * index + offset] = level;
    const image = { values: pixels, width: 30, height: 20, step, offsets: [0, 1, 2] } as const;
    expect(shrinkChannels(image, newWidth, newHeight)).toEqual(
      colours.map((colour) => shrink(colour, 30, 20, newWidth, newHeight)),
    );
  });

  it('is one pixel where no more is left', () => {
    expect([...shrink(Uint8Array.of(10, 20, 30, 40), 2, 2, 1, 1)]).toEqual([25]);
    expect([...shrink(Uint8Array.of(7), 1, 1, 2, 1)]).toEqual([7, 7]);
  });
});

describe('meanOfBlocks', () => {
  it('takes whole blocks, and leaves out what fills none', () => {
    const plane = Uint8Array.of(1, 2, 3, 4, 99, 5, 6, 7, 8, 99, 99, 99, 99, 99, 99);
    expect([...meanOfBlocks(planeChannels(plane, 5, 3), 2)[0]!]).toEqual([3.5, 5.5]);
  });

  it.each([1, 2, 3, 7, 16, 17])('takes the mean of each colour of %i × %i RGBA pixels', (factor) => {
    const [width, height] = [53, 39];
    const pixels = Uint8ClampedArray.from(
      { length: 4 * width * height },
      (_, at) => (at * 2_654_435_761) >>> 13,
    );
    pixels.fill(255, 0, 4 * width * factor);
    const image = { width, height, step: 4, offsets: [0, 1, 2] } as const;
    const colours = [0, 1, 2].map((offset) =>
      Float32Array.from({ length: width * height }, (_, at) => pixels[4 * at + offset]!),
    );
    const expected = colours.map((colour) => meanOfBlocks(planeChannels(colour, width, height), factor)[0]);
    expect(meanOfBlocks({ ...image, values: pixels }, factor)).toEqual(expected);
    // In memory where four bytes cannot be read as one number.
    const odd = new Uint8Array(new ArrayBuffer(pixels.length + 1), 1);
    odd.set(pixels);
    expect(meanOfBlocks({ ...image, values: odd }, factor)).toEqual(expected);
  });
});
