import type { Box } from '../detection/geometry.js';

export const centreOf = ({ x, y, width, height }: Box): [x: number, y: number] => [
  x + width / 2,
  y + height / 2,
];

/** The side of the square of the same area. */
export const sizeOf = ({ width, height }: Box): number => Math.sqrt(width * height);

/** The box with `margin` pixels more on every side. */
export const grown = ({ x, y, width, height }: Box, margin: number): Box => ({
  x: x - margin,
  y: y - margin,
  width: width + 2 * margin,
  height: height + 2 * margin,
});
