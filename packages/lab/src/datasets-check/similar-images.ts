import { type Dataset, imageOf } from '@sdnet/training';
import { resizeBilinear, toPlanes } from 'sdnet';

/** Side of the thumbnails that are compared. */
export const thumbnailSide = 16;
const side = thumbnailSide;
const length = side * side;

/** Coefficients compared first. */
const headLength = 8;
const tailLength = length - headLength;

/**
 * An image that has so many similar ones is in a crowd of frames of one scene: more of them would not tell more, and
 * all pairs of some ten thousand such images take hours.
 */
const crowd = 1000;

/** Hears of two similar images by their positions. */
export type OnPair = (first: number, second: number, correlation: number) => void;

/**
 * Calls `onPair` for every two of the images at `indices` whose 16×16 thumbnails correlate by at least `threshold`
 * (Pearson's coefficient of their grey levels, in [-1, 1]), as positions in `indices`, in no particular order; of an
 * image with thousands of similar ones, for a thousand of them at least.
 *
 * Correlation does not see brightness and contrast, and a thumbnail neither noise nor compression; an image of one
 * grey level is like no other.
 */
export function eachSimilarPair(
  dataset: Dataset,
  indices: readonly number[],
  threshold: number,
  onPair: OnPair,
): void {
  const thumbnails = describe(
    indices.map((index) => {
      const image = imageOf(dataset, index);
      return resizeBilinear(toPlanes(image, 1)[0]!, image.width, image.height, side, side);
    }),
  );
  const arranged = arrange(thumbnails, byVariance(thumbnails));
  search(arranged, arranged, threshold, onPair);
}

/** Like `eachSimilarPair`, for thumbnails that are at hand: each of `some` with each of `others`. */
export function eachSimilarTo(some: Thumbnails, others: Thumbnails, threshold: number, onPair: OnPair): void {
  const order = byVariance(others);
  search(arrange(some, order), arrange(others, order), threshold, onPair);
}

/** Normalised and transformed; those that have any contrast. */
export interface Thumbnails {
  /** Of the thumbnails in the list they were made of. */
  readonly positions: readonly number[];
  readonly coefficients: Float32Array;
}

/** The DCT of each normalised thumbnail, of `thumbnailSide` pixels a side; they are changed. */
export function describe(thumbnails: readonly Float32Array[]): Thumbnails {
  const positions: number[] = [];
  const coefficients = new Float32Array(thumbnails.length * length);
  for (const [position, thumbnail] of thumbnails.entries()) {
    if (!normalise(thumbnail)) continue;
    coefficients.set(transform(thumbnail), positions.length * length);
    positions.push(position);
  }
  return { positions, coefficients };
}

/** Thumbnails in groups that are alike in the second and third coefficient, each in the order of the first. */
interface Arranged {
  readonly positions: Uint32Array;
  /** The first coefficients of each, apart from the others: those of a group fit in the processor's cache. */
  readonly head: Float32Array;
  readonly tail: Float32Array;
  readonly groups: readonly Group[];
}

/** Rows that follow each other, and the limits of their second and third coefficient. */
interface Group {
  readonly start: number;
  readonly end: number;
  readonly low: readonly [number, number];
  readonly high: readonly [number, number];
}

/** Thumbnails of a group, about. */
const groupSize = 900;

/** @param order of the coefficients */
function arrange({ positions, coefficients }: Thumbnails, order: readonly number[]): Arranged {
  const count = positions.length;
  const rows = Uint32Array.from(positions.keys());
  const sortBy = (part: Uint32Array, rank: number) =>
    part.sort((a, b) => coefficients[a * length + order[rank]!]! - coefficients[b * length + order[rank]!]!);
  const slices = Math.max(1, Math.round(Math.sqrt(count / groupSize)));
  const bound = (start: number, end: number, slice: number) =>
    start + Math.floor(((end - start) * slice) / slices);
  const limits: [number, number][] = [];
  sortBy(rows, 1);
  for (let slice = 0; slice < slices; slice++) {
    const [start, end] = [bound(0, count, slice), bound(0, count, slice + 1)];
    sortBy(rows.subarray(start, end), 2);
    for (let inner = 0; inner < slices; inner++) {
      const [from, to] = [bound(start, end, inner), bound(start, end, inner + 1)];
      sortBy(rows.subarray(from, to), 0);
      if (to > from) limits.push([from, to]);
    }
  }

  const head = new Float32Array(count * headLength);
  const tail = new Float32Array(count * tailLength);
  for (const [row, image] of rows.entries()) {
    for (let rank = 0; rank < length; rank++) {
      const value = coefficients[image * length + order[rank]!]!;
      if (rank < headLength) head[row * headLength + rank] = value;
      else tail[row * tailLength + rank - headLength] = value;
    }
  }
  const groups = limits.map(([start, end]): Group => {
    const low: [number, number] = [Infinity, Infinity];
    const high: [number, number] = [-Infinity, -Infinity];
    for (let row = start; row < end; row++)
      for (const rank of [0, 1] as const) {
        low[rank] = Math.min(low[rank], head[row * headLength + 1 + rank]!);
        high[rank] = Math.max(high[rank], head[row * headLength + 1 + rank]!);
      }
    return { start, end, low, high };
  });
  return { positions: rows.map((image) => positions[image]!), head, tail, groups };
}

