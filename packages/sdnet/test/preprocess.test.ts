import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import {
  grey,
  isOpaque,
  mirror,
  preprocess,
  type RawImage,
  resizeBilinear,
  toPlanes,
} from '../src/preprocess.js';

interface Golden {
  resize: {
    width: number;
    height: number;
    newWidth: number;
    newHeight: number;
    pixels: string;
    pillow: string;
    pytorch: string;
  }[];
  grey: { width: number; height: number; channels: 3 | 4; pixels: string; luma: string }[];
}

// Written by tools/golden/preprocess.py.
const golden: Golden = JSON.parse(readFileSync(new URL('./golden/preprocess.json', import.meta.url), 'utf8'));
const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));
const floats = (base64: string) => new Float32Array(bytes(base64).buffer);

describe('grey', () => {
  for (const { width, height, channels, pixels, luma } of golden.grey) {
    it(`is Pillow's luma over white, byte for byte, from ${channels} channels`, () => {
      expect(grey(bytes(pixels), width, height, channels)).toEqual(bytes(luma));
    });
  }

  it('leaves a grey image alone and keeps the level of every colourless pixel', () => {
    const levels = Uint8Array.from({ length: 256 }, (_, level) => level);
    expect(grey(levels, 16, 16, 1)).toEqual(levels);
    const colourless = Uint8Array.from({ length: 768 }, (_, index) => Math.floor(index / 3));
    expect(grey(colourless, 16, 16, 3)).toEqual(levels);
  });

  it('lays every level with every alpha over white', () => {
    const pixels = Uint8Array.from({ length: 4 * 256 * 256 }, (_, index) =>
      index % 4 === 3 ? (index >> 2) % 256 : index >> 10,
    );
    const expected = Uint8Array.from({ length: 256 * 256 }, (_, index) => {
      const [level, alpha] = [index >> 8, index % 256];
      return Math.floor((level * alpha + 255 * (255 - alpha) + 127) / 255);
    });
    const laid = grey(pixels, 256, 256, 4);
    expect(Buffer.from(laid).equals(expected)).toBe(true);
    expect([laid[100 * 256], laid[100 * 256 + 255]]).toEqual([255, 100]);
  });

  it('rejects pixels that do not fit the size', () => {
    expect(() => grey(new Uint8Array(11), 2, 2, 3)).toThrow('2×2 pixels with 3 channel(s) needs 12 values');
  });
});

describe('resizeBilinear', () => {
  for (const { width, height, newWidth, newHeight, pixels, pillow, pytorch } of golden.resize) {
    const resized = resizeBilinear(bytes(pixels), width, height, newWidth, newHeight);
    it(`equals Pillow bit for bit, ${width}×${height} to ${newWidth}×${newHeight}`, () => {
      expect(resized).toEqual(floats(pillow));
    });
    it(`equals PyTorch in float64, ${width}×${height} to ${newWidth}×${newHeight}`, () => {
      const expected = floats(pytorch);
      const furthest = Math.max(...resized.map((value, index) => Math.abs(value - expected[index]!)));
      expect(resized.length).toBe(expected.length);
      expect(furthest).toBeLessThan(2e-5);
    });
  }

  it('clamps at the edges and interpolates between centres', () => {
    expect([...resizeBilinear(new Uint8Array([0, 100]), 2, 1, 4, 1)]).toEqual([0, 25, 75, 100]);
    expect([...resizeBilinear(new Uint8Array([0, 100]), 1, 2, 1, 4)]).toEqual([0, 25, 75, 100]);
  });

  it('keeps a plane of the same size, as a copy', () => {
    const plane = new Float32Array([1.5, 2, 3, 4]);
    const same = resizeBilinear(plane, 2, 2, 2, 2);
    expect(same).toEqual(plane);
    expect(same).not.toBe(plane);
  });

  it('does not alias: fine stripes become their average', () => {
    const stripes = Uint8Array.from({ length: 256 * 4 }, (_, index) => (index % 2) * 200);
    for (const value of resizeBilinear(stripes, 256, 4, 8, 4).slice(1, 7)) expect(value).toBeCloseTo(100, 1);
  });

  it('of a plane of any height leaves little in between: as the rows of its transpose', () => {
    const [width, height] = [3, 70_000];
    const plane = Uint8Array.from({ length: width * height }, (_, index) => (index * index * 31) % 251);
    const transposed = Uint8Array.from(
      { length: width * height },
      (_, index) => plane[(index % height) * width + Math.floor(index / height)]!,
    );
    const resized = resizeBilinear(plane, width, height, 68, 68);
    const other = resizeBilinear(transposed, height, width, 68, 68);
    const back = other.map((_, index) => other[(index % 68) * 68 + Math.floor(index / 68)]!);
    expect(Buffer.from(resized.buffer).equals(Buffer.from(back.buffer))).toBe(true);
  });

  it('of millions of rows takes no memory for each of them', () => {
    const plane = new Uint8Array(5_000_000).fill(77);
    const before = process.resourceUsage().maxRSS;
    const resized = resizeBilinear(plane, 1, plane.length, 68, 68);
    expect(resized.every((level) => level === 77)).toBe(true);
    // In kilobytes. The weights of five million positions take 80 MB.
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(300_000);
  });

  it('rejects an impossible size', () => {
    expect(() => resizeBilinear(new Uint8Array(4), 2, 2, 0, 2)).toThrow('0×2');
    expect(() => resizeBilinear(new Uint8Array(4), 2, 2, 2.5, 2)).toThrow('2.5×2');
    expect(() => resizeBilinear(new Uint8Array(0), 0, 0, 2, 2)).toThrow('at least one');
  });
});

