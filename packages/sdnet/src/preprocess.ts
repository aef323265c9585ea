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

/** Largest side of an image in pixels, as in a JPEG. */
export const largestImageSide = 65_535;
/** Most pixels of an image: a photograph, not a map. */
export const largestImagePixels = 64_000_000;

/** Largest side of a network's square input in pixels. */
export const largestSize = 512;

/** What a network wants to see: `mean` and `deviation` are in units of [0, 1], the same for all channels. */
export interface Preprocessing {
  /** Side of the square input in pixels, at most `largestSize`. */
  readonly size: number;
  /** 1: grey. 3: RGB. */
  readonly channels: 1 | 3;
  /** From 0 to 1. */
  readonly mean: number;
  /** From `smallestDeviation` to 1. */
  readonly deviation: number;
}

/** About a thousandth of a grey level: below, rounding is all that is left of an image. */
export const smallestDeviation = 4e-6;

/** Throws where no network has images like this. */
export function requireInputSize({ size, channels }: Pick<Preprocessing, 'size' | 'channels'>): void {
  if (!(Number.isInteger(size) && size >= 1 && size <= largestSize))
    throw new Error(`a size of ${size} pixels; a whole number from 1 to ${largestSize} is expected.`);
  if (channels !== 1 && channels !== 3) throw new Error(`${String(channels)} channels; 1 or 3 are expected.`);
}

/** Throws where no network can see images like this. */
export function requirePreprocessing({ mean, deviation, ...input }: Preprocessing): void {
  requireInputSize(input);
  if (!(mean >= 0 && mean <= 1)) throw new Error(`the mean ${mean}; a number from 0 to 1 is expected.`);
  if (!(deviation >= smallestDeviation && deviation <= 1))
    throw new Error(
      `the deviation ${deviation}; a positive number from ${smallestDeviation} to 1 is expected.`,
    );
}

/**
 * Throws where an image is none: pixels that are no bytes or do not fill it, a side or an area beyond the limits, or
 * another number of channels.
 */
export function requireImage({ width, height, channels, pixels }: RawImage): void {
  if (channels !== 1 && channels !== 3 && channels !== 4)
    throw new Error(`An image has ${String(channels)} channels; 1 (grey), 3 (RGB) or 4 (RGBA) are expected.`);
  if (!isBytes(pixels))
    throw new Error('The pixels of an image are expected as a Uint8Array or Uint8ClampedArray.');
  if (![width, height].every((side) => Number.isInteger(side) && side >= 1 && side <= largestImageSide))
    throw new Error(
      `An image of ${width}×${height} pixels: sides from 1 to ${largestImageSide} pixels are expected.`,
    );
  if (width * height > largestImagePixels)
    throw new Error(
      `An image of ${width}×${height} pixels: at most ${largestImagePixels / 1e6} megapixels are expected. Make it smaller first.`,
    );
  requireLength(pixels, width, height, channels);
}

/** Also of another frame or realm, whose classes are others. */
const isBytes = (pixels: unknown): boolean =>
  ['[object Uint8Array]', '[object Uint8ClampedArray]'].includes(Object.prototype.toString.call(pixels));

export type Plane = Uint8Array | Uint8ClampedArray | Float32Array;

/** One channel of an image, read where it lies: rows from the top, each value `step` after the one before, from `offset` on. */
export interface Channel {
  readonly values: Plane;
  readonly width: number;
  readonly height: number;
  readonly step: number;
  readonly offset: number;
}

/** One or three channels of an image, each as `Channel` says, from its own of `offsets` on; three lie next to each other. */
export interface Channels extends Omit<Channel, 'offset'> {
  readonly offsets: readonly [number] | readonly [0, 1, 2];
}

/** A plane of `height × width` as a channel. */
const planeChannel = (values: Plane, width: number, height: number): Channel => ({
  ...{ values, width, height, step: 1, offset: 0 },
});

/** A plane of `height × width` as the only channel. */
export const planeChannels = (values: Plane, width: number, height: number): Channels => ({
  ...{ values, width, height, step: 1, offsets: [0] },
});

/**
 * The luma of an image, ITU-R 601: 0.299 R + 0.587 G + 0.114 B, rounded to the nearest grey level. The weights are
 * multiples of 2^-16 that sum to 1, as in Pillow's `convert('L')`, so the result is the same integer everywhere and a
 * colourless pixel keeps its value. RGBA is laid over white first. A grey image is returned as it is.
 *
 * Throws where there is no such image; see `requireImage`.
 */
