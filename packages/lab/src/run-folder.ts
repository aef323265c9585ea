import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Weights } from 'sdnet';
import { type Checkpoint, type EpochRecord, readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { describeMachine } from './machine.js';
import { UserError } from './user-error.js';
import { writeWeights } from './weights-file.js';
import { removeInterrupted, writeFile } from './write-file.js';

/** The results of a run. */
export const runFiles = {
  checkpoint: 'checkpoint.safetensors',
  log: 'log.jsonl',
  best: 'best.safetensors',
  last: 'last.safetensors',
} as const;

/** One line for each time the run was started or resumed: from which epoch on it ran where. */
const machineFile = 'machine.jsonl';

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
  const line = JSON.stringify({ epoch, threads: threads ?? 'all', ...describeMachine() });
  await writeFile(path, `${before}${line}\n`);
}

/**
 * Makes the run folder, or reads the checkpoint of the run to go on with.
 *
 * @param configuration what decides the run's result, as canonical JSON
 * @throws UserError where the folder holds a run and `resume` is not asked for, or the other way round, or the
 * checkpoint is damaged or of another configuration; the folder then stays as it is
 */
export async function openRun(
  { out, resume = false }: { out: string; resume?: boolean | undefined },
  configuration: string,
): Promise<Checkpoint | undefined> {
  const path = join(out, runFiles.checkpoint);
  if (!resume) {
    const present = Object.values(runFiles).find((name) => existsSync(join(out, name)));
    if (present === runFiles.checkpoint)
      throw new UserError(
        `${out} already holds a run. Go on with it by --resume, or choose another folder by --out.`,
      );
    if (present !== undefined)
      throw new UserError(
        `${out} holds the results of a run: ${present}. Choose another folder by --out, or remove them.`,
      );
    await removeInterrupted(out);
    return undefined;
  }
  const checkpoint = await readCheckpoint(path);
  if (checkpoint.configuration !== configuration)
    throw new UserError(
      `${path} is of another run: ${differences(checkpoint.configuration, configuration)}. Resume it with the options it was started with.`,
    );
  await removeInterrupted(out);
  return checkpoint;
}

/** Makes the folder of a new run, or looks whether there is one to resume. */
export async function requireRunFolder({
  out,
  resume = false,
}: {
  out: string;
  resume?: boolean | undefined;
}): Promise<void> {
  if (!resume) {
    await mkdir(out, { recursive: true }).catch((error: Error) => {
      throw new UserError(`The run folder ${out} could not be made: ${error.message}.`, { cause: error });
    });
    return;
  }
  if (existsSync(join(out, runFiles.checkpoint))) return;
  const content = await readdir(out).catch(() => undefined);
  const found =
    content === undefined ? 'does not exist' : content.length === 0 ? 'is empty' : 'has no checkpoint';
  throw new UserError(
    `There is nothing to resume: ${out} ${found}; ${runFiles.checkpoint} is expected there. Start the run without --resume.`,
  );
}

/** The parts in which two configurations differ, for a message. */
function differences(before: string, now: string): string {
  const flat = (value: unknown, path: string): [string, string][] =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, entry]) => flat(entry, path ? `${path}.${key}` : key))
      : [[path, JSON.stringify(value)]];
  let old: Map<string, string>;
  try {
    old = new Map(flat(JSON.parse(before), ''));
  } catch {
    return 'its configuration cannot be read';
  }
  const current = new Map(flat(JSON.parse(now), ''));
  return [...new Set([...old.keys(), ...current.keys()])]
    .filter((key) => old.get(key) !== current.get(key))
    .map((key) => `${key} was ${old.get(key) ?? 'not set'}, now ${current.get(key) ?? 'not set'}`)
    .join('; ');
}

/** The checkpoint last: whatever a crash leaves, resuming writes the rest again, the same. */
export async function writeRun(run: {
  out: string;
  configuration: string;
  history: readonly EpochRecord[];
  vectors: Readonly<Record<string, Float32Array>>;
  weights: Weights;
  isBest: boolean;
}): Promise<void> {
  const { out, configuration, history, vectors, weights, isBest } = run;
  if (isBest) await writeWeights(join(out, runFiles.best), weights);
  await writeWeights(join(out, runFiles.last), weights);
  await writeFile(join(out, runFiles.log), history.map((record) => `${JSON.stringify(record)}\n`).join(''));
  await writeCheckpoint(join(out, runFiles.checkpoint), { configuration, history, vectors });
}
