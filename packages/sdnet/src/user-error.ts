/** What went wrong, for programs to decide by. */
export type ErrorCode =
  /** Not an image of a format that is read here, damaged, cut off, or with sides of 0. */
  | 'image-unreadable'
  /** More pixels, longer sides or more bytes than the limits. */
  | 'image-too-large'
  /** A picture that has not loaded, a video without a frame, a bitmap that was closed or given away. */
  | 'image-not-ready'
  /** A canvas, picture or video of another origin, whose pixels a page may not read. */
  | 'image-tainted'
  /** A package that is installed apart is not. The message has the command. */
  | 'package-missing'
  /** Not weights of this library, damaged, or newer than it. */
  | 'weights-invalid'
  /** The device that was asked for is not offered here. */
  | 'device-unavailable'
  /** A frame whose time is none, or before that of the last. */
  | 'frame-out-of-order'
  /** An option with a value that none may have. */
  | 'option-invalid'
  /** A call to what has been released. */
  | 'released'
  /** The thread that computes has ended. */
  | 'worker-failed';

/**
 * An error the user can mend: its message names the file, row or field, what was expected and what to do.
 * The command line prints the message alone, without a stack, and exits with status 1.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly code: ErrorCode | undefined;

  constructor(message: string, { code, ...options }: ErrorOptions & { readonly code?: ErrorCode } = {}) {
    super(message, options);
    this.code = code;
  }
}