/**
 * The search is exact. Normalised thumbnails a and b have |a − b|² = 2 − 2·correlation, an orthonormal transform
 * (DCT-II) keeps that distance and gathers most of it in a few coefficients, and any of them bound it from below:
 * groups that lie too far away are passed over, in a group only those are looked at whose first coefficient is near,
 * and a pair is given up as soon as the sum is too large.
 *
 * @param others may be `some` itself: each pair then comes once
 */
function search(some: Arranged, others: Arranged, threshold: number, onPair: OnPair): void {
  const limit = 2 - 2 * threshold;
  const reach = Math.sqrt(limit);
  const { head, tail } = some;
  const { head: otherHead, tail: otherTail } = others;
  const found = new Uint32Array(some.positions.length);
  for (const { start: firstOther, end, low, high } of others.groups) {
    for (const group of some.groups) {
      let start = firstOther;
      for (let first = group.start; first < group.end; first++) {
        const a = first * headLength;
        while (start < end && otherHead[start * headLength]! < head[a]! - reach) start++;
        const gap1 = Math.max(low[0] - head[a + 1]!, head[a + 1]! - high[0], 0);
        const gap2 = Math.max(low[1] - head[a + 2]!, head[a + 2]! - high[1], 0);
        if (gap1 * gap1 + gap2 * gap2 > limit) continue;
        const lastLead = head[a]! + reach;
        let second = some === others ? Math.max(start, first + 1) : start;
        for (; second < end && found[first]! < crowd; second++) {
          const b = second * headLength;
          if (otherHead[b]! > lastLead) break;
          // Most pairs end here, so the first four are written out.
          const d0 = head[a]! - otherHead[b]!;
          const d1 = head[a + 1]! - otherHead[b + 1]!;
          const d2 = head[a + 2]! - otherHead[b + 2]!;
          const d3 = head[a + 3]! - otherHead[b + 3]!;
          let distance = d0 * d0 + d1 * d1 + d2 * d2 + d3 * d3;
          let rank = 4;
          for (; rank < headLength && distance <= limit; rank++) {
            const difference = head[a + rank]! - otherHead[b + rank]!;
            distance += difference * difference;
          }
          if (distance > limit) continue;
          const tailA = first * tailLength;
          const tailB = second * tailLength;
          for (rank = 0; rank < tailLength && distance <= limit; rank++) {
            const difference = tail[tailA + rank]! - otherTail[tailB + rank]!;
            distance += difference * difference;
          }
          if (distance > limit) continue;
          found[first]!++;
          const [one, other] = [some.positions[first]!, others.positions[second]!];
          // Laying one over the other is not quite the same both ways: however images are grouped, the same way.
          if (some === others && otherHead[b]! < head[a]!) onPair(other, one, 1 - distance / 2);
          else onPair(one, other, 1 - distance / 2);
        }
      }
    }
  }
}

/** Mean 0 and length 1, in place; false where all values are (nearly) equal. */
function normalise(values: Float32Array): boolean {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const norm = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0));
  // Less than a tenth of a grey level from pixel to pixel is rounding.
  if (norm < 0.1 * Math.sqrt(values.length)) return false;
  for (let index = 0; index < values.length; index++) values[index] = (values[index]! - mean) / norm;
  return true;
}

/** Orthonormal DCT-II: row `frequency`, column `position`. */
const cosines = Float64Array.from({ length }, (_, index) => {
  const frequency = Math.floor(index / side);
  const position = index % side;
  const scale = Math.sqrt((frequency === 0 ? 1 : 2) / side);
  return scale * Math.cos((Math.PI * frequency * (position + 0.5)) / side);
});

function transform(thumbnail: Float32Array): Float64Array {
  return transformRows(transformRows(thumbnail));
}

/** Transforms each row and transposes the result. */
function transformRows(values: Float32Array | Float64Array): Float64Array {
  const transformed = new Float64Array(length);
  for (let row = 0; row < side; row++) {
    for (let frequency = 0; frequency < side; frequency++) {
      let sum = 0;
      for (let column = 0; column < side; column++)
        sum += cosines[frequency * side + column]! * values[row * side + column]!;
      transformed[frequency * side + row] = sum;
    }
  }
  return transformed;
}

/** The coefficients from the one that varies most between the images to the one that varies least. */
function byVariance({ positions: { length: count }, coefficients }: Thumbnails): number[] {
  const variances = Array.from({ length }, (_, coefficient) => {
    let sum = 0;
    let squares = 0;
    for (let image = 0; image < count; image++) {
      const value = coefficients[image * length + coefficient]!;
      sum += value;
      squares += value * value;
    }
    return squares - (sum * sum) / Math.max(count, 1);
  });
  return variances.map((_, index) => index).sort((a, b) => variances[b]! - variances[a]!);
}