export function grey(
  pixels: Uint8Array | Uint8ClampedArray,
  width: number,
  height: number,
  channels: 1 | 3 | 4,
): Uint8Array | Uint8ClampedArray {
  requireImage({ width, height, channels, pixels });
  if (channels === 1) return pixels;
  const plane = new Uint8Array(width * height);
  if (channels === 3 || isOpaque(pixels))
    for (let to = 0, from = 0; to < plane.length; to++, from += channels)
      plane[to] = luma(pixels[from]!, pixels[from + 1]!, pixels[from + 2]!);
  else
    for (let to = 0, from = 0; to < plane.length; to++, from += 4) {
      const alpha = pixels[from + 3]!;
      plane[to] = luma(
        overWhite(pixels[from]!, alpha),
        overWhite(pixels[from + 1]!, alpha),
        overWhite(pixels[from + 2]!, alpha),
      );
    }
  return plane;
}

const luma = (red: number, green: number, blue: number): number =>
  (19595 * red + 38470 * green + 7471 * blue + 0x8000) >>> 16;

/** A level with its alpha laid over white: (c·a + 255·(255 − a)) / 255, rounded to the nearest, as Pillow's `paste` does. */
const overWhite = (level: number, alpha: number): number =>
  Math.trunc((level * alpha + 255 * (255 - alpha) + 127) / 255);

/**
 * An image as planes of `height × width`, one a channel: the luma for one channel; for three, red, green and
 * blue (laid over white where there is alpha), or the grey plane three times.
 *
 * Throws where there is no such image; see `requireImage`.
 */
export const toPlanes = (image: RawImage, channels: 1 | 3): (Uint8Array | Uint8ClampedArray)[] => [
  ...planesOf(image, channels),
];

/** One plane after the other, so that three of a large image need not be in memory together. */
function* planesOf(
  { width, height, channels: given, pixels }: RawImage,
  channels: 1 | 3,
): Generator<Uint8Array | Uint8ClampedArray, void, undefined> {
  if (channels === 1 || given === 1) {
    const plane = grey(pixels, width, height, given);
    for (let channel = 0; channel < channels; channel++) yield plane;
    return;
  }
  requireImage({ width, height, channels: given, pixels });
  const isPlain = given === 3 || isOpaque(pixels);
  for (const channel of [0, 1, 2]) {
    const plane = new Uint8Array(width * height);
    for (let to = 0, from = 0; to < plane.length; to++, from += given)
      plane[to] = isPlain ? pixels[from + channel]! : overWhite(pixels[from + channel]!, pixels[from + 3]!);
    yield plane;
  }
}

/**
 * Values between the two axes of a resize, 16 MB of them, from which on the order of the axes is chosen by memory: that
 * is more than any picture leaves but one thousands of pixels high, and every other keeps its bits.
 */
const largestBetweenAxes = 2 ** 22;

/**
 * Bilinear resize of a plane of `height × width` to `newHeight × newWidth`, with half-pixel centres.
 *
 * Enlarging an axis is plain bilinear interpolation, clamped at the edges (PyTorch's `interpolate` with
 * `align_corners=False`). Reducing it would alias that way, so there the triangle is stretched by the
 * reduction and normalised: Pillow's `Image.resize(BILINEAR)`, or `interpolate` with `antialias=True`. Along rows
 * first, then along columns, sums in float64 and stored in float32: bit for bit what Pillow does in its mode `F`. Only
 * where a plane is so high that this would leave millions of values in between, and fewer the other way round,
 * columns come first.
 */
export function resizeBilinear(
  plane: Plane,
  width: number,
  height: number,
  newWidth: number,
  newHeight: number,
): Float32Array {
  requireLength(plane, width, height, 1);
  return resizeChannel(planeChannel(plane, width, height), newWidth, newHeight);
}

/**
 * `resizeBilinear` of each plane of `toPlanes`, for 1 channel the grey one's; but for large images: the pixels are read
 * where they lie, without a copy of each plane, except where luma or transparency have to be worked out first.
 *
 * @param resize another way than that of `resizeBilinear`
 */
export function resizeImage(
  image: RawImage,
  channels: 1 | 3,
  newWidth: number,
  newHeight: number,
  resize: ResizeChannels = resizeEach,
): Float32Array[] {
  const { width, height, pixels, channels: step } = image;
  requireImage(image);
  if (channels === 3 && (step === 3 || (step === 4 && isOpaque(pixels))))
    return resize({ values: pixels, width, height, step, offsets: [0, 1, 2] }, newWidth, newHeight);
  const resizePlane = (plane: Plane): Float32Array =>
    resize(planeChannels(plane, width, height), newWidth, newHeight)[0]!;
  if (channels === 3 && step === 4) return Array.from(planesOf(image, 3), resizePlane);
  return Array(channels).fill(resizePlane(grey(pixels, width, height, step)));
}

