import { type Dataset, imageOf } from '@sdnet/training';
import { resizeBilinear, toPlanes } from 'sdnet';

/** Side of the thumbnails that are compared. */
const side = 16;
const length = side * side;

/** Coefficients compared first; they are kept apart, so that they fit in the processor's cache. */
const headLength = 8;

/**
 * Calls `onPair` for every two of the images at `indices` whose 16×16 thumbnails correlate by at least `threshold`
 * (Pearson's coefficient of their grey levels, in [-1, 1]), as positions in `indices`, in no particular order.
 *
 * Correlation does not see brightness and contrast, and a thumbnail neither noise nor compression; an image of one
 * grey level is like no other.
 *
 * The search is exact. Normalised thumbnails a and b have |a − b|² = 2 − 2·correlation, an orthonormal transform
 * (DCT-II) keeps that distance and gathers most of it in a few coefficients, and any of them bounds it from below:
 * images are sorted by the coefficient that varies most, and a pair is given up as soon as the sum is too large.
 */
export function eachSimilarPair(
  dataset: Dataset,
  indices: readonly number[],
  threshold: number,
  onPair: (first: number, second: number, correlation: number) => void,
): void {
  const { positions, coefficients } = describe(dataset, indices);
  const count = positions.length;
  const order = byVariance(coefficients, count);
  const lead = order[0]!;
  const sorted = Uint32Array.from(positions.keys()).sort(
    (a, b) => coefficients[a * length + lead]! - coefficients[b * length + lead]!,
  );

  const head = new Float32Array(count * headLength);
  const tail = new Float32Array(count * (length - headLength));
  for (const [row, image] of sorted.entries()) {
    for (let rank = 0; rank < length; rank++) {
      const value = coefficients[image * length + order[rank]!]!;
      if (rank < headLength) head[row * headLength + rank] = value;
      else tail[row * (length - headLength) + rank - headLength] = value;
    }
  }

  const limit = 2 - 2 * threshold;
  const reach = Math.sqrt(limit);
  for (let first = 0; first < count; first++) {
    const a = first * headLength;
    const lastLead = head[a]! + reach;
    for (let second = first + 1; second < count; second++) {
      const b = second * headLength;
      if (head[b]! > lastLead) break;
      // Most pairs end here, so the first four are written out.
      const d0 = head[a]! - head[b]!;
      const d1 = head[a + 1]! - head[b + 1]!;
      const d2 = head[a + 2]! - head[b + 2]!;
      const d3 = head[a + 3]! - head[b + 3]!;
      let distance = d0 * d0 + d1 * d1 + d2 * d2 + d3 * d3;
      let rank = 4;
      for (; rank < headLength && distance <= limit; rank++) {
        const difference = head[a + rank]! - head[b + rank]!;
        distance += difference * difference;
      }
      if (distance > limit) continue;
      const tailA = first * (length - headLength);
      const tailB = second * (length - headLength);
      for (rank = 0; rank < length - headLength && distance <= limit; rank++) {
        const difference = tail[tailA + rank]! - tail[tailB + rank]!;
        distance += difference * difference;
      }
      if (distance <= limit) {
        onPair(positions[sorted[first]!]!, positions[sorted[second]!]!, 1 - distance / 2);
      }
    }
  }
}

/** The DCT of each image's normalised thumbnail; `positions` are those of the images that have any contrast. */
function describe(
  dataset: Dataset,
  indices: readonly number[],
): { positions: number[]; coefficients: Float32Array } {
  const positions: number[] = [];
  const coefficients = new Float32Array(indices.length * length);
  for (const [position, index] of indices.entries()) {
    const image = imageOf(dataset, index);
    const thumbnail = resizeBilinear(toPlanes(image, 1)[0]!, image.width, image.height, side, side);
    if (!normalise(thumbnail)) continue;
    coefficients.set(transform(thumbnail), positions.length * length);
    positions.push(position);
  }
  return { positions, coefficients };
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
function byVariance(coefficients: Float32Array, count: number): number[] {
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
