/**
 * The thread that augments training batches for `startAugmentingThread`. It keeps no state: each request brings the
 * source pixels of one batch and is answered with its images. An exception ends the thread, and reaches the
 * other side as the worker's `error` event.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { augmentBatch, type BatchRequest, type BatchSource } from '@sdnet/training';

export interface AugmentingRequest extends BatchRequest {
  readonly id: number;
}

export interface AugmentingReply {
  readonly id: number;
  readonly images: Float32Array<ArrayBuffer>;
}

const source: BatchSource = workerData;

parentPort!.on('message', ({ id, ...request }: AugmentingRequest) => {
  const images = augmentBatch(source, request);
  const reply: AugmentingReply = { id, images };
  parentPort!.postMessage(reply, [images.buffer]);
});
