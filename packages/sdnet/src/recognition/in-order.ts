import { UserError } from '../user-error.js';

/** Runs what it is given one after the other, in the order of the calls. */
export interface InOrder {
  /**
   * @param signal gives up waiting; what has begun is done to its end, and its answer thrown away
   * @throws UserError once closed
   */
  run<Result>(task: () => Promise<Result>, signal?: AbortSignal): Promise<Result>;
  /** Refuses further calls, and ends when those made so far are answered. */
  close(): Promise<void>;
}

/** @param what is released by `close`, for the message of later calls */
export function inOrder(what: string): InOrder {
  let last: Promise<unknown> = Promise.resolve();
  let closed: Promise<void> | undefined;
  return {
    async run(task, signal) {
      if (closed)
        throw new UserError(`The ${what} has been released. Make another one.`, { code: 'released' });
      signal?.throwIfAborted();
      const answered = last.then(() => {
        signal?.throwIfAborted();
        return task();
      });
      last = answered.catch(() => {});
      return signal ? orAborted(answered, signal) : answered;
    },
    close: () => (closed ??= last.then(() => {})),
  };
}

/** What is answered, or the signal's reason where that comes first. */
const orAborted = <Result>(answered: Promise<Result>, signal: AbortSignal): Promise<Result> =>
  new Promise((resolve, reject) => {
    const forget = onAbort(signal, () => reject(signal.reason as Error));
    answered.then(resolve, reject).finally(forget);
  });

/** Who waits for a signal. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `abort` where the signal does. Of hundreds of calls with one signal it has one listener: Node takes more than ten
 * for a leak. The signal may live much longer than they do.
 *
 * @returns what ends that
 */
function onAbort(signal: AbortSignal, abort: () => void): () => void {
  const callbacks = waiting.get(signal) ?? new Set();
  if (callbacks.size === 0) {
    waiting.set(signal, callbacks);
    signal.addEventListener('abort', callAll);
  }
  callbacks.add(abort);
  return () => {
    callbacks.delete(abort);
    if (callbacks.size === 0) signal.removeEventListener('abort', callAll);
  };
}

function callAll(this: AbortSignal): void {
  for (const abort of waiting.get(this) ?? []) abort();
}
