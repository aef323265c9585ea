import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeRuntime } from '@sdnet/autograd/node';
import { exportOnnx, imageShape, readWeights, type Weights } from 'sdnet';
import { writeFile } from '../files/write-file.js';
import { describeMachine, type Machine } from '../runs/machine.js';
import { weightsDigest } from '../runs/run-configuration.js';
import { runFiles } from '../runs/run-folder.js';
import type { ExperimentRun } from './experiment-run.js';

/** How fast a network was, once, on one machine. */
export interface Speed {
  /** Digest of the weights that were measured; absent where an earlier version measured. */
  readonly weights?: string;
  /** Of one image alone, the median. */
  readonly millisecondsPerImage: number;
  /** Of the training at its last image size, the median of the epochs; null where the log does not say. */
  readonly trainingImagesPerSecond: number | null;
  readonly threads: number | 'all';
  readonly machine: Machine;
}

/** The name of the file in a comparison's folder. */
export const speedsFile = 'speeds.json';
const warmUp = 5;
const timed = 30;

/**
 * The speed of each run's network by the run's name. Measured once for each weights and kept in `<out>/speeds.json`, apart from all that
 * is the same whenever it is made.
 */
export async function speedsOf(
  out: string,
  runs: readonly ExperimentRun[],
): Promise<Readonly<Record<string, Speed>>> {
  const file = join(out, speedsFile);
  const kept = await readSpeeds(file);
  const speeds: Record<string, Speed> = { ...kept };
  let isNew = false;
  for (const run of runs) {
    const before = kept[run.name];
    const weights = await readWeights(join(run.out, runFiles.last));
    const digest = weightsDigest(weights);
    if (before && (before.weights ?? digest) === digest) continue;
    speeds[run.name] = { weights: digest, ...(await measured(run, weights)) };
    isNew = true;
  }
  if (isNew) await writeFile(file, `${JSON.stringify(speeds, undefined, 1)}\n`);
  return speeds;
}

async function readSpeeds(file: string): Promise<Record<string, Speed>> {
  try {
    return existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : {};
  } catch {
    return {};
  }
}

async function measured({ out, threads }: ExperimentRun, weights: Weights): Promise<Speed> {
  const shape = [1, ...imageShape(weights.preprocessing)];
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  const session = await nodeRuntime.createSession(
    exportOnnx(weights),
    threads === undefined ? {} : { threads },
  );
  const milliseconds: number[] = [];
  try {
    for (let image = 0; image < warmUp + timed; image++) {
      const started = performance.now();
      await session.run({ images: { shape, data } });
      if (image >= warmUp) milliseconds.push(performance.now() - started);
    }
  } finally {
    await session.release();
  }
  return {
    millisecondsPerImage: median(milliseconds)!,
    trainingImagesPerSecond: (await loggedSpeed(out)) ?? null,
    threads: threads ?? 'all',
    machine: await describeMachine(),
  };
}

async function loggedSpeed(run: string): Promise<number | undefined> {
  const text = await readFile(join(run, runFiles.log), 'utf8').catch(() => '');
  const records = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { size: number; imagesPerSecond?: number });
  const { size } = records.at(-1) ?? {};
  return median(records.flatMap((record) => (record.size === size ? (record.imagesPerSecond ?? []) : [])));
}

function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
