import { describe, expect, it } from 'vitest';
import { resizeBilinear } from '../src/preprocess.js';
import { cutSquare, imageToSquare, sampleSquare, type Square, squareToImage } from '../src/sample-square.js';

const degrees = Math.PI / 180;
const square = (x: number, y: number, side: number, angle = 0): Square => ({ centre: { x, y }, side, angle });

/** A plane whose level is linear in the place of a pixel's centre: whatever is symmetric keeps it as it is. */
const ramp = (width: number, height: number, a: number, b: number, c: number) =>
  Float32Array.from(
    { length: width * height },
    (_, index) => a * ((index % width) + 0.5) + b * (Math.floor(index / width) + 0.5) + c,
  );

describe('the coordinates of a square', () => {
  it('start at its upper left corner and turn clockwise', () => {
    const toImage = squareToImage(square(100, 50, 40, 90 * degrees), 20);
    // Turned by 90° clockwise, the upper edge runs downwards, at the right.
    expect(toImage({ x: 0, y: 0 }).x).toBeCloseTo(120);
    expect(toImage({ x: 0, y: 0 }).y).toBeCloseTo(30);
    expect(toImage({ x: 20, y: 0 }).x).toBeCloseTo(120);
    expect(toImage({ x: 20, y: 0 }).y).toBeCloseTo(70);
    expect(toImage({ x: 10, y: 10 })).toEqual({ x: 100, y: 50 });
  });

  it('lead there and back', () => {
    const turned = square(13, -7, 90, 0.7);
    for (const point of [
      { x: 0, y: 0 },
      { x: 68, y: 12 },
      { x: -5, y: 90 },
    ]) {
      const back = imageToSquare(turned, 68)(squareToImage(turned, 68)(point));
      expect(back.x).toBeCloseTo(point.x, 9);
      expect(back.y).toBeCloseTo(point.y, 9);
    }
  });
});

describe('sampleSquare', () => {
  const plane = Uint8Array.from({ length: 60 * 60 }, (_, index) => (index * index) % 253);
  const sample = (where: Square, size: number, outside: number | 'edge' = 'edge') =>
    sampleSquare([plane], 60, 60, where, size, outside)[0]!;

  it.each([15, 24, 60, 90])(
    'is resizeBilinear where it is upright and the whole plane, to %i pixels',
    (size) => {
      const sampled = sample(square(30, 30, 60), size);
      const resized = resizeBilinear(plane, 60, 60, size, size);
      // At the border a reduction weighs what is repeated there, where the resize leaves it out.
      const border = size < 60 ? 1 : 0;
      for (let y = border; y < size - border; y++)
        for (let x = border; x < size - border; x++)
          expect(sampled[y * size + x]).toBeCloseTo(resized[y * size + x]!, 3);
    },
  );

  it('moves pixels where a square is turned by a quarter', () => {
    const turned = sample(square(30, 30, 60, 90 * degrees), 60);
    // (x, y) of the square lies at (59 − y, x) of the plane.
    for (let y = 0; y < 60; y++)
      for (let x = 0; x < 60; x++) expect(turned[y * 60 + x]).toBeCloseTo(plane[x * 60 + 59 - y]!, 3);
  });

  it.each([
    [30, 40],
    [-17, 12],
    [45, 90],
    [5, 30],
  ])('keeps a linear plane linear, turned by %i°, as %i pixels', (angle, size) => {
    const where = square(51.3, 47.9, 40, angle * degrees);
    const [sampled] = sampleSquare([ramp(100, 100, 1.5, 0.5, 3)], 100, 100, where, size, 'edge');
    const toImage = squareToImage(where, size);
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) {
        const point = toImage({ x: x + 0.5, y: y + 0.5 });
        const expected = 1.5 * point.x + 0.5 * point.y + 3;
        // A turned triangle's weights on the pixels are not quite symmetric.
        expect(Math.abs(sampled![y * size + x]! - expected)).toBeLessThan(size < 40 ? 0.25 : 1e-3);
      }
  });

  it('averages stripes instead of aliasing, turned too', () => {
    const stripes = Uint8Array.from({ length: 200 * 200 }, (_, index) => (index % 2) * 200);
    for (const angle of [0, 20, 45])
      for (const level of sampleSquare(
        [stripes],
        200,
        200,
        square(100, 100, 120, angle * degrees),
        15,
        0,
      )[0]!)
        expect(Math.abs(level - 100)).toBeLessThan(2);
  });

  it('repeats the border, or has a level there', () => {
    const white = new Uint8Array(16).fill(200);
    const corner = square(0, 0, 4);
    expect([...sampleSquare([white], 4, 4, corner, 4, 'edge')[0]!]).toEqual(Array(16).fill(200));
    const filled = sampleSquare([white], 4, 4, corner, 4, 7)[0]!;
    expect([filled[0], filled[3], filled[15]]).toEqual([7, 7, 200]);
  });

  it('samples each plane, and equal ones once', () => {
    const other = plane.map((level) => 255 - level);
    const [first, second, third] = sampleSquare(
      [plane, other, plane],
      60,
      60,
      square(30, 30, 20, 0.3),
      16,
      0,
    );
    expect(third).toBe(first);
    for (const [index, level] of first!.entries()) expect(level + second![index]!).toBeCloseTo(255, 3);
  });
});

describe('cutSquare', () => {
  const width = 700;
  const height = 600;
  const levels = ramp(width, height, 0.2, 0.1, 5);
  const image = { width, height, channels: 1 as const, pixels: Uint8Array.from(levels, Math.round) };

  it.each([
    [350, 300, 30],
    [350, 300, 300],
    [350, 300, 500],
    [20, 590, 300],
    [-40, 100, 90],
  ])('is what the whole image gives, around (%i, %i), %i pixels wide', (x, y, side) => {
    for (const angle of [0, 0.4]) {
      const where = square(x, y, side, angle);
      const cut = cutSquare(image, 1, where, 24, 'edge')[0]!;
      const toImage = squareToImage(where, 24);
      // Where pixels are repeated, a mean is not the level of its middle.
      const blur = (2 * side) / 24;
      for (const [index, level] of cut.entries()) {
        const point = toImage({ x: (index % 24) + 0.5, y: Math.floor(index / 24) + 0.5 });
        const inside = point.x > blur && point.y > blur && point.x < width - blur && point.y < height - blur;
        if (inside) expect(Math.abs(level - (0.2 * point.x + 0.1 * point.y + 5))).toBeLessThan(0.6);
      }
    }
  });

  it('gives red, green and blue, laid over white', () => {
    const rgba = new Uint8Array(4 * 100).map((_, index) => [10, 20, 30, 51][index % 4]!);
    const planes = cutSquare(
      { width: 10, height: 10, channels: 4, pixels: rgba },
      3,
      square(5, 5, 6, 0.2),
      8,
      'edge',
    );
    expect(planes.map((plane) => plane[20])).toEqual([206, 208, 210]);
  });

  it('refuses pixels that do not fill the image', () => {
    expect(() => cutSquare({ ...image, width: 701 }, 1, square(5, 5, 6), 8, 0)).toThrow(
      '701×600 pixels with 1 channel(s) needs 420600 values',
    );
  });
});
