import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type Affine, warpAffine } from '../src/warp-affine.js';

interface Golden {
  width: number;
  height: number;
  newWidth: number;
  newHeight: number;
  inverse: string;
  pixels: string;
  warped: string;
}

// Written by tools/golden/warp-affine.py.
const golden: Golden[] = JSON.parse(
  readFileSync(new URL('./golden/warp-affine.json', import.meta.url), 'utf8'),
);
const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));

for (const { width, height, newWidth, newHeight, inverse, pixels, warped } of golden) {
  it(`warps ${width}×${height} to ${newWidth}×${newHeight} as PyTorch's grid_sample in float64`, () => {
    const matrix = inverse.split(' ').map(Number) as unknown as Affine;
    const values = warpAffine(bytes(pixels), width, height, newWidth, newHeight, matrix);
    const expected = new Float32Array(bytes(warped).buffer);
    expect(values.length).toBe(expected.length);
    for (const [index, value] of values.entries()) expect(value).toBeCloseTo(expected[index]!, 4);
  });
}

it('reflects at the border, the edge pixels repeated', () => {
  const warped = warpAffine(new Uint8Array([1, 2, 3]), 3, 1, 9, 1, [1, 0, -3, 0, 1, 0]);
  expect([...warped]).toEqual([3, 2, 1, 1, 2, 3, 3, 2, 1]);
});
