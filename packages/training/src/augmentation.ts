import type { Random } from '@sdnet/autograd';
import { mirror, normalise, type Preprocessing, type RawImage, resizeBilinear, toPlanes } from 'sdnet';
import * as z from 'zod/mini';
import { type Affine, warpAffine } from './warp-affine.js';

const ratio = z.number().check(z.minimum(0), z.maximum(1));
const degrees = z.number().check(z.minimum(0), z.maximum(180));
const scale = z.number().check(z.minimum(0), z.maximum(0.9));
/** Longest side of an erased rectangle in pixels; source images are smaller. */
const largestErased = 10_000;
const erasedSide = z.int().check(z.minimum(1), z.maximum(largestErased));

/** How training images are varied. Everything is off by default; `±` values are drawn uniformly. */
export const augmentationSettings = z.strictObject({
  /** Probability of mirroring left to right. */
  horizontalFlip: z._default(ratio, 0),
  /** ± degrees about the centre. */
  rotationDegrees: z._default(degrees, 0),
  /** Enlarged by a factor in 1 ± scale. */
  scale: z._default(scale, 0),
  /** ± fraction of the width and, drawn apart, of the height. */
  shift: z._default(ratio, 0),
  /** Differences from the image's mean multiplied by a factor in 1 ± contrast. */
  contrast: z._default(ratio, 0),
  /** ± fraction of the range from black to white, added. */
  brightness: z._default(ratio, 0),
  /**
   * With this probability a rectangle, its sides drawn apart from minimum to maximum pixels of the source image,
   * is replaced by the data set's mean (0 after normalisation).
   */
  erasing: z.optional(
    z
      .strictObject({ probability: ratio, minimum: erasedSide, maximum: erasedSide })
      .check(z.refine(({ minimum, maximum }) => minimum <= maximum, 'minimum must not be above maximum')),
  ),
  /** Mixes each image and its target with another of the batch: Mixup's α. Applied to whole batches, after all else. */
  mixup: z.optional(z.number().check(z.minimum(0.05), z.maximum(1))),
});

export type AugmentationSettings = z.output<typeof augmentationSettings>;

/**
 * Writes one varied image to the start of `target`, in the form of `preprocess`: `channels × size × size`
 * normalised values. With everything off it writes the very bytes `preprocess` returns.
 *
 * Rotation, scale, shift and the resize are one affine warp with one interpolation, borders reflected. Only an
 * axis that `size` reduces is warped at its own length and then resized with antialiasing. The image's grey
 * levels are clipped to black and white after brightness and contrast, as a camera would.
 *
 * As many numbers are drawn whatever the settings, so that changing one of them leaves the others' effect alone.
 */
export function augment(
  image: RawImage,
  preprocessing: Preprocessing,
  settings: AugmentationSettings,
  random: Random,
  target: Float32Array,
): void {
  const { size, channels } = preprocessing;
  const plusMinus = (range: number) => (2 * random.uniform() - 1) * range;
  const flipped = random.uniform() < settings.horizontalFlip;
  const radians = plusMinus(settings.rotationDegrees) * (Math.PI / 180);
  const scale = 1 + plusMinus(settings.scale);
  const shiftX = plusMinus(settings.shift);
  const shiftY = plusMinus(settings.shift);
  const contrast = 1 + plusMinus(settings.contrast);
  const brightness = plusMinus(settings.brightness);
  const erased = settings.erasing && drawErased(settings.erasing, image, size, random);

  const { width, height } = image;
  const planes = toPlanes(image, channels).map((plane) => {
    if (radians === 0 && scale === 1 && shiftX === 0 && shiftY === 0) {
      return resizeBilinear(plane, width, height, size, size);
    }
    const warpedWidth = Math.max(width, size);
    const warpedHeight = Math.max(height, size);
    const inverse = inverseAffine(width, height, warpedWidth, warpedHeight, radians, scale, shiftX, shiftY);
    const warped = warpAffine(plane, width, height, warpedWidth, warpedHeight, inverse);
    if (warpedWidth === size && warpedHeight === size) return warped;
    return resizeBilinear(warped, warpedWidth, warpedHeight, size, size);
  });
  if (contrast !== 1 || brightness !== 0) changeLight(planes, contrast, brightness * 255);

  for (const [channel, plane] of planes.entries()) {
    const values = target.subarray(channel * size * size, (channel + 1) * size * size);
    normalise(plane, preprocessing, values);
    if (flipped) mirror(values, size);
    for (let y = erased?.top ?? 0; y < (erased?.bottom ?? 0); y++) {
      values.fill(0, y * size + erased!.left, y * size + erased!.right);
    }
  }
}

/** From the warped image back to the source: rotation and scale about the centre, in the source's proportions. */
function inverseAffine(
  width: number,
  height: number,
  newWidth: number,
  newHeight: number,
  radians: number,
  scale: number,
  shiftX: number,
  shiftY: number,
): Affine {
  const cosine = Math.cos(radians) / scale;
  const sine = Math.sin(radians) / scale;
  const a = (cosine * width) / newWidth;
  const b = (-sine * height) / newHeight;
  const d = (sine * width) / newWidth;
  const e = (cosine * height) / newHeight;
  const c = width * (0.5 - shiftX) - (a * newWidth + b * newHeight) / 2;
  const f = height * (0.5 - shiftY) - (d * newWidth + e * newHeight) / 2;
  return [a, b, c, d, e, f];
}

/** Contrast about the mean of all planes, then brightness, then clipped to 0 … 255; in place. */
function changeLight(planes: Float32Array[], contrast: number, brightness: number): void {
  let sum = 0;
  let count = 0;
  for (const plane of planes) {
    for (let index = 0; index < plane.length; index++) sum += plane[index]!;
    count += plane.length;
  }
  const offset = (sum / count) * (1 - contrast) + brightness;
  for (const plane of planes) {
    for (let index = 0; index < plane.length; index++) {
      const level = plane[index]! * contrast + offset;
      plane[index] = Math.min(255, Math.max(0, level));
    }
  }
}

/** The rectangle to erase, in pixels of the result, wholly inside it; nothing with the complement's probability. */
function drawErased(
  { probability, minimum, maximum }: NonNullable<AugmentationSettings['erasing']>,
  { width, height }: RawImage,
  size: number,
  random: Random,
) {
  const chosen = random.uniform() < probability;
  const drawn = () => minimum + random.integer(maximum - minimum + 1);
  const across = Math.min(size, Math.round((drawn() * size) / width));
  const down = Math.min(size, Math.round((drawn() * size) / height));
  const left = random.integer(size - across + 1);
  const top = random.integer(size - down + 1);
  return chosen ? { left, top, right: left + across, bottom: top + down } : undefined;
}
