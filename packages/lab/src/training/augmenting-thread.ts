import { Worker } from 'node:worker_threads';
import type { Augmenter, BatchRequest, BatchSource } from '@sdnet/training';
import type { AugmentingReply, AugmentingRequest } from './augmenting-worker.js';

/**
 * An augmenter in a worker thread.
 *
 * It does not keep the process alive, except while a batch is awaited.
 */
export function startAugmentingThread(workerData: BatchSource): Augmenter {
  interface Waiting {
    resolve(images: Float32Array): void;
    reject(reason: unknown): void;
  }
  // Flags of this process, such as --eval, are not the worker's.
  const worker = new Worker(new URL('./augmenting-worker.js', import.meta.url), { workerData, execArgv: [] });
  const waiting = new Map<number, Waiting>();
  let requests = 0;
  let failure: unknown;
  worker.unref();

  const fail = (reason: unknown) => {
    failure ??= reason;
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  worker.on('message', ({ id, images }: AugmentingReply) => {
    waiting.get(id)?.resolve(images);
    // A late answer must not let the process end while the worker is being stopped.
    if (waiting.delete(id) && waiting.size === 0) worker.unref();
  });
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error('The thread that prepares batches has ended.')));

  return {
    augmented(request: BatchRequest) {
      return new Promise<Float32Array>((resolve, reject) => {
        if (failure) return reject(failure);
        const id = requests++;
        waiting.set(id, { resolve, reject });
        worker.ref();
        worker.postMessage({ id, ...request } satisfies AugmentingRequest, [request.pixels.buffer]);
      });
    },
    async close() {
      fail(new Error('The training batches are closed.'));
      await worker.terminate();
    },
  };
}
