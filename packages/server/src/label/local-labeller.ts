import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { fileError } from 'sdnet';
import { createEngine, type Engine } from '../engine/engine.js';
import { TimeLimitError, WorkerDiedError } from '../engine/errors.js';
import type { LookSettings } from './label-task.js';
import type { WaitingFile } from './ledger.js';
import type { Outcome } from './outcome.js';

/** Gives files their labels, many at a time. */
export interface Labeller {
  /** Files that are best under way at a time. */
  readonly parallel: number;
  /**
   * @param signal gives up what would take long
   * @throws what is no fault of the file, or the signal's reason
   */
  label(file: WaitingFile, signal: AbortSignal): Promise<Outcome>;
  close(): Promise<void>;
}

/** Most pixels of an image, as `decodeImage` has it. */
const pixelLimit = 64_000_000;
/** Longest that a batch of images may take, in ms. */
const timeLimit = 300_000;

/** The pool that labels, here or in a worker of a queue: the same bits in both. */
export const labellingEngine = (weights: string, workers: number, queue: number): Promise<Engine> =>
  createEngine({ weights, workers, queue, pixelLimit, timeLimit, sameBits: true });

/** Enough for two batches of each process, without more photos in memory. */
export const parallelFiles = (workers: number, { cropped }: LookSettings): number =>
  2 * workers * (cropped ? 32 : 8);

/**
 * Labels on this machine.
 *
 * @param known what came of a file with this content
 */
export async function createLocalLabeller(
  weights: string,
  workers: number,
  settings: LookSettings,
  known: (hash: string) => Outcome | undefined,
): Promise<Labeller> {
  const parallel = parallelFiles(workers, settings);
  const engine = await labellingEngine(weights, workers, parallel);
  return {
    parallel,
    async label({ path, isVideo }, signal) {
      let hash: string;
      let bytes: Uint8Array | undefined;
      let before: string | undefined;
      try {
        if (isVideo) {
          before = await stateOf(path);
          hash = await hashOfFile(path);
        } else hash = hashOf((bytes = await readFile(path)));
      } catch (error) {
        return { error: fileError(path, error).message };
      }
      return (
        known(hash) ?? {
          hash,
          ...(await attempt(async () => {
            if (bytes) return labelImage(engine, bytes, settings);
            const outcome = await labelVideo(engine, path, settings, signal);
            // It is read again, and may have waited for hours: what was seen has to be what the hash is of.
            const isSame = (await stateOf(path).catch(() => before)) === before;
            return isSame
              ? outcome
              : { error: `${path}: it was changed while it was labelled. Label again.` };
          })),
        }
      );
    },
    close: engine.close,
  };
}

/** Differs where a file was written, or is another. */
async function stateOf(path: string): Promise<string> {
  const { ino, size, mtimeNs } = await stat(path, { bigint: true });
  return `${ino} ${size} ${mtimeNs}`;
}

export const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export async function hashOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** The labels of an image, or why it has none. Throws as `Engine.recognize` does. */
export async function labelImage(
  engine: Engine,
  bytes: Uint8Array,
  { cropped, views, minimumFace, maximumFaces }: LookSettings,
): Promise<Outcome> {
  const options = { cropped, views, minimumFace, maximumFaces };
  const [answer] = await engine.recognize([{ bytes, options }]);
  return answer!.problem ? { error: answer!.problem.message } : { labels: answer! };
}

/** The labels of a video, and why it cannot be read any further. Throws as `Engine.video` does. */
export async function labelVideo(
  engine: Engine,
  path: string,
  { views, minimumFace, maximumFaces, every }: LookSettings,
  signal?: AbortSignal,
): Promise<Outcome> {
  const { frames, problem } = await engine.video(path, { views, minimumFace, maximumFaces, every }, signal);
  // What a content is labelled with is the same under any name, such as that of a worker's copy.
  const named = `${path}: `;
  const error = problem?.message.startsWith(named) ? problem.message.slice(named.length) : problem?.message;
  return frames.length === 0 && error ? { error } : { labels: { frames }, error };
}

/** What ends a process of the pool, or holds it up, is a fault of the file. */
async function attempt(task: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await task();
  } catch (error) {
    if (error instanceof WorkerDiedError || error instanceof TimeLimitError) return { error: error.message };
    throw error;
  }
}
