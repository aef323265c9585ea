import { createWriteStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { type Job, type RedisOptions, UnrecoverableError } from 'bullmq';
import pLimit from 'p-limit';
import { fileError } from 'sdnet';
import { labelTask } from '../label/label-task.js';
import {
  hashOf,
  hashOfFile,
  labelImage,
  labelVideo,
  labellingEngine,
  parallelFiles,
} from '../label/local-labeller.js';
import type { Outcome } from '../label/outcome.js';
import { type LabelJob, type LabelResult, queueName } from './label-queue.js';
import { queueWorker, type QueueWorker } from './queue-worker.js';

export interface LabelWorkerOptions {
  readonly weights: string;
  /** Processes that compute. Default: as many as the machine has cores. */
  readonly workers?: number | undefined;
  /**
   * A folder, or an address, under which the files lie as they do under the folder that `sdnet label` works in. Default: they
   * have the same paths here as there.
   */
  readonly files?: string | undefined;
}

/** Labels what comes into a queue, until it is closed. */
export async function labelWorker(
  connection: RedisOptions,
  { weights, workers = availableParallelism(), files }: LabelWorkerOptions,
): Promise<QueueWorker> {
  const task = await labelTask(weights, { cropped: false });
  const parallel = parallelFiles(workers, { cropped: true });
  const engine = await labellingEngine(weights, workers, parallel);
  /** A video has a process for itself: more would only lie on the disk, and wait. */
  const videosAtATime = pLimit(workers);
  const requireHash = ({ path, hash }: LabelJob, found: string): void => {
    if (found !== hash)
      throw new Error(`${path}: a worker finds another content than the command that asks.`);
  };
  async function labelledImage(job: LabelJob): Promise<Outcome> {
    const bytes = await reading(placeOf(job, files), buffer);
    requireHash(job, hashOf(bytes));
    return labelImage(engine, bytes, job.settings);
  }
  const labelledVideo = (job: LabelJob): Promise<Outcome> =>
    videosAtATime(() =>
      withCopy(placeOf(job, files), async (copy) => {
        requireHash(job, await hashOfFile(copy));
        return labelVideo(engine, copy, job.settings);
      }),
    );
  async function labelled({ data }: Job<LabelJob, LabelResult>): Promise<LabelResult> {
    const { labels, error } = await (data.isVideo ? labelledVideo(data) : labelledImage(data));
    // Tried again it would be the same.
    if (!labels) throw new UnrecoverableError(error);
    return { labels, error };
  }

  const worker = await queueWorker(connection, queueName(task.weights), labelled, { concurrency: parallel });
  return {
    async close() {
      await worker.close();
      await engine.close();
    },
  };
}

/** The path or address at which a worker finds a job's file. */
function placeOf({ path, below }: LabelJob, files: string | undefined): string {
  if (files === undefined) return path;
  if (below === undefined || below.split(/[\\/]/).includes('..'))
    throw new Error(
      `${path}: it is not below the folder that sdnet label works in, so not below ${files} either.`,
    );
  if (!isAddress(files)) return join(files, below);
  return `${files.replace(/\/$/, '')}/${below.split(/[\\/]/).map(encodeURIComponent).join('/')}`;
}

const isAddress = (place: string): boolean => /^https?:\/\//i.test(place);

async function reading<Result>(place: string, read: (file: Readable) => Promise<Result>): Promise<Result> {
  if (!isAddress(place)) {
    const file = await open(place).catch((error: unknown) => {
      throw fileError(place, error);
    });
    return read(file.createReadStream());
  }
  const response = await fetch(place);
  if (!response.ok) throw new Error(`${place}: the answer is ${response.status}.`);
  return read(Readable.from(response.body ?? []));
}

/** A file copied, as FFmpeg reads files and this one must not change before it does. It may be larger than memory. */
async function withCopy<Result>(place: string, task: (copy: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'sdnet-work-'));
  try {
    const copy = join(folder, `video${extname(place)}`);
    await reading(place, (file) => pipeline(file, createWriteStream(copy)));
    return await task(copy);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
