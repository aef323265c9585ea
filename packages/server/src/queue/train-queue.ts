import { createHash } from 'node:crypto';
import type { RunJob } from '@sdnet/lab/cli';
import type { EpochRecord } from '@sdnet/lab';
import type { JobsOptions } from 'bullmq';

/** The queue of runs. Of another version of the program a worker refuses what it would make otherwise. */
export const trainQueueName = 'train';

/** What is said of a run while it is made. */
export type TrainProgress =
  | { readonly epoch: EpochRecord }
  /** Why it cannot go on yet. */
  | { readonly waits: string };

/** What a worker answers. The run itself is in its folder. */
export interface TrainResult {
  readonly host: string;
}

/** The name of a run's job: the same for the same run in the same folder, whoever asks and however often. */
export const trainJobId = ({ out, configuration }: RunJob): string =>
  createHash('sha256')
    .update(JSON.stringify([out, configuration]))
    .digest('hex');

/** Finished jobs are kept until whoever asked has seen them, failed ones for people. */
export const trainJobOptions: JobsOptions = {
  attempts: 3,
  backoff: { type: 'exponential', delay: 1000 },
  removeOnComplete: { age: 3600 },
  removeOnFail: { age: 7 * 24 * 3600 },
};