/** Resizes each of the channels to a plane. */
export type ResizeChannels = (channels: Channels, newWidth: number, newHeight: number) => Float32Array[];

const resizeEach: ResizeChannels = ({ offsets, ...channels }, newWidth, newHeight) =>
  offsets.map((offset) => resizeChannel({ ...channels, offset }, newWidth, newHeight));

/** Whether RGBA pixels have no alpha but 255. */
export function isOpaque(pixels: Uint8Array | Uint8ClampedArray): boolean {
  const words = wordsOf(pixels);
  if (!words) {
    for (let index = 3; index < pixels.length; index += 4) if (pixels[index] !== 255) return false;
    return true;
  }
  // Four pixels at once, and none is asked for alone: less than half of the time.
  const fours = words.length - (words.length % 4);
  let [first, second, third, fourth] = [-1, -1, -1, -1];
  for (let index = 0; index < fours; index += 4) {
    first &= words[index]!;
    second &= words[index + 1]!;
    third &= words[index + 2]!;
    fourth &= words[index + 3]!;
  }
  for (let index = fours; index < words.length; index++) first &= words[index]!;
  return (first & second & third & fourth) >>> 24 === 255;
}

const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** RGBA pixels as one number each, red its lowest byte and alpha its highest; undefined where their memory cannot be read so. */
export const wordsOf = ({
  buffer,
  byteOffset,
  length,
}: Uint8Array | Uint8ClampedArray): Int32Array | undefined =>
  isLittleEndian && byteOffset % 4 === 0 ? new Int32Array(buffer, byteOffset, length >> 2) : undefined;

function resizeChannel(channel: Channel, newWidth: number, newHeight: number): Float32Array {
  const { width, height } = channel;
  if (!(Number.isInteger(newWidth) && Number.isInteger(newHeight) && newWidth > 0 && newHeight > 0)) {
    throw new Error(`A plane cannot be resized to ${newWidth}×${newHeight}: whole numbers from 1 expected.`);
  }
  const betweenAxes = newWidth * height;
  if (betweenAxes > largestBetweenAxes && width * newHeight < betweenAxes) {
    const columns = resizeColumns(channel, newHeight);
    return newWidth === width ? columns : resizeRows(planeChannel(columns, width, newHeight), newWidth);
  }
  const rows = resizeRows(channel, newWidth);
  return newHeight === height ? rows : resizeColumns(planeChannel(rows, newWidth, height), newHeight);
}

/** Every column of `height` values to `newHeight`. */
function resizeColumns({ values, width, height, step, offset }: Channel, newHeight: number): Float32Array {
  const { taps, starts, counts, weights } = triangleFilter(height, newHeight);
  const resized = new Float32Array(width * newHeight);
  const sums = new Float64Array(width);
  for (let y = 0; y < newHeight; y++) {
    // Row by row, as they lie in memory; each sum still takes its rows in their order.
    sums.fill(0);
    for (let tap = 0; tap < counts[y]!; tap++) {
      const weight = weights[y * taps + tap]!;
      let from = (starts[y]! + tap) * width * step + offset;
      for (let x = 0; x < width; x++, from += step) sums[x]! += values[from]! * weight;
    }
    resized.set(sums, y * width);
  }
  return resized;
}

/** Every row of `width` values to `newWidth`. */
function resizeRows({ values, width, height, step, offset }: Channel, newWidth: number): Float32Array {
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
 * Throws where there is no such image; see `requireImage`.
 */
export function preprocess(image: RawImage, preprocessing: Preprocessing): Float32Array {
  const { size, channels } = preprocessing;
  const input = new Float32Array(channels * size * size);
  let channel = 0;
  for (const plane of planesOf(image, channels)) {
    const resized = resizeBilinear(plane, image.width, image.height, size, size);
    normalise(resized, preprocessing, input.subarray(channel++ * size * size));
  }
  return input;
}

function requireLength(pixels: Plane, width: number, height: number, channels: number): void {
  if (pixels.length !== width * height * channels || pixels.length === 0) {
    throw new Error(
      `An image of ${width}×${height} pixels with ${channels} channel(s) needs ` +
        `${width * height * channels} values (at least one), but there are ${pixels.length}.`,
    );
  }
}
