import type { Dataset, EpochRecord, EpochResult } from '@sdnet/training';
import { classWeightsOf, requireBatch, UserError } from '@sdnet/training';
import type { Weights } from 'sdnet';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Fold } from '../datasets/protocols.js';
import { runFiles } from '../runs/run-folder.js';
import { type RunRecord, saveRunRecord } from '../runs/run-record.js';
import { type FoldRecord, saveFold } from '../runs/save-fold.js';
import { finishedRun, train, type TrainOptions } from '../training/train.js';

/** One of the trainings of an experiment. */
export interface ExperimentRun extends Omit<
  TrainOptions,
  'resume' | 'onStart' | 'onProgress' | 'onEpoch' | 'signal'
> {
  /** As people read it, and part of files' names: `sdnet-seed1`. */
  readonly name: string;
  /** What is saved of it, as `sdnet train` does. */
  readonly record: RunRecord;
  readonly fold: FoldRecord;
}

/** What a run is made of besides its record: what the record's options name. */
export interface RunMaterial {
  readonly dataset: Dataset;
  readonly fold: Fold;
  readonly foldRecord: FoldRecord;
  /** The weights it is fine-tuned from. */
  readonly init?: Weights | undefined;
}

/** The run that a record describes: the same on every machine that has its material. */
export function experimentRun(
  { name, out, record }: Pick<ExperimentRun, 'name' | 'out' | 'record'>,
  { dataset, fold, foldRecord, init }: RunMaterial,
): ExperimentRun {
  const { model, variant, seed, threads } = record.options;
  return {
    ...{ name, out, record, dataset, init, model, variant, seed, threads },
    recipe: record.recipe,
    partition: fold,
    fold: foldRecord,
  };
}

export interface TrainRunsOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onEpoch?: ((run: ExperimentRun, record: EpochRecord) => void) | undefined;
}

/**
 * Makes runs that are not finished, here or elsewhere, each in its folder.
 *
 * @returns false where the signal stopped it
 */
export type MakeRuns = (runs: readonly ExperimentRun[], options: TrainRunsOptions) => Promise<boolean>;

/** In this process, one after another. */
const makeHere: MakeRuns = async (runs, { signal, onEpoch }) => {
  for (const run of runs) {
    if (signal?.aborted) return false;
    const { finished } = await train({
      ...run,
      resume: existsSync(join(run.out, runFiles.checkpoint)),
      signal,
      async onStart() {
        await saveFold(run.out, run.fold);
        await saveRunRecord(run.out, run.record);
      },
      onEpoch: (record) => onEpoch?.(run, record),
    });
    if (!finished) return false;
  }
  return true;
};

/** Throws a `UserError` where a run could not begin, naming it: after hours of the ones before it that would be too late. */
function requireTrainable({ name, dataset, partition, recipe }: ExperimentRun): void {
  try {
    classWeightsOf(recipe, dataset, partition.train);
    requireBatch(dataset, partition.train, recipe.batch);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${name}: ${error.message}`, { cause: error });
  }
}

/**
 * Trains those of the runs that are not finished; one that was interrupted goes on. Before the first step every folder is
 * looked at, so that a run that does not belong to the experiment is refused at once.
 *
 * @param make how; default: in this process, one after another
 * @returns each run's epochs; undefined where the signal stopped it
 * @throws UserError as `train` and `finishedRun` do, and where what was made elsewhere is not found here
 */
export async function trainRuns(
  runs: readonly ExperimentRun[],
  options: TrainRunsOptions,
  make: MakeRuns = makeHere,
): Promise<(readonly EpochResult[])[] | undefined> {
  const before: (readonly EpochResult[] | undefined)[] = [];
  for (const run of runs) before.push(await finishedRun(run));
  const unfinished = runs.filter((_, index) => !before[index]);
  for (const run of unfinished) requireTrainable(run);
  if (unfinished.length > 0 && !(await make(unfinished, options))) return undefined;
  const histories: (readonly EpochResult[])[] = [];
  for (const [index, run] of runs.entries()) {
    const history = before[index] ?? (await finishedRun(run));
    if (!history)
      throw new UserError(
        `${run.out} does not hold the finished run ${run.name}, though it was made. Workers must find the same storage at ` +
          'the same path as the command that asks.',
      );
    histories.push(history);
  }
  return histories;
}
