/**
 * The thread that augments training batches for `trainingBatches`. It keeps no state: each request brings the
 * source pixels of one batch and is answered with its images. An exception ends the thread, and reaches the
 * other side as the worker's `error` event.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { random } from '@sdnet/autograd';
import type { Preprocessing, RawImage } from 'sdnet';
import { type AugmentationSettings, augment } from './augmentation.js';
import { randomStreams } from './random-streams.js';

export interface BatchWorkerData {
  readonly width: number;
  readonly height: number;
  /** Of the source images. */
  readonly channels: RawImage['channels'];
  readonly preprocessing: Omit<Preprocessing, 'size'>;
  readonly augmentation: AugmentationSettings;
  readonly seed: number;
}

export interface BatchRequest {
  readonly id: number;
  readonly epoch: number;
  readonly size: number;
  /** Of each image of the batch in its data set. */
  readonly indices: readonly number[];
  /** The source images, one after another. */
  readonly pixels: Uint8Array;
}

export interface BatchReply {
  readonly id: number;
  /** N×C×size×size. */
  readonly images: Float32Array<ArrayBuffer>;
}

const { width, height, channels, preprocessing, augmentation, seed }: BatchWorkerData = workerData;
const stride = width * height * channels;

parentPort!.on('message', ({ id, epoch, size, indices, pixels }: BatchRequest) => {
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
  const reply: BatchReply = { id, images };
  parentPort!.postMessage(reply, [images.buffer]);
});
