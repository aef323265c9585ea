import { normalise, planeChannels, type RawImage, resizeImage } from '../preprocess.js';
import type { TakeMemory } from '../reused-memory.js';
import { meanOfBlocks, shrinkChannels } from '../shrink.js';

/** An image at one of the sizes in which faces are looked for: red, green and blue as levels 0 … 255. */
export interface Level {
  readonly width: number;
  readonly height: number;
  /** Pixels of the level for each pixel of the image. */
  readonly scale: number;
  /** Three planes; of a grey image three times the same. */
  readonly planes: readonly Float32Array[];
}

/**
 * By how much an image is enlarged or reduced for each run of the network, the smallest first. In the first the image's
 * long side is `coarsest` pixels; each of the others is at most `step` times the one before it, and the last is `finest`.
 */
export function pyramidScales(
  longSide: number,
  { coarsest, finest, step }: { coarsest: number; finest: number; step: number },
): number[] {
  const first = coarsest / longSide;
  if (finest <= first * 1.05) return [first];
  const steps = Math.ceil(Math.log(finest / first) / Math.log(step) - 1e-9);
  return Array.from({ length: steps + 1 }, (_, index) => first * (finest / first) ** (index / steps));
}

/** The image in each of those scales; each is reduced from the next larger one. */
export function pyramid(image: RawImage, scales: readonly number[]): Level[] {
  const levels: Level[] = [];
  for (const scale of [...scales].reverse()) {
    const width = Math.max(1, Math.round(image.width * scale));
    const height = Math.max(1, Math.round(image.height * scale));
    const finer = levels[0];
    const planes = finer
      ? distinct(
          finer.planes,
          (plane) => shrinkChannels(planeChannels(plane, finer.width, finer.height), width, height)[0]!,
        )
      : resizeImage(image, 3, width, height, shrinkChannels);
    levels.unshift({ width, height, scale, planes });
  }
  return levels;
}

/** An image whose every `factor × factor` pixels are one: their mean. At least one is left; what fills none is left out. */
export function levelOf(image: RawImage, factor: number): Level {
  const whole = Math.max(1, Math.min(factor, image.width, image.height));
  const [width, height] = [Math.floor(image.width / whole), Math.floor(image.height / whole)];
  const planes = resizeImage(image, 3, width, height, (channels) => meanOfBlocks(channels, whole));
  return { width, height, scale: 1 / whole, planes };
}

/** A level at half its scale, each pixel the mean of four; of an odd side the last pixel is left out. */
export const halved = ({ width, height, scale, planes }: Level): Level => ({
  width: width >> 1,
  height: height >> 1,
  scale: scale / 2,
  planes: distinct(planes, (plane) => meanOfBlocks(planeChannels(plane, width, height), 2)[0]!),
});

/** `make` of each plane, once where all are the same. */
const distinct = <P>(planes: readonly P[], make: (plane: P) => Float32Array): Float32Array[] => {
  if (planes.every((plane) => plane === planes[0])) return Array(planes.length).fill(make(planes[0]!));
  return planes.map(make);
};

/** What BlazeFace takes: levels 0 … 255 as −1 … 1. */
const levelRange = { mean: 0.5, deviation: 0.5 };

/** A part of a level. */
export interface Tile {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * A part of a level as the network's input, 3 × height × width, its sides filled up to multiples of `multiple` by what
 * BlazeFace takes for "outside": −1. In memory from `take`.
 */
export function networkInput(
  level: Pick<Level, 'width' | 'planes'>,
  tile: Tile,
  multiple: number,
  take: TakeMemory,
): { data: Float32Array; width: number; height: number } {
  const width = Math.ceil(tile.width / multiple) * multiple;
  const height = Math.ceil(tile.height / multiple) * multiple;
  const length = 3 * width * height;
  const data = new Float32Array(take(4 * length), 0, length);
  if (width > tile.width || height > tile.height) data.fill(-1);
  for (const [channel, plane] of level.planes.entries())
    for (let y = 0; y < tile.height; y++) {
      const from = (tile.top + y) * level.width + tile.left;
      normalise(
        plane.subarray(from, from + tile.width),
        levelRange,
        data.subarray((channel * height + y) * width),
      );
    }
  return { data, width, height };
}

/** Several squares of `size × size` pixels, each as three planes of levels 0 … 255, as one input, in memory from `take`. */
export function networkInputs(
  squares: readonly (readonly Float32Array[])[],
  size: number,
  take: TakeMemory,
): { data: Float32Array; width: number; height: number } {
  const length = squares.length * 3 * size * size;
  const data = new Float32Array(take(4 * length), 0, length);
  for (const [index, plane] of squares.flat().entries())
    normalise(plane, levelRange, data.subarray(index * size * size));
  return { data, width: size, height: size };
}

/** A level of more pixels goes through the network in tiles: its activations take about 300 bytes a pixel. */
const largestInput = 500_000;
/** Pixels that neighbouring tiles share, so that a face is whole in one of them: larger ones are found in another level. */
const shared = 128;

/** A level, whole or as tiles that overlap. */
export function tiles({ width, height }: Pick<Level, 'width' | 'height'>): Tile[] {
  if (width * height <= largestInput) return [{ left: 0, top: 0, width, height }];
  const columns = spans(
    width,
    Math.max(Math.floor(Math.sqrt(largestInput)), Math.floor(largestInput / height)),
  );
  const rows = spans(height, Math.floor(largestInput / columns[0]!.length));
  return rows.flatMap((row) =>
    columns.map((column) => ({
      ...{ left: column.start, top: row.start, width: column.length, height: row.length },
    })),
  );
}

/** A length as equal parts of at most `most` that overlap. */
function spans(length: number, most: number): { start: number; length: number }[] {
  if (length <= most) return [{ start: 0, length }];
  const count = Math.ceil((length - shared) / (most - shared));
  const ends = Array.from({ length: count + 1 }, (_, index) =>
    Math.round((index * (length - shared)) / count),
  );
  return ends.slice(1).map((end, index) => ({ start: ends[index]!, length: end + shared - ends[index]! }));
}
