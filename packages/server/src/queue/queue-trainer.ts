import { complain, type MakeRunJobs, type RunJob } from '@sdnet/lab/cli';
import type { RedisOptions } from 'bullmq';
import { UserError } from 'sdnet';
import { awaitedJobs, JobFailedError } from './awaited-jobs.js';
import {
  trainJobId,
  trainJobOptions,
  type TrainProgress,
  trainQueueName,
  type TrainResult,
} from './train-queue.js';

/** Has the workers of a queue make runs; says what happens to each. */
export const queueTrainer =
  (connection: RedisOptions): MakeRunJobs =>
  async (jobs, { signal, onEpoch }) => {
    const queue = await awaitedJobs<RunJob, TrainResult>(connection, trainQueueName, {
      jobs: trainJobOptions,
      // The runs are looked for in their folders, where these are not.
      again: ['completed', 'failed'],
      idle: 'No worker is at the queue: the runs wait until one is started, by sdnet work --queue.',
    });
    const ids = jobs.map(trainJobId);
    /** Of each run, what is said since its last epoch: who waits for a run asks again and again. */
    const said = new Map<string, Set<string>>();
    const say = (id: string, text: string) => {
      const job = jobs[ids.indexOf(id)];
      if (!job || said.get(id)?.has(text)) return;
      said.set(id, new Set([...(said.get(id) ?? []), text]));
      complain(`${job.name}: ${text}`);
    };
    queue.on('active', ({ jobId }) => say(jobId, 'a worker takes it'));
    queue.on('stalled', ({ jobId }) => say(jobId, 'its worker is gone; the next one goes on with it'));
    queue.on('progress', ({ jobId, data }) => {
      const progress = data as unknown as TrainProgress;
      if ('waits' in progress) return say(jobId, `waits: ${progress.waits}`);
      said.delete(jobId);
      if (ids.includes(jobId)) onEpoch(ids.indexOf(jobId), progress.epoch);
    });
    const failed: string[] = [];
    const made = jobs.map(async (job, index) => {
      try {
        const { host } = await queue.result(ids[index]!, 'run', job);
        complain(`${job.name}: made on ${host}`);
      } catch (error) {
        if (!(error instanceof JobFailedError)) throw error;
        failed.push(job.name);
        complain(`${job.name}: failed: ${error.message}`);
      }
    });
    try {
      await Promise.race([Promise.all(made), raised(signal)]);
      if (signal?.aborted) {
        const taken = await queue.takeBack();
        complain(
          taken === undefined
            ? 'Redis does not answer: what it holds stays in the queue.'
            : `Runs that no worker had begun are taken back: ${taken}. Workers end those they have begun.`,
        );
        return false;
      }
    } finally {
      await queue.close();
    }
    if (failed.length > 0)
      throw new UserError(
        `${failed.length} of ${jobs.length} runs failed: ${failed.sort().join(', ')}. Mend what is said of each above, and start the ` +
          'same command again: what is done is used.',
      );
    return true;
  };

const raised = (signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener('abort', () => resolve(), { once: true });
  });
