import { availableParallelism } from 'node:os';
import { complain, imagesDisplay } from '@sdnet/lab/cli';
import { UserError } from 'sdnet';
import { createQueueLabeller } from '../queue/queue-labeller.js';
import { requireRedis } from '../queue/redis.js';
import { labelFiles } from './label-files.js';
import { labelTask, type LookSettings } from './label-task.js';
import { openLedger, type Progress } from './ledger.js';
import { listSources } from './list-sources.js';
import { createLocalLabeller } from './local-labeller.js';
import { writeLabels } from './write-labels.js';

export interface LabelOptions extends LookSettings {
  readonly weights: string;
  /** Where the labels go in the end: .jsonl, .csv or .parquet. */
  readonly out: string;
  readonly ledger: string;
  readonly workers?: number | undefined;
  /** The Redis whose workers label. Default: this machine labels. */
  readonly queue?: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Labels what operands name, and writes the labels when all files have theirs. Called again after it was stopped, it
 * goes on.
 *
 * @throws UserError, and Interrupted where the signal is raised
 */
export async function label(
  operands: readonly string[],
  { weights, out, ledger: file, workers = availableParallelism(), queue, signal, ...settings }: LabelOptions,
): Promise<Progress> {
  const task = await labelTask(weights, settings);
  const connection = queue === undefined ? undefined : await requireRedis(queue);
  const sources = await listSources(operands);
  const ledger = await openLedger(file, operands, task);
  try {
    ledger.list(sources);
    const { total, done } = ledger.progress();
    if (done < total) {
      const labeller = connection
        ? await createQueueLabeller(connection, task, ledger.known, signal)
        : await createLocalLabeller(weights, workers, settings, ledger.known);
      const display = imagesDisplay();
      let shown = done;
      display.show(shown, total);
      try {
        await labelFiles(ledger, labeller, signal, (recorded) => display.show((shown += recorded), total));
      } finally {
        display.hide();
        await labeller.close();
      }
    }
    const gone = ledger.forget();
    if (gone > 0) complain(`${gone} files that were labelled before are no longer there, and left out.`);
    await writeLabels(out, ledger.files(), task.classNames);
    return ledger.progress();
  } finally {
    ledger.close();
  }
}

/** @throws UserError where some files have no labels */
export function requireAll({ total, failed }: Progress): void {
  if (failed > 0)
    throw new UserError(
      `${failed} of ${total} files could not be read; the output says why. Mend them and run the same command again.`,
    );
}
