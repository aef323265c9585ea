import type { RedisOptions } from 'bullmq';
import pLimit from 'p-limit';
import { fileError } from 'sdnet';
import { hashOfFile, type Labeller } from '../label/local-labeller.js';
import type { LabelTask } from '../label/label-task.js';
import type { Outcome } from '../label/outcome.js';
import { awaitedJobs, JobFailedError } from './awaited-jobs.js';
import { jobOptions, labelJob, type LabelJob, type LabelResult, queueName } from './label-queue.js';

/** Jobs of one command in the queue at a time: so many are in Redis' memory. */
const jobsAtATime = 1000;
/** Files that are read at a time, for their hashes. */
const filesAtATime = 8;

/**
 * Has the workers of a queue label.
 *
 * @param known what came of a file with this content
 * @param signal takes back what no worker has begun, and gives up all else
 */
export async function createQueueLabeller(
  connection: RedisOptions,
  task: LabelTask,
  known: (hash: string) => Outcome | undefined,
  signal: AbortSignal,
): Promise<Labeller> {
  const jobs = await awaitedJobs<LabelJob, LabelResult>(connection, queueName(task.weights), {
    jobs: jobOptions,
    again: ['failed'],
    idle: 'No worker is at the queue: the files wait until one is started, by sdnet work --queue.',
  });
  const giveUp = () => jobs.giveUp(signal.reason);
  signal.addEventListener('abort', giveUp, { once: true });
  const limit = pLimit(filesAtATime);
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
      signal.throwIfAborted();
      const { id, data } = labelJob(path, isVideo, hash, task);
      try {
        return { hash, ...(await jobs.result(id, isVideo ? 'video' : 'image', data)) };
      } catch (error) {
        if (!(error instanceof JobFailedError)) throw error;
        return { hash, error: error.message };
      }
    },
    async close() {
      signal.removeEventListener('abort', giveUp);
      // They would wait for a worker, and for nobody.
      if (signal.aborted) await jobs.takeBack();
      await jobs.close();
    },
  };
}
