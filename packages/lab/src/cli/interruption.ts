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
  /** Ends that. */
  readonly close: () => void;
}

export function interruption(): Interruption {
  const controller = new AbortController();
  const stopping = ['SIGINT', 'SIGTERM'] as const;
  const stop = () => {
    close();
    complain('Stopping after this step; once more to stop at once.');
    controller.abort();
  };
  const close = () => stopping.forEach((signal) => process.off(signal, stop));
  return {
    signal: controller.signal,
    listen() {
      stopping.forEach((signal) => process.on(signal, stop));
      process.on('SIGHUP', hangUp);
    },
    close() {
      close();
      process.off('SIGHUP', hangUp);
    },
  };
}

/** Ends at the first Ctrl-C or SIGTERM; the next one ends the process at once. */
export const untilStopped = (): Promise<void> =>
  new Promise((resolve) => {
    const signals = ['SIGINT', 'SIGTERM'] as const;
    const stop = () => {
      for (const signal of signals) process.off(signal, stop);
      resolve();
    };
    for (const signal of signals) process.on(signal, stop);
  });
