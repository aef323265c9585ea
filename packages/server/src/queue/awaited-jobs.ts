import {
  Job,
  type JobsOptions,
  Queue,
  QueueEvents,
  type QueueEventsListener,
  type RedisOptions,
} from 'bullmq';
import { complain } from '@sdnet/lab/cli';
import { lossOfRedis } from './loss-of-redis.js';
import { prefix } from './redis.js';
import { within } from './within.js';

/** What no event tells, as while Redis was gone, is looked up so often, in ms. */
const lookEvery = 5000;
/** So long, in ms, a command that ends waits for Redis. */
const longestGoodbye = 5000;

/** A job has failed for good; the message is its reason. */
export class JobFailedError extends Error {}

/** Jobs of one command in a queue, whose workers do them. */
export interface AwaitedJobs<Data, Result> {
  /**
   * Puts a job into the queue, where it is not there yet, and awaits what comes of it. Asked again under the same name it is
   * the same job.
   *
   * @throws JobFailedError
   */
  result(id: string, kind: string, data: Data): Promise<Result>;
  /** Hears what happens to jobs in the queue, those of other commands as well. */
  on<Event extends 'active' | 'stalled' | 'progress'>(event: Event, hear: QueueEventsListener[Event]): void;
  /**
   * Takes out of the queue what is awaited and no worker has begun.
   *
   * @returns how many those were; undefined where Redis does not answer
   */
  takeBack(): Promise<number | undefined>;
  /** Awaits nothing more: what is asked for is rejected with that reason. */
  giveUp(reason: unknown): void;
  close(): Promise<void>;
}

export interface AwaitedJobsOptions {
  readonly jobs: JobsOptions;
  /** How a job ended before, for another command or an earlier one, to be done again now. */
  readonly again: readonly ('completed' | 'failed')[];
  /** What is said where no worker is at the queue. */
  readonly idle: string;
}

interface Awaited<Data, Result> {
  readonly kind: string;
  readonly data: Data;
  readonly since: number;
  readonly result: Promise<Result>;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** @param name of the queue */
export async function awaitedJobs<Data, Result>(
  connection: RedisOptions,
  name: string,
  { jobs, again, idle }: AwaitedJobsOptions,
): Promise<AwaitedJobs<Data, Result>> {
  const options = { connection, prefix };
  const queue = new Queue<Data, Result, string, Data, Result, string>(name, options);
  const events = new QueueEvents(name, options);
  const awaited = new Map<string, Awaited<Data, Result>>();
  let closed = false;
  const lost = lossOfRedis(() => closed);
  queue.on('error', lost);
  events.on('error', lost);

  function finish(id: string, end: (job: Awaited<Data, Result>) => void): void {
    const found = awaited.get(id);
    awaited.delete(id);
    if (found) end(found);
  }
  const complete = (id: string, result: Result) => finish(id, ({ resolve }) => resolve(result));
  const fail = (id: string, reason: string) => finish(id, ({ reject }) => reject(new JobFailedError(reason)));
  events.on('completed', ({ jobId, returnvalue }) => {
    const result = returnvalue as unknown as Result | string;
    if (awaited.has(jobId))
      complete(jobId, typeof result === 'string' ? (JSON.parse(result) as Result) : result);
  });
  events.on('failed', ({ jobId, failedReason }) => fail(jobId, failedReason));

  /** Puts a job into the queue, or looks up what has become of it there. */
  async function look(id: string, { kind, data }: Awaited<Data, Result>, isNew = false): Promise<void> {
    let state: string = await queue.getJobState(id);
    // What it failed for may have been mended.
    if (isNew && (again as readonly string[]).includes(state)) {
      await queue.remove(id);
      state = 'unknown';
    }
    if (state === 'unknown') await queue.add(kind, data, { ...jobs, jobId: id });
    if (state !== 'completed' && state !== 'failed') return;
    // Read after its state: before, it would not say what came of it.
    const job = await Job.fromId<Data, Result>(queue, id);
    if (state === 'completed' && job?.returnvalue) complete(id, job.returnvalue);
    if (state === 'failed' && job?.failedReason) fail(id, job.failedReason);
  }

  let looking = false;
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    void (async () => {
      const before = Date.now() - lookEvery;
      for (const [id, one] of [...awaited]) if (one.since < before && awaited.has(id)) await look(id, one);
    })()
      .catch(() => {
        // Redis is gone; the next time may find it.
      })
      .finally(() => (looking = false));
  }, lookEvery);

  await events.waitUntilReady();
  if ((await queue.getWorkersCount()) === 0) complain(idle);
  return {
    result(id, kind, data) {
      const other = awaited.get(id);
      if (other) return other.result;
      let settle!: Pick<Awaited<Data, Result>, 'resolve' | 'reject'>;
      const result = new Promise<Result>((resolve, reject) => (settle = { resolve, reject }));
      const one = { kind, data, since: Date.now(), result, ...settle };
      awaited.set(id, one);
      look(id, one, true).catch(settle.reject);
      return result;
    },
    on(event, hear) {
      events.on(event, hear);
    },
    async takeBack() {
      clearInterval(timer);
      const removed = Promise.all([...awaited.keys()].map((id) => queue.remove(id)));
      return (await within(longestGoodbye, removed))?.filter((count) => count > 0).length;
    },
    giveUp(reason) {
      for (const { reject } of awaited.values()) reject(reason);
    },
    async close() {
      closed = true;
      clearInterval(timer);
      const left = await within(longestGoodbye, Promise.all([queue.close(), events.close()]));
      // Where Redis is gone, the library's goodbye has no end.
      if (!left) queue.disconnect().catch(() => {});
    },
  };
}
