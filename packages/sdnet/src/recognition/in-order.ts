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

/** What is answered, or the signal's reason where that comes first. A signal may live much longer than a call. */
const orAborted = <Result>(answered: Promise<Result>, signal: AbortSignal): Promise<Result> =>
  new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    answered.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
