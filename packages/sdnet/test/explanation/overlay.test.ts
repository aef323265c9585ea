import { describe, expect, it } from 'vitest';
import { type AffineMap, mapToImage, scaleTo } from '../../src/explanation/map-to-image.js';
import { overlay } from '../../src/explanation/overlay.js';
import { viridis } from '../../src/explanation/viridis.js';
import type { RawImage } from '../../src/preprocess.js';

/** The value at each pixel's centre (x, y) of a map of 8×6 is (x + 10 y) / 100. */
const ramp = {
  width: 8,
  height: 6,
  values: Float32Array.from({ length: 48 }, (_, i) => ((i % 8) + 0.5 + 10 * (Math.floor(i / 8) + 0.5)) / 100),
};

describe('mapToImage', () => {
  it('has at each pixel of the photo the value at its place in the crop', () => {
    // Turned by 30°, twice as large, somewhere in the photo.
    const [cos, sin] = [2 * Math.cos(Math.PI / 6), 2 * Math.sin(Math.PI / 6)];
    const toImage: AffineMap = [cos, -sin, 20, sin, cos, 5];
    const photo = { width: 60, height: 40 };
    const placed = mapToImage(ramp, toImage, photo);
    let covered = 0;
    for (let row = 0; row < placed.height; row++)
      for (let column = 0; column < placed.width; column++) {
        const [dx, dy] = [placed.x + column + 0.5 - 20, placed.y + row + 0.5 - 5];
        const [x, y] = [(cos * dx + sin * dy) / 4, (-sin * dx + cos * dy) / 4];
        const value = placed.values[row * placed.width + column]!;
        if (x < 0 || y < 0 || x > 8 || y > 6) {
          expect(value).toBeNaN();
          continue;
        }
        covered++;
        // Beyond the centres of the outermost pixels the map goes on as it is at its edge.
        const [inX, inY] = [Math.min(Math.max(x, 0.5), 7.5), Math.min(Math.max(y, 0.5), 5.5)];
        expect(value).toBeCloseTo((inX + 10 * inY) / 100, 6);
      }
    // As many pixels as the crop's area has.
    expect(Math.abs(covered - 8 * 6 * 4)).toBeLessThan(12);
    // Its corners (20, 5), (33.9, 13), (14, 15.4) and (27.9, 23.4).
    const { x, y, width, height } = placed;
    expect({ x, y, width, height }).toEqual({ x: 14, y: 5, width: 20, height: 19 });
  });

  it('keeps to the photo where the crop reaches beyond it, and is empty where it lies beside it', () => {
    const photo = { width: 10, height: 10 };
    const placed = mapToImage(ramp, [1, 0, -3, 0, 1, 7], photo);
    expect(placed).toMatchObject({ x: 0, y: 7, width: 5, height: 3 });
    expect(placed.values[0]).toBeCloseTo(ramp.values[3]!, 6);
    expect(mapToImage(ramp, [1, 0, 20, 0, 1, 0], photo).values).toHaveLength(0);
    expect(mapToImage(ramp, [1, 0, -50, 0, 1, 0], photo).values).toHaveLength(0);
  });

  it('stretches over the crop itself', () => {
    const placed = mapToImage(ramp, scaleTo(ramp, { width: 16, height: 6 }), { width: 16, height: 6 });
    expect(placed).toMatchObject({ x: 0, y: 0, width: 16, height: 6 });
    // The centres of two pixels of the image lie a quarter left and right of one of the map's.
    expect(placed.values[2]! + placed.values[3]!).toBeCloseTo(2 * ramp.values[1]!, 6);
    expect([...placed.values].some(Number.isNaN)).toBe(false);
  });

  it('refuses an affine map to a line', () => {
    expect(() => mapToImage(ramp, [1, 2, 0, 2, 4, 0], { width: 5, height: 5 })).toThrow('finite numbers');
    expect(() => mapToImage(ramp, [NaN, 0, 0, 0, 1, 0], { width: 5, height: 5 })).toThrow('finite numbers');
  });
});

describe('overlay', () => {
  const image: RawImage = {
    width: 3,
    height: 1,
    channels: 3,
    pixels: Uint8Array.of(200, 100, 50, 200, 100, 50, 200, 100, 50),
  };
  const map = { x: 0, y: 0, width: 3, height: 1, values: Float32Array.of(0, 1, NaN) };

  it('lays the ends of viridis over the image, and leaves alone what the map does not cover', () => {
    const { pixels, channels } = overlay(image, map, { opacity: 1 });
    expect(channels).toBe(4);
    expect([...pixels]).toEqual([0x44, 0x01, 0x54, 255, 0xfd, 0xe7, 0x25, 255, 200, 100, 50, 255]);
  });

  it('shows the image in grey through the colours', () => {
    const luma = 0.299 * 200 + 0.587 * 100 + 0.114 * 50;
    const grey = Math.round(luma);
    expect([...overlay(image, map, { opacity: 0 }).pixels.subarray(0, 4)]).toEqual([grey, grey, grey, 255]);
    const half = [0x44, 0x01, 0x54].map((colour) => Math.round((luma + colour) / 2));
    expect([...overlay(image, map).pixels.subarray(0, 3)]).toEqual(half);
  });

  it('takes grey images and keeps transparency', () => {
    const nothing = { x: 0, y: 0, width: 0, height: 0, values: new Float32Array(0) };
    const grey: RawImage = { width: 2, height: 1, channels: 1, pixels: Uint8Array.of(7, 9) };
    expect([...overlay(grey, nothing).pixels]).toEqual([7, 7, 7, 255, 9, 9, 9, 255]);
    const clear: RawImage = { width: 1, height: 1, channels: 4, pixels: Uint8Array.of(1, 2, 3, 4) };
    expect([...overlay(clear, nothing).pixels]).toEqual([1, 2, 3, 4]);
  });

  it('refuses what does not fit', () => {
    expect(() => overlay(image, { ...map, x: 1 })).toThrow('reaches beyond the image of 3×1');
    expect(() => overlay(image, map, { opacity: 2 })).toThrow('The opacity 2 is none');
    expect(() => overlay({ ...image, height: 2 }, map)).toThrow('needs 18 values, but there are 9');
  });
});

it('viridis grows lighter all the way, in steps that look alike', () => {
  const colours = Array.from({ length: 256 }, (_, index) => lab(viridis.subarray(3 * index, 3 * index + 3)));
  const steps = colours.slice(8).map((to, index) => {
    const from = colours[index]!;
    expect(to[0]).toBeGreaterThan(from[0]!);
    return Math.hypot(to[0]! - from[0]!, to[1]! - from[1]!, to[2]! - from[2]!);
  });
  // It was made in CAM02-UCS; CIELAB is not quite as uniform.
  expect(Math.max(...steps) / Math.min(...steps)).toBeLessThan(3);
});

/** CIELAB of an sRGB colour, D65 (IEC 61966-2-1, CIE 15). */
function lab(rgb: Uint8Array): number[] {
  const [r, g, b] = Array.from(rgb, (byte) => {
    const level = byte / 255;
    return level <= 0.04045 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4;
  });
  const f = (t: number) => (t > (6 / 29) ** 3 ? Math.cbrt(t) : t / (3 * (6 / 29) ** 2) + 4 / 29);
  const x = f((0.4124 * r! + 0.3576 * g! + 0.1805 * b!) / 0.9505);
  const y = f(0.2126 * r! + 0.7152 * g! + 0.0722 * b!);
  const z = f((0.0193 * r! + 0.1192 * g! + 0.9505 * b!) / 1.089);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}
