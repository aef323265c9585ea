import { setTimeout } from 'node:timers/promises';
import { DelayedError, type Job, type RedisOptions, WaitingError, Worker } from 'bullmq';
import { lossOfRedis } from './loss-of-redis.js';
import { prefix } from './redis.js';

/** A worker whose process died is missed after so long, in ms; then others take its jobs over. */
export const lockDuration = 10_000;
/** Deaths of workers that a job survives: many, since all that a worker has under way meet its death, whatever it came of. */
const mostDeaths = 25;
/** While a worker closes it looks so often, in ms, whether its jobs are done. */
const closingStep = 50;

/** Works at a queue. */
export interface QueueWorker {
  /** Takes no more jobs, ends those under way, and leaves. */
  close(): Promise<void>;
}

/**
 * Does what comes into a queue, until it is closed.
 *
 * @param work a job; must not block this thread for long, as others then take its job over. `WaitingError` and
 * `DelayedError` say that the job was moved back
 */
export async function queueWorker<Data, Result>(
  connection: RedisOptions,
  name: string,
  work: (job: Job<Data, Result>, token?: string) => Promise<Result>,
  { concurrency }: { readonly concurrency: number },
): Promise<QueueWorker> {
  let closed = false;
  /** Jobs that are worked at, and those whose results Redis has not taken yet. */
  const working = new Set<string>();
  const untold = new Set<string>();

  async function process(job: Job<Data, Result>, token?: string): Promise<Result> {
    const id = job.id!;
    working.add(id);
    untold.add(id);
    try {
      return await work(job, token);
    } catch (error) {
      if (error instanceof WaitingError || error instanceof DelayedError) untold.delete(id);
      throw error;
    } finally {
      working.delete(id);
    }
  }

  const worker = new Worker<Data, Result>(name, process, {
    ...{ connection, prefix, lockDuration, concurrency },
    stalledInterval: lockDuration / 2,
    maxStalledCount: mostDeaths,
  });
  worker.on(
    'error',
    lossOfRedis(() => closed),
  );
  worker.on('completed', ({ id }) => untold.delete(id!));
  worker.on('failed', (job) => job && untold.delete(job.id!));
  await worker.waitUntilReady();
  return {
    async close() {
      closed = true;
      await worker.pause(true);
      // What is under way is finished. After a loss of Redis the library's own wait for that may have no end.
      while (working.size > 0) await setTimeout(closingStep);
      const end = Date.now() + lockDuration;
      while (untold.size > 0 && Date.now() < end) await setTimeout(closingStep);
      await worker.close(true);
    },
  };
}
