import { random } from '@sdnet/autograd';
import type { Preprocessing, RawImage } from 'sdnet';
import { type AugmentationSettings, augment } from './augmentation.js';
import { randomStreams } from './random-streams.js';

/** What all batches of a training have in common. */
export interface BatchSource {
  /** Of the source images. */
  readonly width: number;
  readonly height: number;
  readonly channels: RawImage['channels'];
  readonly preprocessing: Omit<Preprocessing, 'size'>;
  readonly augmentation: AugmentationSettings;
  readonly seed: number;
}

/** One batch to augment. */
export interface BatchRequest {
  readonly epoch: number;
  readonly size: number;
  /** Of each image of the batch in its data set. */
  readonly indices: readonly number[];
  /** The source images, one after another. */
  readonly pixels: Uint8Array<ArrayBuffer>;
}

/** Whatever augments batches beside the calling thread. */
export interface Augmenter {
  /** The images of `augmentBatch`. May take the request's pixels away from the caller. */
  augmented(request: BatchRequest): Promise<Float32Array>;
  /** Stops it; what was asked for and not answered is rejected. */
  close(): Promise<void>;
}

/** The augmented images of a batch, N×C×size×size: each depends on (seed, epoch, index of its sample) alone. */
export function augmentBatch(
  { width, height, channels, preprocessing, augmentation, seed }: BatchSource,
  { epoch, size, indices, pixels }: BatchRequest,
): Float32Array<ArrayBuffer> {
  const stride = width * height * channels;
  const length = preprocessing.channels * size * size;
  const images = new Float32Array(indices.length * length);
  for (const [slot, index] of indices.entries()) {
    augment(
      { width, height, channels, pixels: pixels.subarray(slot * stride, (slot + 1) * stride) },
      { ...preprocessing, size },
      augmentation,
      random(seed, epoch, index, randomStreams.augmentation),
      images.subarray(slot * length, (slot + 1) * length),
    );
  }
  return images;
}

/**
 * Augments on the calling thread, which in a worker is one beside the page's already. It lets the thread read its
 * messages before each batch, so that a message can end a training.
 */
export const augmentHere = (source: BatchSource): Augmenter => ({
  async augmented(request) {
    await new Promise<void>((resolve) => setTimeout(resolve));
    return augmentBatch(source, request);
  },
  close: async () => {},
});
