import { setTimeout } from 'node:timers/promises';

/** What comes of a promise; undefined where it takes longer than so many ms. */
export async function within<Value>(time: number, promise: Promise<Value>): Promise<Value | undefined> {
  const settled = new AbortController();
  try {
    return await Promise.race([promise, setTimeout(time, undefined, { signal: settled.signal })]);
  } finally {
    settled.abort();
  }
}
