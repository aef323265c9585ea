import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { invariantThreads } from '@sdnet/autograd';
import { dependsOnEpochs, type EpochRecord, type EpochResult, UserError } from '@sdnet/training';
import { fileProblem, readWeights, type Weights } from 'sdnet';
import { z } from 'zod';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { describeMachine } from './machine.js';
import type { RunConfiguration } from './run-configuration.js';
import type { RunLock } from './run-lock.js';
import { writeWeights } from './write-weights.js';
import { writeFile } from '../files/write-file.js';

/** The results of a run. */
export const runFiles = {
  checkpoint: 'checkpoint.safetensors',
  log: 'log.jsonl',
  best: 'best.safetensors',
  last: 'last.safetensors',
} as const;

/** One line for each time the run was started or resumed: from which epoch on it ran where. */
export const machineFile = 'machine.jsonl';

/**
 * Notes in the run folder what the bits of its result depend on besides its options.
 *
 * @param start epoch: the next one, from 1; threads: as asked for
 */
export async function logMachine(
  out: string,
  { epoch, threads }: { epoch: number; threads?: number | undefined },
): Promise<void> {
  const path = join(out, machineFile);
  const before = epoch === 1 ? '' : await readFile(path, 'utf8').catch(() => '');
  const line = JSON.stringify({ epoch, threads: threads ?? 'all', ...(await describeMachine()) });
  await writeFile(path, `${before}${line}\n`);
}

/**
 * Reads the checkpoint of the run in the folder, to go on with it.
 *
 * @throws UserError where there is none, or it is damaged
 */
export async function requireCheckpoint(out: string): Promise<Checkpoint> {
  requireRun(out);
  const checkpoint = await readCheckpoint(join(out, runFiles.checkpoint));
  if (checkpoint.history.length > 0) await requireBest(out);
  return checkpoint;
}

/** Throws a `UserError` where the folder holds no run that could go on. */
export function requireRun(out: string): void {
  if (existsSync(join(out, runFiles.checkpoint))) return;
  const content = contentOf(out);
  const found =
    content === undefined ? 'does not exist' : content.length === 0 ? 'is empty' : 'has no checkpoint';
  throw new UserError(
    `There is nothing to resume: ${out} ${found}; ${runFiles.checkpoint} is expected there. Start the run without --resume.`,
  );
}

function contentOf(folder: string): string[] | undefined {
  try {
    return readdirSync(folder);
  } catch {
    return undefined;
  }
}

/** The weights of an earlier epoch cannot be made again from what the checkpoint holds. */
async function requireBest(out: string): Promise<void> {
  const path = join(out, runFiles.best);
  if (!existsSync(path))
    throw new UserError(
      `${path} is missing: the weights of the best epoch, which the run cannot make again. Restore the file from a copy, ` +
        'or start the run anew in another folder.',
    );
  await readWeights(path);
}

/**
 * Looks whether a checkpoint is of the run that is to go on.
 *
 * @param configuration what decides the run's result, as canonical JSON
 * @throws UserError that names what is different
 */
export function requireSameRun(out: string, checkpoint: Checkpoint, configuration: string): void {
  const found = differences(checkpoint.configuration, configuration);
  if (found.length > 0)
    throw new UserError(
      `${join(out, runFiles.checkpoint)} is of another run: ${found.join('; ')}. Resume it with the options it was started with.`,
    );
}

/**
 * Refuses to go on on another number of threads than before, where the result depends on it: from more than
 * `invariantThreads` on.
 *
 * @param threads as asked for; default: all cores
 */
export async function requireSameThreads(out: string, threads: number | undefined): Promise<void> {
  const lines = (await readFile(join(out, machineFile), 'utf8').catch(() => '')).trim().split('\n');
  const last = machineLine.safeParse(parsedJson(lines.at(-1)!));
  if (!last.success) return;
  const before = last.data.threads === 'all' ? last.data.cores : last.data.threads;
  const now = threads ?? (await describeMachine()).cores;
  if (before !== now && Math.max(before, now) > invariantThreads)
    throw new UserError(
      `The run in ${out} was computed on ${before} threads, and is to go on on ${now}. With more than ${invariantThreads} ` +
        `its result depends on their number: resume it with --threads ${before}.`,
    );
}

