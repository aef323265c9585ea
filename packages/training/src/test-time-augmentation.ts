/**
 * How an image is looked at in evaluation; the scores of its views are averaged.
 *
 * - `none`: the whole image;
 * - `flip`: the whole image and its mirror image;
 * - `ten-crop`: the four corners and the centre of the enlarged image, and the mirror image of each (Krizhevsky et al.
 *   2012, section 4.1);
 * - `all`: the two views of `flip` and the ten of `ten-crop`, all twelve with the same weight.
 */
export const testTimeAugmentations = ['none', 'flip', 'ten-crop', 'all'] as const;
export type TestTimeAugmentation = (typeof testTimeAugmentations)[number];

/** One way to look at an image. */
export interface View {
  /** Left to right. */
  readonly mirrored: boolean;
  /** Where the crop lies, from 0 (the left or upper edge) to 1 (the right or lower one); absent: the whole image. */
  readonly crop?: { readonly x: number; readonly y: number };
}

const whole: readonly View[] = [{ mirrored: false }, { mirrored: true }];

const corners = [
  { x: 0, y: 0 },
  { x: 1, y: 0 },
  { x: 0, y: 1 },
  { x: 1, y: 1 },
  { x: 0.5, y: 0.5 },
] as const;

const tenCrop: readonly View[] = [false, true].flatMap((mirrored) =>
  corners.map((crop) => ({ mirrored, crop })),
);

/** The views of a test-time augmentation, the whole image first where it is one of them. */
export const viewsOf: Readonly<Record<TestTimeAugmentation, readonly View[]>> = {
  none: [whole[0]!],
  flip: whole,
  'ten-crop': tenCrop,
  all: [...whole, ...tenCrop],
};

/** Side to which an image is enlarged so that crops of `size` are taken from it: 256 for 224, as is usual. */
export const enlargedSize = (size: number): number => Math.round((size * 8) / 7);

/**
 * The crop of `size × size` values out of planes of `side × side`, one after another.
 *
 * @param place from 0 to 1, as in `View`; halves of a pixel are rounded down
 */
export function cropPlanes(
  planes: Float32Array,
  side: number,
  size: number,
  { x, y }: { readonly x: number; readonly y: number },
): Float32Array {
  const left = Math.floor((side - size) * x);
  const top = Math.floor((side - size) * y);
  const count = planes.length / side ** 2;
  const cropped = new Float32Array(count * size ** 2);
  for (let plane = 0; plane < count; plane++)
    for (let row = 0; row < size; row++) {
      const from = plane * side ** 2 + (top + row) * side + left;
      cropped.set(planes.subarray(from, from + size), (plane * size + row) * size);
    }
  return cropped;
}
