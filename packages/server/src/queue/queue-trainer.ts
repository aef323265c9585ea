import { complain, type MakeRunJobs } from '@sdnet/lab/cli';
import type { RedisOptions } from 'bullmq';
import { UserError } from 'sdnet';
import type { RunJob } from '@sdnet/lab/cli';
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
    const say = (id: string, text: string) => {
      const job = jobs[ids.indexOf(id)];
      if (job) complain(`${job.name}: ${text}`);
    };
    queue.on('active', ({ jobId }) => say(jobId, 'a worker takes it'));
    queue.on('stalled', ({ jobId }) => say(jobId, 'its worker is gone; the next one goes on with it'));
    queue.on('progress', ({ jobId, data }) => {
      const progress = data as unknown as TrainProgress;
      if ('waits' in progress) say(jobId, `waits: ${progress.waits}`);
      else if (ids.includes(jobId)) onEpoch(ids.indexOf(jobId), progress.epoch);
    });
    const failed: string[] = [];
    const made = jobs.map(async (job, index) => {
      try {
        await queue.result(ids[index]!, 'run', job);
      } catch (error) {
        if (!(error instanceof JobFailedError)) throw error;
        failed.push(`${job.name}: ${error.message}`);
        complain(`${job.name}: failed: ${error.message}`);
      }
    });
    try {
      await Promise.race([Promise.all(made), raised(signal)]);
      if (signal?.aborted) {
        const taken = await queue.takeBack();
        complain(
          `Runs that no worker had begun are taken back: ${taken}. Workers end those they have begun.`,
        );
        return false;
      }
    } finally {
      await queue.close();
    }
    if (failed.length > 0)
      throw new UserError(
        `${failed.length} of ${jobs.length} runs failed: ${failed.join(' ')} Mend it and start the same command again: what is ` +
          'done is used.',
      );
    return true;
  };

const raised = (signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener('abort', () => resolve(), { once: true });
  });
