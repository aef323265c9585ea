import { random } from '@sdnet/autograd';
import { preprocess, type RawImage } from 'sdnet';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { augment, augmentationSettings } from '../src/augmentation.js';

const preprocessing = { size: 68, channels: 1, mean: 0.5, deviation: 0.25 } as const;

function noise(width: number, height: number, channels: 1 | 3): RawImage {
  const source = random(7, width, height, channels);
  return {
    width,
    height,
    channels,
    pixels: Uint8Array.from({ length: width * height * channels }, () => source.integer(256)),
  };
}

/** Grey levels that run smoothly, so that a warp can be measured. */
function picture(level: (x: number, y: number) => number, width = 48, height = 48): RawImage {
  const pixels = new Uint8Array(width * height);
  for (let index = 0; index < pixels.length; index++) {
    pixels[index] = Math.round(level((index % width) + 0.5, Math.floor(index / width) + 0.5));
  }
  return { width, height, channels: 1, pixels };
}

function augmented(
  image: RawImage,
  settings: z.input<typeof augmentationSettings>,
  seed = 1,
  size = preprocessing.size as number,
  channels: 1 | 3 = 1,
): Float32Array {
  const target = new Float32Array(channels * size * size);
  const parsed = augmentationSettings.parse(settings);
  augment(image, { ...preprocessing, size, channels }, parsed, random(seed), target);
  return target;
}

/** Centre of mass of what is above black, as fractions of the image. */
function centre(values: Float32Array, size: number): [number, number] {
  let mass = 0;
  let massX = 0;
  let massY = 0;
  for (const [index, value] of values.entries()) {
    const level = value - (0 - preprocessing.mean) / preprocessing.deviation;
    mass += level;
    massX += level * ((index % size) + 0.5);
    massY += level * (Math.floor(index / size) + 0.5);
  }
  return [massX / mass / size, massY / mass / size];
}

const seeds = Array.from({ length: 200 }, (_, seed) => seed);

