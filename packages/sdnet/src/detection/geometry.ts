/** In pixels of an image whose corner is at (0, 0), so that the first pixel's centre is at (0.5, 0.5). */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** An upright rectangle, `x` and `y` its upper left corner, in pixels; it may reach beyond the image. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const areaOf = ({ width, height }: Box): number => width * height;

/** The area that two boxes share. */
export function sharedArea(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
}

/** The shared area as a part of the area that at least one of the boxes covers (intersection over union). */
export function overlap(a: Box, b: Box): number {
  const shared = sharedArea(a, b);
  return shared / (areaOf(a) + areaOf(b) - shared);
}

/** The shared area as a part of the smaller box: 1 where one box lies within the other. */
export const containment = (a: Box, b: Box): number => sharedArea(a, b) / Math.min(areaOf(a), areaOf(b));
