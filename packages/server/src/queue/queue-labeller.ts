import { complain } from '@sdnet/lab/cli';
import { Job, Queue, QueueEvents, type RedisOptions } from 'bullmq';
import pLimit from 'p-limit';
import { fileError } from 'sdnet';
import { hashOfFile, type Labeller } from '../label/local-labeller.js';
import type { LabelTask } from '../label/label-task.js';
import type { Outcome } from '../label/outcome.js';
import { jobOptions, labelJob, type LabelJob, type LabelResult, queueName } from './label-queue.js';
import { prefix } from './redis.js';

/** Jobs of one command in the queue at a time: so many are in Redis' memory. */
const jobsAtATime = 1000;
/** Files that are read at a time, for their hashes. */
const filesAtATime = 8;
/** What no event tells, as while Redis was gone, is looked up so often, in ms. */
const lookEvery = 5000;

/** A job that is in the queue. */
interface Awaited {
  readonly data: LabelJob;
  readonly files: ((outcome: Outcome) => void)[];
  since: number;
}

/**
 * Has the workers of a queue label.
 *
 * @param known what came of a file with this content
 */
export async function createQueueLabeller(
  connection: RedisOptions,
  task: LabelTask,
  known: (hash: string) => Outcome | undefined,
): Promise<Labeller> {
  const options = { connection, prefix };
  const queue = new Queue<LabelJob, LabelResult>(queueName(task.weights), options);
  const events = new QueueEvents(queueName(task.weights), options);
  const awaited = new Map<string, Awaited>();
  const limit = pLimit(filesAtATime);
  let closed = false;
  const lost = lossOfRedis(() => closed);
  queue.on('error', lost);
  events.on('error', lost);

  function finish(id: string, outcome: Omit<Outcome, 'hash'>): void {
    const found = awaited.get(id);
    awaited.delete(id);
    for (const resolve of found?.files ?? []) resolve({ hash: found!.data.hash, ...outcome });
  }
  events.on('completed', ({ jobId, returnvalue }) => {
    const result = returnvalue as unknown as LabelResult | string;
    if (awaited.has(jobId))
      finish(jobId, typeof result === 'string' ? (JSON.parse(result) as LabelResult) : result);
  });
  events.on('failed', ({ jobId, failedReason }) => finish(jobId, { error: failedReason }));

  /** Puts a job into the queue, or looks up what has become of it there. */
  async function look(id: string, { data }: Awaited, isNew = false): Promise<void> {
    let state = await queue.getJobState(id);
    // It failed for another command, or before: it may have been mended.
    if (isNew && state === 'failed') {
      await queue.remove(id);
      state = 'unknown';
    }
    if (state === 'unknown')
      await queue.add(data.isVideo ? 'video' : 'image', data, { ...jobOptions, jobId: id });
    if (state !== 'completed' && state !== 'failed') return;
    // Read after its state: before, it would not say what came of it.
    const job = await Job.fromId<LabelJob, LabelResult>(queue, id);
    if (state === 'completed' && job?.returnvalue) finish(id, job.returnvalue);
    if (state === 'failed' && job?.failedReason) finish(id, { error: job.failedReason });
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
  if ((await queue.getWorkersCount()) === 0)
    complain('No worker is at the queue: the files wait until one is started, by sdnet work --queue.');
  return {
    parallel: jobsAtATime,
    async label({ path, isVideo }) {
      let hash: string;
      try {
        hash = await limit(hashOfFile, path);
      } catch (error) {
        return { error: fileError(path, error).message };
      }
      const same = known(hash);
      if (same) return same;
      const { id, data } = labelJob(path, isVideo, hash, task);
      return new Promise<Outcome>((resolve, reject) => {
        const other = awaited.get(id);
        if (other) return other.files.push(resolve);
        const one: Awaited = { data, files: [resolve], since: Date.now() };
        awaited.set(id, one);
        look(id, one, true).catch(reject);
      });
    },
    async close() {
      closed = true;
      clearInterval(timer);
      await Promise.all([queue.close(), events.close()]);
    },
  };
}

/** Says once that Redis is gone, until it is there again. */
export function lossOfRedis(isClosed: () => boolean): (error: Error) => void {
  let said = 0;
  return (error) => {
    if (isClosed() || Date.now() - said < 60_000) return;
    said = Date.now();
    complain(`Redis does not answer (${error.message}); the work goes on when it does.`);
  };
}
