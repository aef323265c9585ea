import { Queue, type RedisOptions } from 'bullmq';
import { type LabelJob, queueName } from './label-queue.js';
import { prefix } from './redis.js';

/** What is in a queue. */
export interface QueueStatus {
  readonly workers: number;
  readonly waiting: number;
  readonly active: number;
  /** Failed, and tried again after a while. */
  readonly delayed: number;
  /** Failed for good: the latest hundred. */
  readonly dead: readonly { readonly path: string; readonly reason: string; readonly attempts: number }[];
}

export async function queueStatus(connection: RedisOptions, weights: string): Promise<QueueStatus> {
  const queue = new Queue<LabelJob>(queueName(weights), { connection, prefix });
  try {
    const counts = await queue.getJobCounts('waiting', 'active', 'delayed');
    const failed = await queue.getFailed(0, 99);
    return {
      workers: await queue.getWorkersCount(),
      ...{ waiting: counts.waiting ?? 0, active: counts.active ?? 0, delayed: counts.delayed ?? 0 },
      dead: failed.map(({ data, failedReason, attemptsMade }) => ({
        ...{ path: data.path, reason: failedReason, attempts: attemptsMade },
      })),
    };
  } finally {
    await queue.close();
  }
}
