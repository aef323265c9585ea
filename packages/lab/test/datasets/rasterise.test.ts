import { describe, expect, it } from 'vitest';
import { type Canvas, drawEllipse, drawStroke } from '../../src/datasets/rasterise.js';

const canvas = (): Canvas => ({ size: 64, levels: new Float32Array(64 * 64) });
const area = ({ levels }: Canvas) => levels.reduce((sum, level) => sum + level, 0);
const levelAt = ({ levels, size }: Canvas, x: number, y: number) => levels[y * size + x];

describe('drawEllipse', () => {
  it('covers π·a·b, whatever its angle', () => {
    for (const angle of [0, 0.3, 1.2]) {
      const drawn = canvas();
      drawEllipse(drawn, [31.3, 32.6], [20, 12], angle, 1, 1);
      expect(Math.abs(area(drawn) / (Math.PI * 20 * 12) - 1)).toBeLessThan(0.01);
    }
  });

  it('turns clockwise', () => {
    const drawn = canvas();
    drawEllipse(drawn, [32, 32], [20, 5], Math.PI / 4, 1, 1);
    expect(levelAt(drawn, 41, 41)).toBe(1);
    expect(levelAt(drawn, 41, 22)).toBe(0);
  });

  it('replaces what lies below by its own level, and may reach over the edge', () => {
    const drawn = canvas();
    drawn.levels.fill(1);
    drawEllipse(drawn, [0, 0], [10, 10], 0, 0.25, 1);
    expect(levelAt(drawn, 2, 2)).toBe(0.25);
    expect(levelAt(drawn, 20, 20)).toBe(1);
  });
});

describe('drawStroke', () => {
  it('covers length × width and two round ends', () => {
    const drawn = canvas();
    drawStroke(drawn, [15, 32], [31, 32], [47, 32], 6, 1, 1);
    expect(Math.abs(area(drawn) / (32 * 6 + Math.PI * 9) - 1)).toBeLessThan(0.01);
  });

  it('passes its three points', () => {
    const drawn = canvas();
    drawStroke(drawn, [10.5, 10.5], [30.5, 50.5], [50.5, 10.5], 3, 1, 1);
    for (const [x, y] of [
      [10, 10],
      [30, 50],
      [50, 10],
    ] as const)
      expect(levelAt(drawn, x, y)).toBe(1);
    expect(levelAt(drawn, 30, 30)).toBe(0);
  });
});
