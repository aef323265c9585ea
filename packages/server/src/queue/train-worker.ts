import { hostname } from 'node:os';
import { complain, type RunJob } from '@sdnet/lab/cli';
import { DelayedError, type Job, type RedisOptions, UnrecoverableError, WaitingError } from 'bullmq';
import { lockDuration, queueWorker, type QueueWorker } from './queue-worker.js';
import { trainInProcess } from './train-in-process.js';
import { type TrainProgress, trainQueueName, type TrainResult } from './train-queue.js';
import { within } from './within.js';

/** Makes the runs that come into a queue, one after another. Closed, it gives the one under way back after the current step. */
export async function trainWorker(connection: RedisOptions): Promise<QueueWorker> {
  const stopping = new AbortController();

  async function make(job: Job<RunJob, TrainResult>, token?: string): Promise<TrainResult> {
    const { out } = job.data;
    const tell = (progress: TrainProgress) => void job.updateProgress(progress).catch(() => {});
    complain(`${out}: begun`);
    const end = await trainInProcess(job.data, {
      signal: stopping.signal,
      onEpoch: (epoch) => tell({ epoch }),
    });
    complain(`${out}: ${'reason' in end ? end.reason : end.kind}`);
    switch (end.kind) {
      case 'finished':
        return { host: hostname() };
      case 'stopped':
        // Where Redis is gone, others miss this worker after a while.
        await within(lockDuration, job.moveToWait(token));
        throw new WaitingError();
      case 'occupied':
        tell({ waits: end.reason });
        await job.moveToDelayed(Date.now() + lockDuration, token);
        throw new DelayedError();
      case 'failed': {
        const reason = `${end.reason} (on ${hostname()})`;
        if (end.isFinal) throw new UnrecoverableError(reason);
        tell({ waits: reason });
        throw new Error(reason);
      }
    }
  }

  const { close } = await queueWorker(connection, trainQueueName, make, { concurrency: 1 });
  return {
    close() {
      stopping.abort();
      return close();
    },
  };
}
