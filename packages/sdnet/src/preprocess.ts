/**
 * From decoded pixels to the network's input: the one grey formula and the one resize, used by training,
 * command line and browser alike. Values are grey levels 0 … 255 until `normalise`.
 */

/** A decoded image: 8 bits a channel, rows from the top, channels interleaved (grey, RGB or RGBA). */
export interface RawImage {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  readonly pixels: Uint8Array | Uint8ClampedArray;
}

/** Largest side of a network's square input in pixels. */
export const largestSize = 512;

/** What a network wants to see: `mean` and `deviation` are in units of [0, 1], the same for all channels. */
export interface Preprocessing {
  /** Side of the square input in pixels, at most `largestSize` in a file of weights. */
  readonly size: number;
  /** 1: grey. 3: RGB. */
  readonly channels: 1 | 3;
  readonly mean: number;
  readonly deviation: number;
}

type Plane = Uint8Array | Uint8ClampedArray | Float32Array;

/**
 * The luma of an image, ITU-R 601: 0.299 R + 0.587 G + 0.114 B, rounded to the nearest grey level. The weights are
 * multiples of 2^-16 that sum to 1, as in Pillow's `convert('L')`, so the result is the same integer everywhere and a
 * colourless pixel keeps its value. RGBA is laid over white first. A grey image is returned as it is.
 */
export function grey(
  pixels: Uint8Array | Uint8ClampedArray,
  width: number,
  height: number,
  channels: 1 | 3 | 4,
): Uint8Array | Uint8ClampedArray {
  checkLength(pixels, width, height, channels);
  if (channels === 1) return pixels;
  if (channels === 4) return grey(overWhite(pixels), width, height, 3);
  const plane = new Uint8Array(width * height);
  for (let to = 0, from = 0; to < plane.length; to++, from += channels) {
    plane[to] =
      (19595 * pixels[from]! + 38470 * pixels[from + 1]! + 7471 * pixels[from + 2]! + 0x8000) >>> 16;
  }
  return plane;
}

/**
 * An image as planes of `height × width`, one a channel: the luma for one channel; for three, red, green and
 * blue (laid over white where there is alpha), or the grey plane three times.
 *
 * Throws where `pixels` has another length than the image's size says.
 */
export function toPlanes(image: RawImage, channels: 1 | 3): (Uint8Array | Uint8ClampedArray)[] {
  const { width, height } = image;
  if (channels === 1 || image.channels === 1) {
    return Array(channels).fill(grey(image.pixels, width, height, image.channels));
  }
  checkLength(image.pixels, width, height, image.channels);
  const pixels = image.channels === 4 ? overWhite(image.pixels) : image.pixels;
  return [0, 1, 2].map((channel) => {
    const plane = new Uint8Array(width * height);
    for (let to = 0, from = channel; to < plane.length; to++, from += 3) plane[to] = pixels[from]!;
    return plane;
  });
}

/** RGBA laid over white, as RGB: (c·a + 255·(255 − a)) / 255, rounded to the nearest level, as Pillow's `paste` does. */
function overWhite(pixels: Uint8Array | Uint8ClampedArray): Uint8Array {
  const opaque = new Uint8Array((pixels.length / 4) * 3);
  for (let to = 0, from = 0; to < opaque.length; to += 3, from += 4) {
    const alpha = pixels[from + 3]!;
    const white = 255 * (255 - alpha) + 127;
    opaque[to] = (pixels[from]! * alpha + white) / 255;
    opaque[to + 1] = (pixels[from + 1]! * alpha + white) / 255;
    opaque[to + 2] = (pixels[from + 2]! * alpha + white) / 255;
  }
  return opaque;
}

/**
 * Bilinear resize of a plane of `height × width` to `newHeight × newWidth`, with half-pixel centres.
 *
 * Enlarging an axis is plain bilinear interpolation, clamped at the edges (PyTorch's `interpolate` with
 * `align_corners=False`). Reducing it would alias that way, so there the triangle is stretched by the
 * reduction and normalised: Pillow's `Image.resize(BILINEAR)`, or `interpolate` with `antialias=True`. Rows
 * first, then columns, sums in float64 and stored in float32: bit for bit what Pillow does in its mode `F`.
 */
export function resizeBilinear(
  plane: Plane,
  width: number,
  height: number,
  newWidth: number,
  newHeight: number,
): Float32Array {
  checkLength(plane, width, height, 1);
  return resizeChannel(plane, width, height, 1, 0, newWidth, newHeight);
}

/**
 * `resizeBilinear` of each plane of `toPlanes`, for 1 channel the grey one's; but for large images: the pixels are read
 * where they lie, without a copy of each plane, except where luma or transparency have to be worked out first.
 */
export function resizeImage(
  image: RawImage,
  channels: 1 | 3,
  newWidth: number,
  newHeight: number,
): Float32Array[] {
  const { width, height, pixels } = image;
  checkLength(pixels, width, height, image.channels);
  if (channels === 1 || image.channels === 1) {
    const plane = grey(pixels, width, height, image.channels);
    return Array(channels).fill(resizeBilinear(plane, width, height, newWidth, newHeight));
  }
  const opaque = image.channels === 3 || isOpaque(pixels);
  const [source, step] = opaque ? [pixels, image.channels] : [overWhite(pixels), 3];
  return [0, 1, 2].map((offset) => resizeChannel(source, width, height, step, offset, newWidth, newHeight));
}

