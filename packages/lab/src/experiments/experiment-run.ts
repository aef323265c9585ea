import type { EpochRecord, EpochResult } from '@sdnet/training';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
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

export interface TrainRunsOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onEpoch?: ((run: ExperimentRun, record: EpochRecord) => void) | undefined;
}

/**
 * Trains those of the runs that are not finished, one after another; one that was interrupted goes on. Before the first
 * step every folder is looked at, so that a run that does not belong to the experiment is refused at once.
 *
 * @returns each run's epochs; undefined where the signal stopped it
 * @throws UserError as `train` and `finishedRun` do
 */
export async function trainRuns(
  runs: readonly ExperimentRun[],
  { signal, onEpoch }: TrainRunsOptions,
): Promise<(readonly EpochResult[])[] | undefined> {
  const histories: (readonly EpochResult[] | undefined)[] = [];
  for (const run of runs) histories.push(await finishedRun(run));
  for (const [index, run] of runs.entries()) {
    if (histories[index]) continue;
    if (signal?.aborted) return undefined;
    const { history, finished } = await train({
      ...run,
      resume: existsSync(join(run.out, runFiles.checkpoint)),
      signal,
      async onStart() {
        await saveFold(run.out, run.fold);
        await saveRunRecord(run.out, run.record);
      },
      onEpoch: (record) => onEpoch?.(run, record),
    });
    if (!finished) return undefined;
    histories[index] = history;
  }
  return histories as (readonly EpochResult[])[];
}