describe('preprocess', () => {
  const pixels = Uint8Array.from({ length: 5 * 4 * 3 }, (_, index) => (index * 37) % 256);
  const image = { width: 5, height: 4, channels: 3 as const, pixels };

  it('is (pixel / 255 − mean) / deviation of the resized luma', () => {
    const input = preprocess(image, { size: 7, channels: 1, mean: 0.5, deviation: 0.25 });
    const resized = resizeBilinear(grey(pixels, 5, 4, 3), 5, 4, 7, 7);
    expect(input.length).toBe(49);
    for (const [index, value] of input.entries()) {
      expect(value).toBeCloseTo((resized[index]! / 255 - 0.5) / 0.25, 6);
    }
  });

  it('gives red, green and blue planes, laid over white where they are transparent', () => {
    const rgba = new Uint8Array([10, 20, 30, 0, 40, 50, 60, 255, 10, 20, 30, 51]);
    const input = preprocess(
      { width: 3, height: 1, channels: 4, pixels: rgba },
      { size: 3, channels: 3, mean: 0, deviation: 1 },
    );
    // An alpha of 51 is a fifth.
    const rows = [
      [255, 40, 2 + 204],
      [255, 50, 4 + 204],
      [255, 60, 6 + 204],
    ];
    const expected = rows.flatMap((row) => [...row, ...row, ...row]);
    for (const [index, level] of expected.entries()) expect(input[index]! * 255).toBeCloseTo(level, 4);
  });

  it('repeats a grey plane for a network that sees three channels', () => {
    const plane = new Uint8Array([1, 2, 3, 4]);
    const planes = toPlanes({ width: 2, height: 2, channels: 1, pixels: plane }, 3);
    expect(planes).toEqual([plane, plane, plane]);
  });
});

describe('an image that is none is refused', () => {
  const settings = { size: 8, channels: 1, mean: 0.5, deviation: 0.25 } as const;
  const good: RawImage = { width: 4, height: 3, channels: 1, pixels: new Uint8Array(12) };

  it.each<[string, object, RegExp]>([
    ['two channels', { channels: 2, pixels: new Uint8Array(24) }, /An image has 2 channels/],
    ['zero size', { width: 0, height: 0, pixels: new Uint8Array(0) }, /of 0×0 pixels: sides from 1 to 65535/],
    [
      'five million rows',
      { width: 1, height: 5e6, pixels: new Uint8Array(5e6) },
      /of 1×5000000 pixels: sides/,
    ],
    ['a NaN side', { width: NaN }, /of NaN×3 pixels: sides/],
    ['NaN pixels', { pixels: new Float32Array(12).fill(NaN) }, /as a Uint8Array or Uint8ClampedArray/],
    ['short pixels', { pixels: new Uint8Array(11) }, /needs 12 values .* but there are 11/],
  ])('with %s', (_, wrong, message) => {
    const image = { ...good, ...wrong } as RawImage;
    expect(() => preprocess(image, settings)).toThrow(message);
    expect(() => preprocess(image, { ...settings, channels: 3 })).toThrow(message);
    expect(() => toPlanes(image, 3)).toThrow(message);
  });

  it('but for classes of another realm', () => {
    const pixels = runInNewContext('new Uint8ClampedArray(12)') as Uint8ClampedArray;
    expect(preprocess({ ...good, pixels }, settings)).toHaveLength(64);
  });
});

describe('mirror', () => {
  it('turns every row around', () => {
    const rows = new Float32Array([1, 2, 3, 4, 5, 6]);
    mirror(rows, 3);
    expect([...rows]).toEqual([3, 2, 1, 6, 5, 4]);
  });

  it('commutes with preprocessing', () => {
    const pixels = Uint8Array.from({ length: 48 * 48 }, (_, index) => (index * index) % 251);
    const mirrored = pixels.map((_, index) => pixels[index - (index % 48) + 47 - (index % 48)]!);
    const settings = { size: 68, channels: 1, mean: 0.5, deviation: 0.25 } as const;
    const input = preprocess({ width: 48, height: 48, channels: 1, pixels }, settings);
    mirror(input, 68);
    const other = preprocess({ width: 48, height: 48, channels: 1, pixels: mirrored }, settings);
    for (const [index, value] of input.entries()) expect(value).toBeCloseTo(other[index]!, 5);
  });
});

describe('isOpaque', () => {
  it.each([1, 3, 4, 5, 8, 11])('looks at the alpha of each of %i pixels', (count) => {
    for (const start of [0, 1]) {
      const pixels = new Uint8Array(new ArrayBuffer(4 * count + start), start);
      for (let at = 3; at < pixels.length; at += 4) pixels[at] = 255;
      expect(isOpaque(pixels)).toBe(true);
      for (let at = 3; at < pixels.length; at += 4) {
        pixels[at] = 254;
        expect(isOpaque(pixels)).toBe(false);
        pixels[at] = 255;
      }
    }
  });
});
