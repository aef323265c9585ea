/** More images wait than the queue takes. */
export class QueueFullError extends Error {
  override readonly name = 'QueueFullError';
}

/** An image took longer than it may, in the queue or in a process. */
export class TimeLimitError extends Error {
  override readonly name = 'TimeLimitError';
}

/** The process that computed an image has ended. */
export class WorkerDiedError extends Error {
  override readonly name = 'WorkerDiedError';
  constructor(cause: unknown) {
    super('The process that computed this has ended.', { cause });
  }
}

/** A call to an engine that is being closed. */
export class EngineClosedError extends Error {
  override readonly name = 'EngineClosedError';
}
