import type { Point } from './detection/geometry.js';
import { requireImage, type RawImage, resizeImage, toPlanes } from './preprocess.js';
import { newMemory, type TakeMemory } from './reused-memory.js';

/** A square in an image; it may be turned and may reach beyond the border. */
export interface Square {
  readonly centre: Point;
  /** In pixels of the image. */
  readonly side: number;
  /** How far it is turned clockwise, in radians: its upper edge runs in the direction (cos, sin). */
  readonly angle: number;
}

/** What lies beyond an image's border: a level, or `'edge'`: the pixels at the border repeated. */
export type Outside = number | 'edge';

type Plane = Uint8Array | Uint8ClampedArray | Float32Array;

/** From coordinates in a square that was cut out as `size × size` pixels to those of its image. */
export function squareToImage({ centre, side, angle }: Square, size: number): (point: Point) => Point {
  const [cos, sin] = [(Math.cos(angle) * side) / size, (Math.sin(angle) * side) / size];
  return ({ x, y }) => ({
    x: centre.x + cos * (x - size / 2) - sin * (y - size / 2),
    y: centre.y + sin * (x - size / 2) + cos * (y - size / 2),
  });
}

/** The inverse of `squareToImage`. */
export function imageToSquare({ centre, side, angle }: Square, size: number): (point: Point) => Point {
  const [cos, sin] = [(Math.cos(angle) * size) / side, (Math.sin(angle) * size) / side];
  return ({ x, y }) => ({
    x: size / 2 + cos * (x - centre.x) + sin * (y - centre.y),
    y: size / 2 - sin * (x - centre.x) + cos * (y - centre.y),
  });
}

/** A square in coordinates that are `scale` times as large. */
export const scaledSquare = ({ centre, side, angle }: Square, scale: number): Square => ({
  centre: { x: centre.x * scale, y: centre.y * scale },
  side: side * scale,
  angle,
});

/**
 * A square cut out of planes of `height × width`, each as `size × size` values: what `resizeBilinear` gives, also where
 * the square is turned or lies between pixels. A reduction is antialiased by the same stretched triangle, along the
 * square's own axes; an enlargement is interpolated, along the image's.
 */
export function sampleSquare(
  planes: readonly Plane[],
  width: number,
  height: number,
  square: Square,
  size: number,
  outside: Outside,
): Float32Array[] {
  if (square.side <= size) return interpolateSquare(planes, width, height, square, size, outside);
  return ofEach(planes, (plane) => reduce(plane, width, height, square, size, outside));
}

/** `make` of each plane; planes of a grey image are the same one. */
function ofEach(planes: readonly Plane[], make: (plane: Plane) => Float32Array): Float32Array[] {
  const sources = [...new Set(planes)];
  const made = sources.map(make);
  return planes.map((plane) => made[sources.indexOf(plane)]!);
}

function reduce(
  plane: Plane,
  width: number,
  height: number,
  square: Square,
  size: number,
  outside: Outside,
): Float32Array {
  const scale = square.side / size;
  const [cos, sin] = [Math.cos(square.angle), Math.sin(square.angle)];
  const [alongX, alongY] = [cos / scale, sin / scale];
  const reach = scale * (Math.abs(cos) + Math.abs(sin));
  const [stepX, stepY] = [cos * scale, sin * scale];
  const corner = squareToImage(square, size)({ x: 0.5, y: 0.5 });
  const reduced = new Float32Array(size * size);
  for (let to = 0, row = 0; row < size; row++) {
    for (let column = 0; column < size; column++, to++) {
      const x = corner.x + column * stepX - row * stepY - 0.5;
      const y = corner.y + column * stepY + row * stepX - 0.5;
      const firstX = Math.ceil(x - reach);
      const lastX = Math.floor(x + reach);
      const firstY = Math.ceil(y - reach);
      const lastY = Math.floor(y + reach);
      let sum = 0;
      let total = 0;
      for (let sourceY = firstY; sourceY <= lastY; sourceY++) {
        const dy = sourceY - y;
        const rowInside = sourceY >= 0 && sourceY < height;
        const rowAt = (rowInside ? sourceY : sourceY < 0 ? 0 : height - 1) * width;
        for (let sourceX = firstX; sourceX <= lastX; sourceX++) {
          const dx = sourceX - x;
          const across = 1 - Math.abs(dx * alongX + dy * alongY);
          const down = 1 - Math.abs(dy * alongX - dx * alongY);
          if (across <= 0 || down <= 0) continue;
          const weight = across * down;
          total += weight;
          if (rowInside && sourceX >= 0 && sourceX < width) sum += weight * plane[rowAt + sourceX]!;
          else if (outside !== 'edge') sum += weight * outside;
          else sum += weight * plane[rowAt + (sourceX < 0 ? 0 : sourceX < width ? sourceX : width - 1)]!;
        }
      }
      reduced[to] = sum / total;
    }
  }
  return reduced;
}

