import { complain, hangUp } from './output.js';

/** The user stopped the work by Ctrl-C. */
export class Interrupted extends Error {}

/** What stops work that goes on step by step. */
export interface Interruption {
  readonly signal: AbortSignal;
  /**
   * From now on the first Ctrl-C (or SIGTERM) raises the signal; a second one ends the process at once, as the first
   * does until now. A terminal that is closed ends the display alone.
   */
  readonly listen: () => void;
}

export function interruption(): Interruption {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    listen() {
      for (const signal of ['SIGINT', 'SIGTERM'] as const)
        process.once(signal, () => {
          complain('');
          complain('Stopping after this step; once more to stop at once.');
          controller.abort();
        });
      process.on('SIGHUP', hangUp);
    },
  };
}
