/** Planes [K, H, W], row after row. */
export interface Planes {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly data: Float32Array;
}

/**
 * Grad-CAM (Selvaraju et al., "Grad-CAM: Visual explanations from deep networks via gradient-based localization", 2017,
 * eq. 1 and 2): the mean of a class's gradient over each plane is the plane's weight, and the map is the weighted sum of
 * the planes where it is positive. What speaks against the class is left out.
 *
 * @param gradient of the class's logit by every element of `activation`, in its order
 * @returns the map [H, W]
 */
export function gradCam({ channels, height, width, data }: Planes, gradient: Float32Array): Float32Array {
  const positions = height * width;
  const sums = new Float64Array(positions);
  for (let start = 0; start < channels * positions; start += positions) {
    let weight = 0;
    for (let position = start; position < start + positions; position++) weight += gradient[position]!;
    weight /= positions;
    for (let position = 0; position < positions; position++)
      sums[position]! += weight * data[start + position]!;
  }
  return Float32Array.from(sums, (sum) => Math.max(sum, 0));
}
