import { describe, expect, it } from 'vitest';
import {
  halved,
  networkInput,
  networkInputs,
  pyramid,
  pyramidScales,
  type Tile,
  tiles,
} from '../src/detection/pyramid.js';
import { planeChannels, toPlanes } from '../src/preprocess.js';
import { shrinkChannels } from '../src/shrink.js';

/** Memory that something else was in. */
const used = (bytes: number) => new Uint8Array(bytes).fill(77).buffer;

describe('pyramidScales', () => {
  const bounds = { coarsest: 128, step: 4.7 };
  it('goes from the coarsest to the finest in equal factors, none above the step', () => {
    const scales = pyramidScales(4000, { ...bounds, finest: 0.5 });
    expect(scales[0]).toBe(0.032);
    expect(scales.at(-1)).toBeCloseTo(0.5, 12);
    expect(scales).toHaveLength(3);
    expect(scales[1]! / scales[0]!).toBeCloseTo(scales[2]! / scales[1]!, 12);
  });
  it('needs only one where no smaller faces are looked for', () => {
    expect(pyramidScales(640, { ...bounds, finest: 0.1 })).toEqual([0.2]);
  });
});

describe('pyramid', () => {
  const pixels = Uint8Array.from({ length: 40 * 30 * 3 }, (_, index) => (index * index) % 251);
  const image = { width: 40, height: 30, channels: 3 as const, pixels };

  it('has the image in each size, red, green and blue', () => {
    const [coarse, fine] = pyramid(image, [0.25, 0.5]);
    expect([coarse!.width, coarse!.height, fine!.width, fine!.height]).toEqual([10, 8, 20, 15]);
    const expected = toPlanes(image, 3).map(
      (plane) => shrinkChannels(planeChannels(plane, 40, 30), 20, 15)[0]!,
    );
    expect(fine!.planes).toEqual(expected);
    expect(coarse!.planes[2]).toEqual(shrinkChannels(planeChannels(expected[2]!, 20, 15), 10, 8)[0]!);
  });

  it('reads RGBA, opaque or not, as it looks over white, and grey as three equal planes', () => {
    const rgba = Uint8Array.from({ length: 40 * 30 * 4 }, (_, index) => (index * index) % 251);
    const opaque = rgba.map((value, index) => (index % 4 === 3 ? 255 : value));
    for (const pixels of [rgba, opaque]) {
      const seen = { width: 40, height: 30, channels: 4 as const, pixels };
      const [level] = pyramid(seen, [0.5]);
      expect(level!.planes).toEqual(
        toPlanes(seen, 3).map((plane) => shrinkChannels(planeChannels(plane, 40, 30), 20, 15)[0]!),
      );
    }
    const grey = { width: 40, height: 30, channels: 1 as const, pixels: pixels.subarray(0, 1200) };
    const [level] = pyramid(grey, [0.5]);
    expect(level!.planes[0]).toEqual(shrinkChannels(planeChannels(grey.pixels, 40, 30), 20, 15)[0]!);
    expect(new Set(level!.planes).size).toBe(1);
  });

  it('becomes −1 … 1, and −1 where it is filled up', () => {
    const planes = [0, 255, 51].map((level) => new Float32Array(3 * 2).fill(level));
    const whole = { left: 0, top: 0, width: 3, height: 2 };
    const { data, width, height } = networkInput({ width: 3, planes }, whole, 4, used);
    expect([width, height]).toEqual([4, 4]);
    const rows = (level: number) => [level, level, level, -1, level, level, level, -1, ...Array(8).fill(-1)];
    for (const [index, value] of [...rows(-1), ...rows(1), ...rows(-0.6)].entries())
      expect(data[index]).toBeCloseTo(value, 6);
  });

  it('is cut where a tile lies', () => {
    const plane = Float32Array.from({ length: 12 }, (_, index) => index * 12.75);
    const tile = { left: 1, top: 1, width: 2, height: 2 };
    const { data } = networkInput({ width: 4, planes: [plane, plane, plane] }, tile, 2, used);
    const indices = [...data].map((value) => Math.round(((value + 1) * 127.5) / 12.75));
    expect(indices).toEqual([5, 6, 9, 10, 5, 6, 9, 10, 5, 6, 9, 10]);
  });

  it('puts several squares after each other', () => {
    const square = (level: number) => [0, 1, 2].map((channel) => new Float32Array(4).fill(level + channel));
    const { data } = networkInputs([square(0), square(100)], 2, used);
    const levels = [...data].filter((_, index) => index % 4 === 0).map((value) => (value + 1) * 127.5);
    for (const [index, level] of [0, 1, 2, 100, 101, 102].entries())
      expect(levels[index]).toBeCloseTo(level, 3);
  });
});

describe('halved', () => {
  it('has the mean of every four pixels, and half the scale', () => {
    const plane = Float32Array.from([1, 3, 10, 20, 9, 5, 7, 30, 40, 9]);
    const level = { width: 5, height: 2, scale: 0.8, planes: [plane, plane, plane] };
    const half = halved(level);
    expect(half).toMatchObject({ width: 2, height: 1, scale: 0.4 });
    for (const plane of half.planes) expect([...plane]).toEqual([4, 25]);
  });
});

const holds = ({ left, top, width, height }: Tile, x: number, y: number, side: number): boolean =>
  left <= x && x + side <= left + width && top <= y && y + side <= top + height;

describe('tiles', () => {
  it('leave a level whole that is small enough', () => {
    expect(tiles({ width: 800, height: 600 })).toEqual([{ left: 0, top: 0, width: 800, height: 600 }]);
  });

  it.each([
    [2000, 1500],
    [1200, 7000],
    [5000, 400],
    [400, 5000],
    [65_000, 20],
  ])(
    'cut %i×%i so that every square of 128 pixels, or of the level, lies whole in one of them',
    (width, height) => {
      const parts = tiles({ width, height });
      expect(parts.length).toBeGreaterThan(1);
      for (const part of parts) expect(part.width * part.height).toBeLessThanOrEqual(500_000);
      const side = Math.min(128, width, height);
      for (let x = 0; x <= width - side; x += side / 4)
        for (let y = 0; y <= height - side; y += side / 4)
          if (!parts.some((part) => holds(part, x, y, side))) expect.fail(`no tile holds ${x}, ${y}`);
    },
  );
});
