import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type EpochRecord, UserError } from '@sdnet/training';
import { type ExperimentRun, experimentRun, trainRuns } from '../experiments/experiment-run.js';
import { differences, makeRunFolder } from '../runs/run-folder.js';
import type { RunRecord } from '../runs/run-record.js';
import { configurationOf } from '../training/train.js';
import { namedFold } from './fold-options.js';
import { datasetOf } from './options.js';
import { weightsOf } from './weights.js';

/** A run as plain data, for whoever makes it in another process or on another machine. */
export interface RunJob {
  readonly name: string;
  /** The run folder; absolute. */
  readonly out: string;
  readonly record: RunRecord;
  /** What decides its result, as canonical JSON: where it is made, data and weights may be others. */
  readonly configuration: string;
}

/** The job of a run, whose folder is there from now on. Throws a `UserError` where it could not be made. */
export async function runJob(run: ExperimentRun): Promise<RunJob> {
  const out = resolve(run.out);
  await makeRunFolder(out);
  return { name: run.name, out, record: run.record, configuration: configurationOf(run) };
}

/**
 * Makes the run of a job: from the start, or after the last finished epoch that its folder holds. One that is finished
 * already stays as it is.
 *
 * @returns false where the signal stopped it
 * @throws RunOccupiedError while somebody else makes it; UserError where its folder, data or weights are not those that
 * whoever asks for it has, and as `trainRuns` does
 */
export async function makeRunJob(
  { name, out, record, configuration }: RunJob,
  { signal, onEpoch }: { readonly signal: AbortSignal; readonly onEpoch: (record: EpochRecord) => void },
): Promise<boolean> {
  if (!existsSync(out))
    throw new UserError(
      `${out} is not there. Workers must find the same storage at the same path as the command that asks.`,
    );
  const { options } = record;
  const dataset = await datasetOf(options);
  const { fold, record: foldRecord } = namedFold(options, dataset);
  const init = options.init === undefined ? undefined : await weightsOf(options.init);
  const run = experimentRun({ name, out, record }, { dataset, fold, foldRecord, init });
  const different = differences(configuration, configurationOf(run));
  if (different.length > 0)
    throw new UserError(
      `The run in ${out} is another one here than where it was asked for: ${different.join('; ')}. All machines need the same ` +
        'data and weights at the same paths, and the same version of this program.',
    );
  return (await trainRuns([run], { signal, onEpoch: (_, epoch) => onEpoch(epoch) })) !== undefined;
}
