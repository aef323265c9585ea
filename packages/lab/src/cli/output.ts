/**
 * Where the command prints: results to standard output, messages to standard error. Nothing that is not ours reaches a
 * terminal as it is, and nobody has to read to the end.
 */
import { UserError } from '@sdnet/training';
import { fileProblem } from 'sdnet';
import { visible, visibleJson } from '../files/visible.js';

/** Nobody reads the results any more, as after `| head -1`. */
export class ReaderLeft extends Error {}

/** What went wrong with a stream, at the first time. */
const failures = new Map<NodeJS.WriteStream, NodeJS.ErrnoException>();

function notice(this: NodeJS.WriteStream, error: NodeJS.ErrnoException): void {
  if (!failures.has(this)) failures.set(this, error);
}

/** From now on, a reader that leaves ends the printing, not the process. */
export function watchReaders(): void {
  for (const stream of [process.stdout, process.stderr])
    if (!stream.listeners('error').includes(notice)) stream.on('error', notice);
}

/** A terminal that was closed takes nothing more. */
export const hangUp = (): void => {
  for (const stream of [process.stdout, process.stderr]) if (stream.isTTY) failures.set(stream, new Error());
};

/** Whether somebody reads standard error. */
export const isDisplayed = (): boolean => !failures.has(process.stderr);

/**
 * Throws where results did not reach their reader.
 *
 * @throws ReaderLeft, UserError
 */
export function requireReader(): void {
  const failure = failures.get(process.stdout);
  if (failure === undefined) return;
  if (failure.code === undefined || ['EPIPE', 'EIO', 'ECONNRESET'].includes(failure.code))
    throw new ReaderLeft();
  throw new UserError(`The results could not be written to standard output: ${fileProblem(failure)}.`, {
    cause: failure,
  });
}

let clearLine = () => {};

/** `clear` takes away what stands in the terminal's last line for the moment, such as a bar, before anything is printed. */
export function clearBeforePrinting(clear: () => void): void {
  clearLine = clear;
}

const lines = (text: string): string => text.split('\n').map(visible).join('\n');

/**
 * Prints a result. Where a part that is not ours may contain line ends, it has gone through `visible`.
 *
 * @throws ReaderLeft, UserError where an earlier one could not be printed
 */
export function print(text: string): void {
  requireReader();
  clearLine();
  console.log(lines(text));
}

/** Prints a result for a program to read. Throws as `print` does. */
export function printJson(value: unknown, indent?: number): void {
  requireReader();
  clearLine();
  console.log(visibleJson(value, indent));
}

/**
 * What prints for a command that may also write files: where it does, they are whole whether or not somebody reads what
 * is printed; else nothing is done for a reader who has left.
 */
export function printingBeside(...files: readonly (string | undefined)[]): (printing: () => void) => void {
  if (files.every((file) => file === undefined)) return (printing) => printing();
  return (printing) => {
    try {
      printing();
    } catch (error) {
      if (!(error instanceof ReaderLeft)) throw error;
    }
  };
}

/** Longest message, in characters: a file may have put megabytes into it. */
const longest = 2000;

/** Prints a message of one line for people. */
export function complain(message: string): void {
  if (!isDisplayed()) return;
  clearLine();
  const rest = message.length - longest;
  const short =
    rest > 0
      ? `${message.slice(0, (3 * longest) / 4)} … (${rest} characters left out) … ${message.slice(-longest / 4)}`
      : message;
  console.error(visible(short));
}

/** Prints an error that is nobody's but ours, with what helps to mend it. */
export function complainOfFault(error: unknown): void {
  if (isDisplayed()) console.error(error);
}
