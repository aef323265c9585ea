import type { SaliencyMap } from './saliency-map.js';

/**
 * (x, y) ↦ (a x + b y + c, d x + e y + f), in pixels with the image's corner at (0, 0): the centre of its first pixel is
 * at (0.5, 0.5).
 */
export type AffineMap = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** A map over a rectangle of an image, in the image's pixels. */
export interface PlacedMap {
  /** The rectangle's first column and row. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** In [0, 1], rows from the top; NaN where the map does not cover the pixel. */
  readonly values: Float32Array;
}

/**
 * Lays a crop's map over the image it was cut from: each pixel whose centre lies in the crop has the map's value there,
 * interpolated bilinearly. Only the rectangle around the crop is made, as far as it lies within the image.
 *
 * @param map in the coordinates of the crop as the network sees it, `map.width × map.height`
 * @param toImage from those to the image's; `scaleTo(map, image)` where the image is the crop itself
 * @throws where `toImage` cannot be inverted
 */
export function mapToImage(
  map: Pick<SaliencyMap, 'width' | 'height' | 'values'>,
  toImage: AffineMap,
  image: { readonly width: number; readonly height: number },
): PlacedMap {
  const [a, b, c, d, e, f] = toImage;
  const determinant = a * e - b * d;
  if (!toImage.every(Number.isFinite) || determinant === 0)
    throw new Error(
      `A map cannot be laid over an image by the affine map ${toImage.join(', ')}: six finite numbers are expected ` +
        'that take the crop to an area.',
    );
  const corners = [
    [0, 0],
    [map.width, 0],
    [0, map.height],
    [map.width, map.height],
  ].map(([x, y]) => [a * x! + b * y! + c, d * x! + e * y! + f] as const);
  const range = (positions: readonly number[], length: number) => {
    const from = Math.min(length, Math.max(0, Math.floor(Math.min(...positions))));
    const to = Math.min(length, Math.max(from, Math.ceil(Math.max(...positions))));
    return [from, to - from] as const;
  };
  const [x, width] = range(
    corners.map(([column]) => column),
    image.width,
  );
  const [y, height] = range(
    corners.map(([, row]) => row),
    image.height,
  );
  const values = new Float32Array(width * height);
  for (let to = 0, row = 0; row < height; row++)
    for (let column = 0; column < width; column++, to++) {
      const [dx, dy] = [x + column + 0.5 - c, y + row + 0.5 - f];
      values[to] = valueAt(map, (e * dx - b * dy) / determinant, (a * dy - d * dx) / determinant);
    }
  return { x, y, width, height, values };
}

/** The affine map from a crop as the network sees it to the image of the crop, which was stretched to its square. */
export const scaleTo = (
  map: { readonly width: number; readonly height: number },
  image: { readonly width: number; readonly height: number },
): AffineMap => [image.width / map.width, 0, 0, 0, image.height / map.height, 0];

function valueAt(
  { width, height, values }: Pick<SaliencyMap, 'width' | 'height' | 'values'>,
  x: number,
  y: number,
): number {
  if (!(x >= 0 && y >= 0 && x <= width && y <= height)) return NaN;
  const column = Math.min(Math.max(x - 0.5, 0), width - 1);
  const row = Math.min(Math.max(y - 0.5, 0), height - 1);
  const [left, top] = [Math.floor(column), Math.floor(row)];
  const [right, bottom] = [Math.min(left + 1, width - 1), Math.min(top + 1, height - 1)];
  const [across, down] = [column - left, row - top];
  const between = (line: number) =>
    values[line * width + left]! * (1 - across) + values[line * width + right]! * across;
  return between(top) * (1 - down) + between(bottom) * down;
}
