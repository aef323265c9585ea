import type { Box } from '../detection/geometry.js';

export const centreOf = ({ x, y, width, height }: Box): [x: number, y: number] => [
  x + width / 2,
  y + height / 2,
];

/** The side of the square of the same area. */
export const sizeOf = ({ width, height }: Box): number => Math.sqrt(width * height);
