import { forEachParallel, Interrupted } from '@sdnet/lab/cli';
import type { LabelledFile, Ledger } from './ledger.js';
import type { Labeller } from './local-labeller.js';

/** Labels are recorded together, so often in ms: each time takes the disk a while. */
const recordEvery = 250;

const stopped = () =>
  new Interrupted('Stopped. What is labelled is kept: run the same command again to go on.');

/**
 * Labels the files that wait in a ledger, and records what came of them as it comes.
 *
 * @param onProgress hears how many more are recorded
 * @throws Interrupted where the signal is raised: images that were under way are recorded; videos, and what others label,
 * are given up
 */
export async function labelFiles(
  ledger: Ledger,
  labeller: Labeller,
  signal: AbortSignal,
  onProgress: (recorded: number) => void,
): Promise<void> {
  let labelled: LabelledFile[] = [];
  let failure: { readonly error: unknown } | undefined;
  const record = () => {
    const files = labelled;
    labelled = [];
    if (files.length === 0) return;
    ledger.record(files);
    onProgress(files.length);
  };
  const timer = setInterval(() => {
    try {
      record();
    } catch (error) {
      failure ??= { error };
    }
  }, recordEvery);
  try {
    await forEachParallel(ledger.waiting(), labeller.parallel, async (file) => {
      if (failure) throw failure.error;
      if (signal.aborted) throw stopped();
      const outcome = await labeller.label(file, signal).catch((error: unknown) => {
        throw signal.aborted ? stopped() : error;
      });
      // Looked up now: meanwhile others were recorded.
      labelled.push({ ...file, outcome });
    });
  } finally {
    clearInterval(timer);
    if (!failure) record();
  }
  if (failure) throw (failure as { error: unknown }).error;
}
