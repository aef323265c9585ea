import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Job, type RedisOptions, UnrecoverableError, Worker } from 'bullmq';
import { fileError } from 'sdnet';
import { labelTask } from '../label/label-task.js';
import { hashOf, labelImage, labelVideo, labellingEngine, parallelFiles } from '../label/local-labeller.js';
import { type LabelJob, type LabelResult, queueName } from './label-queue.js';
import { lossOfRedis } from './queue-labeller.js';
import { prefix } from './redis.js';

export interface WorkOptions {
  readonly weights: string;
  /** Processes that compute. Default: as many as the machine has cores. */
  readonly workers?: number | undefined;
  /**
   * A folder, or an address, under which the files lie as they do under the folder that `sdnet label` works in. Default: they
   * have the same paths here as there.
   */
  readonly files?: string | undefined;
}

/** A worker whose process died is missed after so long, in ms; then others take its jobs over. */
const lockDuration = 10_000;
/** Deaths of workers that a job survives: many, since all that a worker has under way meet its death, whatever it came of. */
const mostDeaths = 25;

/** While a worker closes it looks so often, in ms, whether its jobs are done. */
const closingStep = 50;

/** Labels what comes into a queue, until it is closed. */
export async function work(
  connection: RedisOptions,
  { weights, workers = availableParallelism(), files }: WorkOptions,
): Promise<{ close(): Promise<void> }> {
  const task = await labelTask(weights, { cropped: false });
  const parallel = parallelFiles(workers, { cropped: true });
  const engine = await labellingEngine(weights, workers, parallel);
  let closed = false;
  /** Jobs that are worked at, and those whose results Redis has not taken yet. */
  const working = new Set<string>();
  const untold = new Set<string>();

  async function process(job: Job<LabelJob, LabelResult>): Promise<LabelResult> {
    working.add(job.id!);
    untold.add(job.id!);
    try {
      return await labelled(job);
    } finally {
      working.delete(job.id!);
    }
  }

  async function labelled({ data }: Job<LabelJob, LabelResult>): Promise<LabelResult> {
    const { hash, isVideo, settings } = data;
    const bytes = await readJobFile(data, files);
    if (hashOf(bytes) !== hash)
      throw new Error(`${data.path}: a worker finds another content than the command that asks.`);
    const { labels, error } = isVideo
      ? await withFile(data.path, bytes, (path) => labelVideo(engine, path, settings))
      : await labelImage(engine, bytes, settings);
    // Tried again it would be the same.
    if (!labels) throw new UnrecoverableError(error);
    return { labels, error };
  }

  const worker = new Worker<LabelJob, LabelResult>(queueName(task.weights), process, {
    ...{ connection, prefix, lockDuration },
    concurrency: parallel,
    stalledInterval: lockDuration / 2,
    maxStalledCount: mostDeaths,
  });
  worker.on(
    'error',
    lossOfRedis(() => closed),
  );
  worker.on('completed', ({ id }) => untold.delete(id!));
  worker.on('failed', (job) => job && untold.delete(job.id!));
  await worker.waitUntilReady();
  return {
    async close() {
      closed = true;
      await worker.pause(true);
      // What is under way is finished. After a loss of Redis the library's own wait for that may have no end.
      while (working.size > 0) await setTimeout(closingStep);
      const end = Date.now() + lockDuration;
      while (untold.size > 0 && Date.now() < end) await setTimeout(closingStep);
      await worker.close(true);
      await engine.close();
    },
  };
}

async function readJobFile({ path, below }: LabelJob, files: string | undefined): Promise<Uint8Array> {
  if (files === undefined) return readFileOf(path);
  if (below === undefined || below.split(/[\\/]/).includes('..'))
    throw new Error(
      `${path}: it is not below the folder that sdnet label works in, so not below ${files} either.`,
    );
  if (!/^https?:\/\//i.test(files)) return readFileOf(join(files, below));
  const address = `${files.replace(/\/$/, '')}/${below.split(/[\\/]/).map(encodeURIComponent).join('/')}`;
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: the answer is ${response.status}.`);
  return new Uint8Array(await response.arrayBuffer());
}

const readFileOf = (path: string): Promise<Uint8Array> =>
  readFile(path).catch((error: unknown) => {
    throw fileError(path, error);
  });

/** FFmpeg reads files. */
async function withFile<Result>(
  path: string,
  bytes: Uint8Array,
  task: (file: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'sdnet-work-'));
  try {
    const file = join(folder, `video${extname(path)}`);
    await writeFile(file, bytes);
    return await task(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
