import { fileURLToPath } from 'node:url';
// Before any process is started: it switches telemetry off, for them as well (docs/decisions/0005).
import { nodeRuntime } from '@sdnet/autograd/node';
import Tinypool from 'tinypool';
import { createBatcher } from './batcher.js';
import { TimeLimitError, WorkerDiedError } from './errors.js';
import type {
  ExplainAnswer,
  ExplainOptions,
  ImageAnswer,
  ImageTask,
  Job,
  VideoAnswer,
  VideoOptions,
  WorkerSettings,
} from './messages.js';

export interface EngineOptions {
  /** Path of the weights. */
  readonly weights: string;
  /** Processes of the pool. */
  readonly workers: number;
  /** Most images that wait or are computed at a time. */
  readonly queue: number;
  /** Most pixels of an image. */
  readonly pixelLimit: number;
  /** Longest that a job may take, in ms; then its process is replaced. */
  readonly timeLimit: number;
  /** Whether an image's answer is the same bits whatever shares its batch; costs a little. Default: false. */
  readonly sameBits?: boolean | undefined;
  /** The processes' module; for tests. */
  readonly worker?: URL | undefined;
  readonly observer?: Partial<EngineObserver> | undefined;
}

/** What happens in an engine, for metrics and logs. */
export interface EngineObserver {
  batch(images: number, seconds: number): void;
  workerDied(error: Error): void;
}

/** Recognizes images on a pool of processes. */
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
  /** The faces of a video, followed through its pictures; however long that takes. Throws as `recognize` does. */
  video(file: string, options: VideoOptions, signal?: AbortSignal): Promise<VideoAnswer>;
  /** Refuses what comes from now on, answers what was accepted, and ends the processes. */
  close(): Promise<void>;
}

/**
 * Starts the processes. Ends when one of them has its networks.
 *
 * @throws Error with the name `MissingPackageError` where ONNX Runtime is not installed; what a process fails with
 */
export async function createEngine({
  weights,
  workers,
  queue,
  pixelLimit,
  timeLimit,
  sameBits = false,
  worker = new URL('./worker.js', import.meta.url),
  observer,
}: EngineOptions): Promise<Engine> {
  await nodeRuntime.version();
  const settings: WorkerSettings = { weights, pixelLimit, threads: 1, sameBits };
  const pool = new Tinypool({
    filename: fileURLToPath(worker),
    runtime: 'child_process',
    // Images as bytes.
    serialization: 'advanced',
    argv: [JSON.stringify(settings)],
    env: process.env as Record<string, string>,
    minThreads: workers,
    maxThreads: workers,
    concurrentTasksPerWorker: 1,
  });
  // A process that ends between jobs is replaced by the pool; while it starts, the error ends the start.
  let starting: ((error: Error) => void) | undefined;
  pool.on('error', (error: Error) => {
    if (starting) starting(error);
    else observer?.workerDied?.(error);
  });

  /** @param signal ends the process that does it */
  async function run<Answer>(job: Job, longest?: number, signal?: AbortSignal): Promise<Answer> {
    const limit = new AbortController();
    const timer = longest === undefined ? undefined : setTimeout(() => limit.abort(), longest);
    try {
      const either = signal ? AbortSignal.any([limit.signal, signal]) : limit.signal;
      return (await pool.run(job, { signal: either })) as Answer;
    } catch (error) {
      signal?.throwIfAborted();
      if (limit.signal.aborted) throw new TimeLimitError();
      if (!isFailureOfProcess(error as Error)) throw Object.assign(new Error(), error);
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

  const { alone, ...batcher } = createBatcher({
    workers,
    limit: queue,
    recognize: async (images) => {
      const start = performance.now();
      // Where several take too long together, there is time left for each alone.
      const longest = images.length > 1 ? timeLimit / 2 : timeLimit;
      const answers = await run<ImageAnswer[]>({ kind: 'recognize', images }, longest);
      observer?.batch?.(images.length, (performance.now() - start) / 1000);
      return answers;
    },
  });
  return {
    workers,
    ...batcher,
    explain: (bytes, options, signal) =>
      alone(() => run<ExplainAnswer>({ kind: 'explain', bytes, options }, timeLimit), signal),
    video: (file, options, signal) =>
      alone(() => run<VideoAnswer>({ kind: 'video', file, options }, undefined, signal), signal),
    async close() {
      await batcher.close();
      await pool.destroy();
    },
  };
}

/** Whether a job failed since its process ended. Other errors come as plain objects. */
const isFailureOfProcess = (error: Error): boolean => /worker exited unexpectedly/i.test(error.message);
