/** An upright rectangle, `x` and `y` its upper left corner, in pixels of the frame. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const centreOf = ({ x, y, width, height }: Box): [x: number, y: number] => [
  x + width / 2,
  y + height / 2,
];

/** The side of the square of the same area. */
export const sizeOf = ({ width, height }: Box): number => Math.sqrt(width * height);

/** The area that two boxes share as a part of what at least one of them covers. */
export function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / (a.width * a.height + b.width * b.height - width * height);
}

/** The box with `margin` pixels more on every side. */
export const grown = ({ x, y, width, height }: Box, margin: number): Box => ({
  x: x - margin,
  y: y - margin,
  width: width + 2 * margin,
  height: height + 2 * margin,
});