const machineLine = z.object({ threads: z.union([z.literal('all'), z.int().min(1)]), cores: z.int().min(1) });

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Makes the folder of a new run. Throws a `UserError` where that cannot be. */
export async function makeRunFolder(out: string): Promise<void> {
  await mkdir(out, { recursive: true }).catch((error: unknown) => {
    throw new UserError(`The run folder ${out} could not be made: ${fileProblem(error)}.`, { cause: error });
  });
}

/** Throws a `UserError` where the folder holds the results of a run; it then stays as it is. */
export async function requireNoRun(out: string): Promise<void> {
  const present = Object.values(runFiles).filter((name) => existsSync(join(out, name)));
  if (!present.includes(runFiles.checkpoint)) {
    if (present.length > 0)
      throw new UserError(
        `${out} holds the results of a run: ${present[0]}. Choose another folder by --out, or remove them.`,
      );
    return;
  }
  // Nothing is lost where no epoch was finished.
  const { history } = await readCheckpoint(join(out, runFiles.checkpoint));
  if (present.length > 1 || history.length > 0)
    throw new UserError(
      `${out} already holds a run. Go on with it by --resume, or choose another folder by --out.`,
    );
}

/** The parts in which two configurations differ, each in words for a message. */
export function differences(before: string, now: string): string[] {
  const flat = (value: unknown, path: string): [string, string][] =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, entry]) => flat(entry, path ? `${path}.${key}` : key))
      : [[path, JSON.stringify(value)]];
  const [old, current] = [before, now].map((text) => {
    const configuration: RunConfiguration = JSON.parse(text);
    const parts = new Map(flat(configuration, ''));
    if (!dependsOnEpochs(configuration.recipe)) parts.delete('recipe.epochs');
    return parts;
  });
  return [...new Set([...old!.keys(), ...current!.keys()])]
    .filter((key) => old!.get(key) !== current!.get(key))
    .map((key) => {
      const change = `${key} was ${old!.get(key) ?? 'not set'}, now ${current!.get(key) ?? 'not set'}`;
      return key === 'recipe.epochs'
        ? `${change} (this recipe's learning rates or image sizes depend on it)`
        : change;
    });
}

/** What a run keeps after an epoch. */
interface RunState extends Checkpoint {
  readonly out: string;
  readonly lock: RunLock;
}

/** What an epoch gives besides the run's state. */
interface FinishedEpoch {
  readonly record: EpochRecord;
  readonly weights: Weights;
  readonly isBest: boolean;
}

/** The state a run starts from: should it be killed before its first epoch is finished, it can be resumed as well. */
export async function writeStart({ out, lock, ...checkpoint }: RunState): Promise<void> {
  await lock.requireHeld();
  await writeCheckpoint(join(out, runFiles.checkpoint), checkpoint);
}

/** The checkpoint last: whatever a crash leaves, resuming writes the rest again, the same. */
export async function writeEpoch(
  { out, lock, ...checkpoint }: RunState,
  { record, weights, isBest }: FinishedEpoch,
): Promise<void> {
  const steps = [
    ...(isBest ? [() => writeWeights(join(out, runFiles.best), weights)] : []),
    () => writeWeights(join(out, runFiles.last), weights),
    () => writeLog(out, checkpoint.history, record),
    () => writeCheckpoint(join(out, runFiles.checkpoint), checkpoint),
  ];
  for (const write of steps) {
    await lock.requireHeld();
    await write();
  }
}

/** How long earlier epochs took, only the log itself knows. */
async function writeLog(out: string, history: readonly EpochResult[], record: EpochRecord): Promise<void> {
  const path = join(out, runFiles.log);
  const text = await readFile(path, 'utf8').catch(() => '');
  const logged = text.split('\n');
  const lines = history.map((result, index) =>
    index === history.length - 1 ? JSON.stringify(record) : logged[index] || JSON.stringify(result),
  );
  await writeFile(path, lines.map((line) => `${line}\n`).join(''));
}