/**
 * Like `sampleSquare`, but interpolated between the four nearest pixels whatever its scale: for squares that have about as
 * many pixels in the planes as they are to have.
 */
export function interpolateSquare(
  planes: readonly Plane[],
  width: number,
  height: number,
  square: Square,
  size: number,
  outside: Outside,
): Float32Array[] {
  return ofEach(planes, (plane) => interpolate(plane, width, height, square, size, outside));
}

function interpolate(
  plane: Plane,
  width: number,
  height: number,
  square: Square,
  size: number,
  outside: Outside,
): Float32Array {
  const scale = square.side / size;
  const [stepX, stepY] = [Math.cos(square.angle) * scale, Math.sin(square.angle) * scale];
  const corner = squareToImage(square, size)({ x: 0.5, y: 0.5 });
  const sampled = new Float32Array(size * size);
  if (isInside(corner, stepX, stepY, size, width, height))
    interpolateInside(plane, width, corner, stepX, stepY, size, sampled);
  else interpolateAcross(plane, width, height, corner, stepX, stepY, size, outside, sampled);
  return sampled;
}

/** Whether all four neighbours of every place are pixels of the plane. */
function isInside(
  corner: Point,
  stepX: number,
  stepY: number,
  size: number,
  width: number,
  height: number,
): boolean {
  const last = size - 1;
  return [0, last].every((row) =>
    [0, last].every((column) => {
      const x = corner.x + column * stepX - row * stepY - 0.5;
      const y = corner.y + column * stepY + row * stepX - 0.5;
      return x >= 0 && x < width - 1 && y >= 0 && y < height - 1;
    }),
  );
}

// A loop of its own, since most squares lie inside, and then no pixel need be asked whether it is there.
function interpolateInside(
  plane: Plane,
  width: number,
  corner: Point,
  stepX: number,
  stepY: number,
  size: number,
  sampled: Float32Array,
): void {
  for (let to = 0, row = 0; row < size; row++)
    for (let column = 0; column < size; column++, to++) {
      const x = corner.x + column * stepX - row * stepY - 0.5;
      const y = corner.y + column * stepY + row * stepX - 0.5;
      // Truncation, which is quicker, is enough from 0 on.
      const left = x | 0;
      const top = y | 0;
      const right = x - left;
      const from = top * width + left;
      const upper = plane[from]! + right * (plane[from + 1]! - plane[from]!);
      const lower = plane[from + width]! + right * (plane[from + width + 1]! - plane[from + width]!);
      sampled[to] = upper + (y - top) * (lower - upper);
    }
}

