/** The user stopped the work by Ctrl-C. */
export class Interrupted extends Error {}

/** A signal that the first Ctrl-C (or SIGTERM) raises; a second one ends the process at once. */
export function interruptionSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      console.error('\nStopping after this step; once more to stop at once.');
      controller.abort();
    });
  return controller.signal;
}
