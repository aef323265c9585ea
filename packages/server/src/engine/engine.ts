import { fileURLToPath } from 'node:url';
// Before any thread is started: it switches telemetry off for the process (docs/decisions/0005).
import { nodeRuntime } from '@sdnet/autograd/node';
import { Piscina } from 'piscina';
import { createBatcher } from './batcher.js';
import { TimeLimitError, WorkerDiedError } from './errors.js';
import type {
  ExplainAnswer,
  ExplainOptions,
  ImageAnswer,
  ImageTask,
  Job,
  WorkerSettings,
} from './messages.js';

export interface EngineOptions {
  /** Path of the weights. */
  readonly weights: string;
  /** Threads of the pool. */
  readonly workers: number;
  /** Most images that wait or are computed at a time. */
  readonly queue: number;
  /** Most pixels of an image. */
  readonly pixelLimit: number;
  /** Longest that a job may take, in ms; then its thread is replaced. */
  readonly timeLimit: number;
  /** The threads' module; for tests. */
  readonly worker?: URL | undefined;
  readonly observer?: Partial<EngineObserver> | undefined;
}

/** What happens in an engine, for metrics and logs. */
export interface EngineObserver {
  batch(images: number, seconds: number): void;
  workerDied(error: Error): void;
}

/** Recognizes images on a pool of threads. */
export interface Engine {
  readonly workers: number;
  /** Images that wait, images that are computed, and how many both may be. */
  load(): { readonly waiting: number; readonly running: number; readonly limit: number };
  /** Seconds after which there is probably room again. */
  retryAfter(): number;
  /**
   * The faces in each of some images, which share batches with those of other calls.
   *
   * @param signal takes out of the queue what has not begun
   * @throws QueueFullError, WorkerDiedError, TimeLimitError, EngineClosedError, or the signal's reason
   */
  recognize(images: readonly ImageTask[], signal?: AbortSignal): Promise<ImageAnswer[]>;
  /** Why a face was read as it was. Throws as `recognize` does. */
  explain(bytes: Uint8Array, options: ExplainOptions, signal?: AbortSignal): Promise<ExplainAnswer>;
  /** Refuses what comes from now on, answers what was accepted, and ends the threads. */
  close(): Promise<void>;
}

/**
 * Starts the threads. Ends when one of them has its networks.
 *
 * @throws Error with the name `MissingPackageError` where ONNX Runtime is not installed; what a thread fails with
 */
export async function createEngine({
  weights,
  workers,
  queue,
  pixelLimit,
  timeLimit,
  worker = new URL('./worker.js', import.meta.url),
  observer,
}: EngineOptions): Promise<Engine> {
  await nodeRuntime.version();
  const settings: WorkerSettings = { weights, pixelLimit, threads: 1 };
  const pool = new Piscina({
    filename: fileURLToPath(worker),
    workerData: settings,
    minThreads: workers,
    maxThreads: workers,
    concurrentTasksPerWorker: 1,
    // A thread sleeps between jobs instead of blocking on shared memory: it must answer its inspector and its timers.
    atomics: 'disabled',
  });
  // A thread that ends between jobs is replaced by the pool; while it starts, the error ends the start.
  let starting: ((error: Error) => void) | undefined;
  pool.on('error', (error: Error) => {
    if (starting) starting(error);
    else observer?.workerDied?.(error);
  });

  async function run<Answer>(job: Job, longest?: number): Promise<Answer> {
    const limit = new AbortController();
    const timer = longest === undefined ? undefined : setTimeout(() => limit.abort(), longest);
    try {
      return (await pool.run(job, { signal: limit.signal })) as Answer;
    } catch (error) {
      if (limit.signal.aborted) throw new TimeLimitError();
      if (!isFailureOfThread(error as Error)) throw error;
      observer?.workerDied?.(error as Error);
      throw new WorkerDiedError(error);
    } finally {
      clearTimeout(timer);
    }
  }

  await new Promise<void>((resolve, reject) => {
    starting = reject;
    // However long its networks take to load.
    run<ImageAnswer[]>({ kind: 'recognize', images: [] }).then(() => resolve(), reject);
  }).catch(async (error: unknown) => {
    await pool.destroy();
    throw error;
  });
  starting = undefined;

  const batcher = createBatcher({
    workers,
    limit: queue,
    recognize: async (images) => {
      const start = performance.now();
      const answers = await run<ImageAnswer[]>({ kind: 'recognize', images }, timeLimit);
      observer?.batch?.(images.length, (performance.now() - start) / 1000);
      return answers;
    },
    explain: (bytes, options) => run<ExplainAnswer>({ kind: 'explain', bytes, options }, timeLimit),
  });
  return {
    workers,
    ...batcher,
    async close() {
      await batcher.close();
      await pool.destroy();
    },
  };
}

/** Whether a job failed since its thread ended: it exited, or had no memory left. */
const isFailureOfThread = (error: Error): boolean =>
  /worker exited with code/i.test(error.message) ||
  (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
