import { EngineClosedError, QueueFullError, WorkerDiedError } from './errors.js';
import type { ImageAnswer, ImageTask } from './messages.js';

export interface BatcherOptions {
  /** Jobs that run at a time. */
  readonly workers: number;
  /** Most images that wait or run. */
  readonly limit: number;
  readonly recognize: (images: readonly ImageTask[]) => Promise<ImageAnswer[]>;
}

/** How long an image waits for others to share its batch, in ms, while a worker is free. */
const gathering = 3;
/** Crops that go through the network together; a photo, in which faces are looked for first, counts as several. */
const largestBatch = 32;
const photo = 4;

const weightOf = (task: ImageTask): number => (task.options.cropped ? 1 : photo);

/** Something that waits for a worker. */
interface Waiting {
  readonly task?: ImageTask;
  readonly weight: number;
  /** Shared a batch whose process ended: goes alone now, so that only its own fault is its failure. */
  alone: boolean;
  /** Whoever asked has gone. */
  left: boolean;
  readonly run: (tasks: readonly ImageTask[]) => Promise<readonly unknown[]>;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Puts images of several calls into jobs: as many at a time as there are workers, the oldest images first. */
export function createBatcher({ workers, limit, recognize }: BatcherOptions) {
  let waiting: Waiting[] = [];
  let jobs = 0;
  let running = 0;
  /** Seconds that an image takes of a worker, smoothed. */
  let seconds = 0.1;
  let timer: NodeJS.Timeout | undefined;
  let whenIdle: (() => void) | undefined;
  let closed = false;

  function retryAfter(): number {
    return Math.min(60, Math.max(1, Math.ceil(((waiting.length + running) * seconds) / workers)));
  }

  function requireRoom(images: number): void {
    if (closed) throw new EngineClosedError('The server is being shut down.');
    if (waiting.length + running + images > limit)
      throw new QueueFullError(`The queue has ${limit} images, and takes no more for now.`);
  }

  /** Waits for a worker, or for the signal, which takes it out of the queue; what has begun is thrown away. */
  function enqueue<Answer>(
    one: Omit<Waiting, 'resolve' | 'reject' | 'alone' | 'left'>,
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      const leave = () => {
        entry.left = true;
        waiting = waiting.filter((other) => other !== entry);
        reject(signal!.reason as Error);
        settle();
      };
      const ended = () => signal?.removeEventListener('abort', leave);
      const entry: Waiting = {
        ...one,
        alone: false,
        left: false,
        resolve: (answer) => {
          ended();
          resolve(answer as Answer);
        },
        reject: (error) => {
          ended();
          reject(error as Error);
        },
      };
      if (signal?.aborted) return reject(signal.reason as Error);
      signal?.addEventListener('abort', leave, { once: true });
      waiting.push(entry);
      schedule();
    });
  }

  function schedule(): void {
    if (waiting.length === 0 || jobs >= workers) return;
    const weight = waiting.reduce((sum, entry) => sum + entry.weight, 0);
    if (weight >= largestBatch * (workers - jobs)) dispatch();
    else timer ??= setTimeout(dispatch, gathering);
  }

  /** Every free worker has its share of what waits. */
  function dispatch(): void {
    clearTimeout(timer);
    timer = undefined;
    while (waiting.length > 0 && jobs < workers) {
      const weight = waiting.reduce((sum, entry) => sum + entry.weight, 0);
      void start(take(Math.min(largestBatch, weight / (workers - jobs))));
    }
  }

  /** The oldest that fit into one job of about that weight; at least one. */
  function take(weight: number): Waiting[] {
    const first = waiting[0]!;
    let [count, sum] = [1, first.weight];
    if (first.task && !first.alone)
      for (const { task, alone, weight: more } of waiting.slice(1)) {
        if (!task || alone || sum >= weight || sum + more > largestBatch) break;
        sum += more;
        count++;
      }
    return waiting.splice(0, count);
  }

  async function start(batch: readonly Waiting[]): Promise<void> {
    jobs++;
    running += batch.length;
    const begin = performance.now();
    try {
      const answers = await batch[0]!.run(batch.flatMap(({ task }) => (task ? [task] : [])));
      seconds += 0.1 * ((performance.now() - begin) / 1000 / batch.length - seconds);
      for (const [index, { resolve }] of batch.entries()) resolve(answers[index]);
    } catch (error) {
      if (batch.length === 1) batch[0]!.reject(error);
      else {
        for (const entry of batch) entry.alone = true;
        waiting.unshift(...batch.filter(({ left }) => !left));
      }
    }
    jobs--;
    running -= batch.length;
    // What came meanwhile has waited long enough.
    dispatch();
    settle();
  }

  function settle(): void {
    if (waiting.length + running === 0) whenIdle?.();
  }

  return {
    load: () => ({ waiting: waiting.length, running, limit }),
    retryAfter,
    async recognize(images: readonly ImageTask[], signal?: AbortSignal): Promise<ImageAnswer[]> {
      requireRoom(images.length);
      const answers = images.map((task) =>
        enqueue<ImageAnswer>({ task, weight: weightOf(task), run: recognize }, signal),
      );
      // Of several images, one that ends its process is the only one that fails.
      return Promise.all(
        images.length === 1 ? answers : answers.map((answer) => answer.catch(problemOfDeath)),
      );
    },
    /** Waits for a worker that does nothing else meanwhile. */
    async alone<Answer>(run: () => Promise<Answer>, signal?: AbortSignal): Promise<Answer> {
      requireRoom(1);
      return enqueue<Answer>({ weight: largestBatch, run: async () => [await run()] }, signal);
    },
    /** Refuses what comes from now on, and ends when all else is answered. */
    async close(): Promise<void> {
      closed = true;
      if (waiting.length + running > 0)
        await new Promise<void>((resolve) => {
          whenIdle = resolve;
        });
    },
  };
}

function problemOfDeath(error: unknown): ImageAnswer {
  if (!(error instanceof WorkerDiedError)) throw error;
  return { problem: { code: 'worker-failed', message: error.message } };
}
