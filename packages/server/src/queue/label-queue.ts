import { createHash } from 'node:crypto';
import { isAbsolute, relative, resolve } from 'node:path';
import type { JobsOptions } from 'bullmq';
import type { LabelTask, LookSettings } from '../label/label-task.js';
import type { Labels } from '../label/outcome.js';

/** A file that a worker labels. */
export interface LabelJob {
  /** As the one who asks opens it. */
  readonly path: string;
  /** The same from the folder he works in, for workers that find the files elsewhere; absent where it is not below it. */
  readonly below?: string | undefined;
  /** SHA-256 of its content. */
  readonly hash: string;
  readonly isVideo: boolean;
  readonly settings: LookSettings;
}

/** What a worker answers. A file that cannot be read at all is a failed job, whose reason says why. */
export interface LabelResult {
  readonly labels: Labels;
  readonly error?: string | undefined;
}

/** A queue for each file of weights: a worker takes only what it can answer alike. */
export const queueName = (weights: string): string => `label-${weights.slice(0, 16)}`;

const settingsOf = ({ cropped, views, minimumFace, maximumFaces, every }: LookSettings): LookSettings => ({
  ...{ cropped, views, minimumFace, maximumFaces, every },
});

/** The job of a file, and its name: the same for the same content, whoever asks and however often. */
export function labelJob(path: string, isVideo: boolean, hash: string, task: LabelTask) {
  const settings = settingsOf(task);
  const way = createHash('sha256')
    .update(JSON.stringify([isVideo, settings]))
    .digest('hex')
    .slice(0, 8);
  const below = relative('', path);
  const data: LabelJob = {
    ...{ path: resolve(path), hash, isVideo, settings },
    below: below.startsWith('..') || isAbsolute(below) ? undefined : below,
  };
  return { id: `${hash}-${way}`, data };
}

/** Finished jobs are kept until whoever asked has seen them, failed ones as the list of dead letters. */
export const jobOptions: JobsOptions = {
  attempts: 3,
  backoff: { type: 'exponential', delay: 1000 },
  removeOnComplete: { age: 3600, count: 20_000 },
  removeOnFail: { age: 7 * 24 * 3600 },
};