function isOpaque(pixels: Uint8Array | Uint8ClampedArray): boolean {
  for (let index = 3; index < pixels.length; index += 4) if (pixels[index] !== 255) return false;
  return true;
}

/** Resizes the channel whose values lie `step` apart, from `offset` on. */
function resizeChannel(
  values: Plane,
  width: number,
  height: number,
  step: number,
  offset: number,
  newWidth: number,
  newHeight: number,
): Float32Array {
  if (!(Number.isInteger(newWidth) && Number.isInteger(newHeight) && newWidth > 0 && newHeight > 0)) {
    throw new Error(`A plane cannot be resized to ${newWidth}×${newHeight}: whole numbers from 1 expected.`);
  }
  const columns = resizeColumns(values, width, height, step, offset, newWidth);
  if (newHeight === height) return columns;

  const { taps, starts, counts, weights } = triangleFilter(height, newHeight);
  const resized = new Float32Array(newWidth * newHeight);
  const sums = new Float64Array(newWidth);
  for (let y = 0; y < newHeight; y++) {
    // Row by row, as they lie in memory; each sum still takes its rows in their order.
    sums.fill(0);
    for (let tap = 0; tap < counts[y]!; tap++) {
      const weight = weights[y * taps + tap]!;
      const from = (starts[y]! + tap) * newWidth;
      for (let x = 0; x < newWidth; x++) sums[x]! += columns[from + x]! * weight;
    }
    resized.set(sums, y * newWidth);
  }
  return resized;
}

function resizeColumns(
  values: Plane,
  width: number,
  height: number,
  step: number,
  offset: number,
  newWidth: number,
): Float32Array {
  const resized = new Float32Array(newWidth * height);
  if (newWidth === width) {
    for (let to = 0, from = offset; to < resized.length; to++, from += step) resized[to] = values[from]!;
    return resized;
  }
  const { taps, starts, counts, weights } = triangleFilter(width, newWidth);
  for (let y = 0; y < height; y++) {
    const row = y * width * step + offset;
    for (let x = 0; x < newWidth; x++) {
      const count = counts[x]!;
      let sum = 0;
      for (let tap = 0, from = row + starts[x]! * step; tap < count; tap++, from += step)
        sum += values[from]! * weights[x * taps + tap]!;
      resized[y * newWidth + x] = sum;
    }
  }
  return resized;
}

/** For each of `newLength` positions: the first of the `length` values it takes, how many, and their weights. */
function triangleFilter(length: number, newLength: number) {
  const step = length / newLength;
  const support = Math.max(step, 1);
  const taps = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(newLength);
  const counts = new Int32Array(newLength);
  const weights = new Float64Array(newLength * taps);
  for (let position = 0; position < newLength; position++) {
    const centre = (position + 0.5) * step;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const count = Math.min(length, Math.trunc(centre + support + 0.5)) - start;
    let sum = 0;
    for (let tap = 0; tap < count; tap++) {
      const distance = Math.abs((start + tap - centre + 0.5) * (1 / support));
      const weight = Math.max(0, 1 - distance);
      weights[position * taps + tap] = weight;
      sum += weight;
    }
    for (let tap = 0; tap < count; tap++) weights[position * taps + tap]! /= sum;
    starts[position] = start;
    counts[position] = count;
  }
  return { taps, starts, counts, weights };
}

/** Writes (value / 255 − mean) / deviation of each grey level of `plane` to the start of `target`. */
export function normalise(
  plane: Float32Array,
  { mean, deviation }: Pick<Preprocessing, 'mean' | 'deviation'>,
  target: Float32Array,
): void {
  const factor = 1 / (255 * deviation);
  const offset = -mean / deviation;
  for (let index = 0; index < plane.length; index++) target[index] = plane[index]! * factor + offset;
}

/** Mirrors every row of `width` values left to right, in place. */
export function mirror(rows: Float32Array, width: number): void {
  for (let start = 0; start < rows.length; start += width) {
    for (let left = start, right = start + width - 1; left < right; left++, right--) {
      const swapped = rows[left]!;
      rows[left] = rows[right]!;
      rows[right] = swapped;
    }
  }
}

/**
 * The network's input for one image: `channels × size × size` values, (pixel / 255 − mean) / deviation of the
 * image resized to a square (its sides are not kept in proportion).
 *
 * Throws where `pixels` has another length than the image's size says.
 */
export function preprocess(image: RawImage, preprocessing: Preprocessing): Float32Array {
  const { size, channels } = preprocessing;
  const input = new Float32Array(channels * size * size);
  for (const [channel, plane] of toPlanes(image, channels).entries()) {
    const resized = resizeBilinear(plane, image.width, image.height, size, size);
    normalise(resized, preprocessing, input.subarray(channel * size * size));
  }
  return input;
}

/** Throws where an image's pixels do not fit its size. */
export const checkImage = ({ pixels, width, height, channels }: RawImage): void =>
  checkLength(pixels, width, height, channels);

function checkLength(pixels: Plane, width: number, height: number, channels: number): void {
  if (pixels.length !== width * height * channels || pixels.length === 0) {
    throw new Error(
      `An image of ${width}×${height} pixels with ${channels} channel(s) needs ` +
        `${width * height * channels} values (at least one), but there are ${pixels.length}.`,
    );
  }
}
