/** An error with a code that the page has a text for. */
const storageError = (code: 'storage-full' | 'storage-unavailable', cause: unknown): Error =>
  Object.assign(new Error(String(cause), { cause }), { code });

/** Browsers that store nothing, such as in some private windows. */
const unavailable = new Set(['InvalidStateError', 'SecurityError', 'NotSupportedError', 'UnknownError']);

/**
 * What the browser's storage did not do, as an error with a `code`: `storage-full` or `storage-unavailable`. Others stay as
 * they are.
 */
export function asStorageError(error: unknown): unknown {
  const { name } = error as Error;
  if (name === 'QuotaExceededError') return storageError('storage-full', error);
  return unavailable.has(name) ? storageError('storage-unavailable', error) : error;
}