function interpolateAcross(
  plane: Plane,
  width: number,
  height: number,
  corner: Point,
  stepX: number,
  stepY: number,
  size: number,
  outside: Outside,
  sampled: Float32Array,
): void {
  const at = (x: number, y: number): number => {
    if (x >= 0 && x < width && y >= 0 && y < height) return plane[y * width + x]!;
    if (outside !== 'edge') return outside;
    return plane[Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))]!;
  };
  for (let to = 0, row = 0; row < size; row++)
    for (let column = 0; column < size; column++, to++) {
      const x = corner.x + column * stepX - row * stepY - 0.5;
      const y = corner.y + column * stepY + row * stepX - 0.5;
      const left = Math.floor(x);
      const top = Math.floor(y);
      const right = x - left;
      const down = y - top;
      if (left >= 0 && left + 1 < width && top >= 0 && top + 1 < height) {
        const from = top * width + left;
        const upper = plane[from]! + right * (plane[from + 1]! - plane[from]!);
        const lower = plane[from + width]! + right * (plane[from + width + 1]! - plane[from + width]!);
        sampled[to] = upper + down * (lower - upper);
      } else {
        const upper = (1 - right) * at(left, top) + right * at(left + 1, top);
        const lower = (1 - right) * at(left, top + 1) + right * at(left + 1, top + 1);
        sampled[to] = (1 - down) * upper + down * lower;
      }
    }
}

/** From here on a square is reduced by whole pixels first: every output pixel would be the sum of too many. */
const largestReduction = 4;

/**
 * A square of an image as planes of `size × size` levels 0 … 255: the luma for one channel, else red, green and blue.
 * Only the part of the image that the square covers is read.
 *
 * @throws where the image's pixels do not fit its size
 */
export function cutSquare(
  image: RawImage,
  channels: 1 | 3,
  square: Square,
  size: number,
  outside: Outside,
): Float32Array[] {
  requireImage(image);
  const scale = square.side / size;
  const { region, within } = regionOf(image, square, size);
  const { width, height } = region;
  if (scale <= largestReduction)
    return sampleSquare(toPlanes(region, channels), width, height, within, size, outside);
  const factor = Math.min(Math.floor(scale / 2), width, height);
  const rectangle = { left: 0, top: 0, right: width - (width % factor), bottom: height - (height % factor) };
  const whole = cropRegion(region, rectangle, newMemory);
  const [newWidth, newHeight] = [whole.width / factor, whole.height / factor];
  const planes = resizeImage(whole, channels, newWidth, newHeight);
  return sampleSquare(planes, newWidth, newHeight, scaledSquare(within, 1 / factor), size, outside);
}

/** The part of an image that a square of `size × size` pixels is made of, in memory from `take`, and the square in its coordinates. */
export function regionOf(
  image: RawImage,
  square: Square,
  size: number,
  take: TakeMemory = newMemory,
): { region: RawImage; within: Square } {
  const turned = Math.abs(Math.cos(square.angle)) + Math.abs(Math.sin(square.angle));
  const reach = (square.side / 2 + 2 * Math.max(square.side / size, 1)) * turned;
  const { centre } = square;
  const rectangle = {
    left: Math.floor(centre.x - reach),
    top: Math.floor(centre.y - reach),
    right: Math.ceil(centre.x + reach),
    bottom: Math.ceil(centre.y + reach),
  };
  const region = cropRegion(image, rectangle, take);
  const within = { ...square, centre: { x: centre.x - region.left, y: centre.y - region.top } };
  return { region, within };
}

/** The part of an image within a rectangle, and where it lies; at least one pixel, the nearest. */
function cropRegion(
  { width, height, channels, pixels }: RawImage,
  rectangle: { left: number; top: number; right: number; bottom: number },
  take: TakeMemory,
): RawImage & { left: number; top: number } {
  const left = Math.min(width - 1, Math.max(0, rectangle.left));
  const top = Math.min(height - 1, Math.max(0, rectangle.top));
  const right = Math.max(left + 1, Math.min(width, rectangle.right));
  const bottom = Math.max(top + 1, Math.min(height, rectangle.bottom));
  const row = (right - left) * channels;
  const length = row * (bottom - top);
  const cropped = new Uint8Array(take(length), 0, length);
  for (let y = top; y < bottom; y++) {
    const from = (y * width + left) * channels;
    cropped.set(pixels.subarray(from, from + row), (y - top) * row);
  }
  return { width: right - left, height: bottom - top, channels, pixels: cropped, left, top };
}
