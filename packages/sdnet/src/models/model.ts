import { printable, type Scope, type Value } from '@sdnet/autograd';

/** What every network of the paper's Table 1 can be told. */
export interface ModelOptions {
  readonly classes: number;
  /** Dropout before the classifier, in training; default: the official network's. */
  readonly dropoutRate?: number;
  /**
   * Stride of the first convolution, for the networks made for images of 224 pixels and more; default: 2, as in the
   * official network. With 1 a small image keeps more detail. SDNet, made for small images, refuses it.
   */
  readonly stemStride?: StemStride | undefined;
  /** SDNet without one of its parts, for an ablation; other networks refuse it. */
  readonly variant?: Variant | undefined;
}

export type StemStride = 1 | 2;

/**
 * What SDNet is without one of its parts:
 *
 * - `without-cbam`: what CBAM would refine goes on as it is;
 * - `without-dense-blocks`: each dense block is one separable convolution (BN, ReLU before it) with as many outputs, so that
 *   the layers around it stay the same;
 * - `without-residuals`: residual modules have no shortcut (the 1×1/2 projection that is added).
 */
export const variants = ['without-cbam', 'without-dense-blocks', 'without-residuals'] as const;
export type Variant = (typeof variants)[number];

/** Most classes of a network. */
export const largestClasses = 10_000;

/** Throws where no network can be built with these options. */
export function requireModelOptions({ classes, stemStride, variant }: ModelOptions): void {
  if (!(Number.isInteger(classes) && classes >= 1 && classes <= largestClasses))
    throw new Error(`${classes} classes; a whole number from 1 to ${largestClasses} is expected.`);
  if (stemStride !== undefined && stemStride !== 1 && stemStride !== 2)
    throw new Error(`the stem stride ${String(stemStride)}; 1, 2 or none is expected.`);
  if (variant !== undefined && !variants.includes(variant))
    throw new Error(
      `the variant ${printable(String(variant))}; one of ${variants.join(', ')} or none is expected.`,
    );
}

/** A network of the paper's Table 1: logits [N, classes] from a feature map of images [N, 1 or 3, H, W]. */
export type Model = (images: Value, scope: Scope, options: ModelOptions) => Value;
