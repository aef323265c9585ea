import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { type Job, type RedisOptions, UnrecoverableError } from 'bullmq';
import { fileError } from 'sdnet';
import { labelTask } from '../label/label-task.js';
import { hashOf, labelImage, labelVideo, labellingEngine, parallelFiles } from '../label/local-labeller.js';
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

  const worker = await queueWorker(connection, queueName(task.weights), labelled, { concurrency: parallel });
  return {
    async close() {
      await worker.close();
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
