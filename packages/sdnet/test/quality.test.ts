import { describe, expect, it } from 'vitest';
import { type Keypoints, keypointsBy } from '../src/detection/detection.js';
import { resizeBilinear } from '../src/preprocess.js';
import { exposure, faceQuality, sharpness, yaw } from '../src/quality.js';

const degrees = Math.PI / 180;

describe('sharpness', () => {
  /** Noise with details of 64 / `side` pixels. */
  const noise = (side: number) =>
    resizeBilinear(
      Float32Array.from({ length: side * side }, (_, index) => (index * index * 31) % 251),
      side,
      side,
      64,
      64,
    );

  it('falls with the size of the details', () => {
    const values = [64, 32, 16, 8].map((side) => sharpness(noise(side), 64));
    expect(values[0]).toBeGreaterThan(0.8);
    for (let index = 1; index < values.length; index++)
      expect(values[index]).toBeLessThan(values[index - 1]! - 0.05);
  });

  it('is 0 for a plane without detail and for a slow gradient', () => {
    expect(sharpness(new Float32Array(64 * 64).fill(7), 64)).toBe(0);
    const gradient = noise(64).map((_, index) => (index % 64) + Math.floor(index / 64));
    expect(sharpness(gradient, 64)).toBeLessThan(0.1);
  });

  it('is worked out by hand for one edge', () => {
    // 0 0 0 0 0 0 9 9 9 9 9 9 in every row: one difference of 9, which the mean of nine spreads to ones.
    const edge = Float32Array.from({ length: 12 * 12 }, (_, index) => (index % 12 < 6 ? 0 : 9));
    // Across: (9 − 1) / 9 is lost. Down: nothing to lose, which counts as no detail.
    expect(sharpness(edge, 12)).toBe(0);
    const both = Float32Array.from({ length: 12 * 12 }, (_, index) =>
      index % 12 < 6 === index < 72 ? 0 : 9,
    );
    expect(sharpness(both, 12)).toBeCloseTo(8 / 9, 6);
  });
});

describe('exposure', () => {
  it('has the mean and the parts that are nearly black and white', () => {
    expect(exposure(new Uint8Array([0, 7, 8, 128, 247, 248, 255, 127]))).toEqual({
      mean: (0 + 7 + 8 + 128 + 247 + 248 + 255 + 127) / 8 / 255,
      dark: 0.25,
      bright: 0.25,
    });
  });
});

describe('yaw', () => {
  /** A head with eyes 2 apart and the nose 1.1 before them, turned by `angle` and tilted, as a camera far away sees it. */
  function head(angle: number, tilt: number): Keypoints {
    const project = (x: number, y: number, z: number) => {
      const across = x * Math.cos(angle) + z * Math.sin(angle);
      return {
        x: 50 + 10 * (across * Math.cos(tilt) - y * Math.sin(tilt)),
        y: 40 + 10 * (across * Math.sin(tilt) + y * Math.cos(tilt)),
      };
    };
    const points: Partial<Record<keyof Keypoints, [number, number, number]>> = {
      rightEye: [-1, 0, 0],
      leftEye: [1, 0, 0],
      nose: [0, 1, 1.1],
    };
    return keypointsBy((name) => project(...(points[name] ?? [0, 0, 0])));
  }

  it.each([0, 10, -30, 50])('is %i° for a head turned by it, tilted or not', (angle) => {
    for (const tilt of [0, 25, -40])
      expect(yaw(head(angle * degrees, tilt * degrees)) / degrees).toBeCloseTo(angle, 6);
  });

  it('is 0 where the eyes are one', () => {
    expect(yaw(keypointsBy(() => ({ x: 1, y: 2 })))).toBe(0);
  });
});

describe('faceQuality', () => {
  it('judges the face, not its surroundings', () => {
    const pixels = Uint8Array.from({ length: 100 * 100 }, (_, index) =>
      Math.hypot((index % 100) - 50, Math.floor(index / 100) - 50) < 35 ? 128 : 255,
    );
    const keypoints = keypointsBy((name) => ({
      x: { rightEye: 45, leftEye: 55, nose: 50, mouth: 50, rightEar: 38, leftEar: 62 }[name],
      y: 47,
    }));
    const quality = faceQuality(
      { width: 100, height: 100, channels: 1, pixels },
      { box: { x: 35, y: 35, width: 30, height: 30 }, keypoints, confidence: 0.9 },
    );
    expect(quality.size).toBe(30);
    expect(quality.exposure).toEqual({ mean: expect.closeTo(128 / 255, 6), dark: 0, bright: 0 });
    expect(quality.sharpness).toBe(0);
    expect(quality.yaw).toBe(0);
  });
});
