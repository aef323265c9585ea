/** (x, y) ↦ (a x + b y + c, d x + e y + f). */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/**
 * Warps a plane of `height × width` to `newHeight × newWidth`, sampled bilinearly where `inverse` takes each new
 * pixel's centre. Coordinates are in pixels with the plane's corner at (0, 0), so centres lie at halves. Beyond
 * the border the plane is reflected, its edge pixels repeated (PyTorch's `grid_sample` with
 * `padding_mode='reflection', align_corners=False`). There is no antialiasing.
 */
export function warpAffine(
  plane: Uint8Array | Uint8ClampedArray | Float32Array,
  width: number,
  height: number,
  newWidth: number,
  newHeight: number,
  inverse: Affine,
): Float32Array {
  const [a, b, c, d, e, f] = inverse;
  const warped = new Float32Array(newWidth * newHeight);
  let to = 0;
  for (let row = 0; row < newHeight; row++) {
    // At column 0; less half a pixel, so that whole numbers are centres.
    const rowX = 0.5 * a + (row + 0.5) * b + c - 0.5;
    const rowY = 0.5 * d + (row + 0.5) * e + f - 0.5;
    for (let column = 0; column < newWidth; column++, to++) {
      const x = rowX + column * a;
      const y = rowY + column * d;
      const left = Math.floor(x);
      const top = Math.floor(y);
      const right = x - left;
      const bottom = y - top;
      let topLeft: number;
      let topRight: number;
      let bottomLeft: number;
      let bottomRight: number;
      if (left >= 0 && top >= 0 && left < width - 1 && top < height - 1) {
        const from = top * width + left;
        topLeft = plane[from]!;
        topRight = plane[from + 1]!;
        bottomLeft = plane[from + width]!;
        bottomRight = plane[from + width + 1]!;
      } else {
        const x0 = reflect(left, width);
        const x1 = reflect(left + 1, width);
        const y0 = reflect(top, height) * width;
        const y1 = reflect(top + 1, height) * width;
        topLeft = plane[y0 + x0]!;
        topRight = plane[y0 + x1]!;
        bottomLeft = plane[y1 + x0]!;
        bottomRight = plane[y1 + x1]!;
      }
      const upper = topLeft + right * (topRight - topLeft);
      const lower = bottomLeft + right * (bottomRight - bottomLeft);
      warped[to] = upper + bottom * (lower - upper);
    }
  }
  return warped;
}

/** The index within 0 … length − 1 that `index` becomes when the line is reflected at its ends. */
function reflect(index: number, length: number): number {
  const period = 2 * length;
  const within = ((index % period) + period) % period;
  return within < length ? within : period - 1 - within;
}