describe('augment', () => {
  it.each([
    ['enlarged', 48, 48, 68],
    ['reduced', 48, 48, 32],
    ['the same size', 48, 48, 48],
    ['not square', 30, 50, 40],
  ])('writes the bytes of preprocess with everything off: %s', (_, width, height, size) => {
    for (const [from, to] of [[1, 1] as const, [3, 1] as const, [3, 3] as const, [1, 3] as const]) {
      const image = noise(width, height, from);
      const expected = preprocess(image, { ...preprocessing, size, channels: to });
      expect(augmented(image, {}, 1, size, to)).toEqual(expected);
    }
  });

  it('writes the same for the same stream, and something else for another', () => {
    const settings = {
      horizontalFlip: 0.5,
      rotationDegrees: 10,
      scale: 0.1,
      shift: 0.1,
      contrast: 0.2,
      brightness: 0.1,
    };
    const image = noise(48, 48, 1);
    expect(augmented(image, settings, 3)).toEqual(augmented(image, settings, 3));
    expect(augmented(image, settings, 3)).not.toEqual(augmented(image, settings, 4));
  });

  it('mirrors with the probability asked for', () => {
    const image = noise(48, 48, 1);
    const plain = preprocess(image, preprocessing);
    const mirrored = plain.map((_, index) => plain[index - (index % 68) + 67 - (index % 68)]!);
    const same = (values: Float32Array, others: Float32Array) =>
      Buffer.from(values.buffer).equals(Buffer.from(others.buffer));
    const results = seeds.map((seed) => augmented(image, { horizontalFlip: 0.25 }, seed));
    const flips = results.filter((values) => same(values, mirrored)).length;
    const unchanged = results.filter((values) => same(values, plain)).length;
    expect(flips + unchanged).toBe(seeds.length);
    // 50 expected of 200, deviation 6.1.
    expect(flips).toBeGreaterThan(30);
    expect(flips).toBeLessThan(70);
    expect(augmented(image, { horizontalFlip: 1 })).toEqual(mirrored);
  });

  const blob = (x: number, y: number) =>
    picture((px, py) => 250 * Math.exp(-((px - x) ** 2 + (py - y) ** 2) / 18));

  it('shifts by up to the fraction asked for, both ways and along both axes', () => {
    const centres = seeds.map((seed) => centre(augmented(blob(24, 24), { shift: 0.2 }, seed), 68));
    for (const axis of [0, 1] as const) {
      const offsets = centres.map((position) => position[axis] - 0.5);
      expect(Math.max(...offsets)).toBeGreaterThan(0.18);
      expect(Math.max(...offsets)).toBeLessThan(0.203);
      expect(Math.min(...offsets)).toBeLessThan(-0.18);
      expect(Math.min(...offsets)).toBeGreaterThan(-0.203);
    }
  });

  it('rotates about the centre by up to the degrees asked for, both ways', () => {
    const angles = seeds.map((seed) => {
      const [x, y] = centre(augmented(blob(36, 24), { rotationDegrees: 30 }, seed), 68);
      // The distance from the centre stays.
      expect(Math.hypot(x - 0.5, y - 0.5)).toBeCloseTo(12 / 48, 2);
      return (Math.atan2(y - 0.5, x - 0.5) * 180) / Math.PI;
    });
    expect(Math.max(...angles)).toBeGreaterThan(28);
    expect(Math.max(...angles)).toBeLessThan(30.5);
    expect(Math.min(...angles)).toBeLessThan(-28);
    expect(Math.min(...angles)).toBeGreaterThan(-30.5);
  });

  it('scales about the centre by a factor in the range asked for', () => {
    const factors = seeds.map((seed) => {
      const [x, y] = centre(augmented(blob(34, 24), { scale: 0.2 }, seed), 68);
      expect(y).toBeCloseTo(0.5, 2);
      return (x - 0.5) / (10 / 48);
    });
    expect(Math.max(...factors)).toBeGreaterThan(1.18);
    expect(Math.max(...factors)).toBeLessThan(1.21);
    expect(Math.min(...factors)).toBeLessThan(0.82);
    expect(Math.min(...factors)).toBeGreaterThan(0.79);
  });

  it('is antialiased where it reduces', () => {
    const stripes = picture((x) => (Math.floor(x) % 2) * 200, 96, 96);
    const level = (100 / 255 - 0.5) / 0.25;
    for (const value of augmented(stripes, { shift: 0.1, rotationDegrees: 5 }, 1, 12)) {
      expect(Math.abs(value - level)).toBeLessThan(0.3);
    }
  });

  it('changes brightness by up to the fraction asked for, and clips at white', () => {
    const means = seeds.map((seed) => {
      const values = augmented(
        picture(() => 102),
        { brightness: 0.3 },
        seed,
      );
      return values[0]! * 0.25 + 0.5;
    });
    expect(Math.max(...means)).toBeGreaterThan(0.68);
    expect(Math.max(...means)).toBeLessThanOrEqual(0.7001);
    expect(Math.min(...means)).toBeLessThan(0.12);
    expect(Math.min(...means)).toBeGreaterThanOrEqual(0.0999);
    const white = seeds.map(
      (seed) =>
        augmented(
          picture(() => 250),
          { brightness: 0.5 },
          seed,
        )[0]!,
    );
    expect(Math.max(...white)).toBeCloseTo((1 - 0.5) / 0.25, 6);
  });

  it("changes contrast about the image's mean", () => {
    const image = picture((x) => (x < 24 ? 80 : 120));
    const ratios = seeds.map((seed) => {
      const values = augmented(image, { contrast: 0.5 }, seed);
      const dark = values[0]! * 0.25 + 0.5;
      const light = values[67]! * 0.25 + 0.5;
      expect((dark + light) / 2).toBeCloseTo(100 / 255, 5);
      return (light - dark) / (40 / 255);
    });
    expect(Math.max(...ratios)).toBeGreaterThan(1.45);
    expect(Math.max(...ratios)).toBeLessThanOrEqual(1.5001);
    expect(Math.min(...ratios)).toBeLessThan(0.55);
    expect(Math.min(...ratios)).toBeGreaterThanOrEqual(0.4999);
  });

  it('erases one rectangle of the size asked for, in pixels of the source, with the mean', () => {
    const image = picture(() => 255);
    const erasing = { probability: 0.5, minimum: 6, maximum: 12 };
    let erased = 0;
    for (const seed of seeds) {
      const values = augmented(image, { erasing }, seed, 96, 3);
      const zeros = [...values.keys()].filter((index) => values[index] === 0);
      if (zeros.length === 0) continue;
      erased++;
      const columns = zeros.map((index) => index % 96);
      const rows = zeros.map((index) => Math.floor(index / 96) % 96);
      const across = Math.max(...columns) - Math.min(...columns) + 1;
      const down = Math.max(...rows) - Math.min(...rows) + 1;
      expect(zeros.length).toBe(3 * across * down);
      for (const side of [across, down]) {
        expect(side).toBeGreaterThanOrEqual(12);
        expect(side).toBeLessThanOrEqual(24);
      }
    }
    // 100 expected of 200, deviation 7.1.
    expect(erased).toBeGreaterThan(75);
    expect(erased).toBeLessThan(125);
  });

  it('draws the same geometry whether or not the light changes', () => {
    const still = augmented(noise(48, 48, 1), { shift: 0.2 }, 5);
    const lit = augmented(noise(48, 48, 1), { shift: 0.2, contrast: 1e-9 }, 5);
    for (const [index, value] of lit.entries()) expect(value).toBeCloseTo(still[index]!, 5);
  });
});

describe('augmentationSettings', () => {
  it('are all off by default', () => {
    expect(augmentationSettings.parse({})).toEqual({
      horizontalFlip: 0,
      rotationDegrees: 0,
      scale: 0,
      shift: 0,
      contrast: 0,
      brightness: 0,
    });
  });

  it.each([
    { horizontalFlip: 1.5 },
    { scale: 1 },
    { shift: -0.1 },
    { sheer: 3 },
    { erasing: { probability: 0.5, minimum: 9, maximum: 3 } },
  ])('reject %j', (settings) => {
    expect(augmentationSettings.safeParse(settings).success).toBe(false);
  });
});
