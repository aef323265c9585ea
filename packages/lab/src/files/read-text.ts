import { readFileSync, statSync } from 'node:fs';
import { UserError } from '@sdnet/training';
import { fileError } from 'sdnet';
import { saveAsUtf8, utf8Problem } from './utf8.js';

/**
 * The text of a file that a user has at hand, in ASCII or UTF-8 with or without a byte order mark.
 *
 * @param largest in bytes; what is larger is not read
 * @throws UserError naming the file, and the line and byte that are not UTF-8
 */
export function readText(file: string, largest = 1_000_000): string {
  let bytes: Buffer;
  try {
    const status = statSync(file);
    // Reading a pipe would wait for ever.
    if (!status.isFile() && !status.isDirectory())
      throw new UserError(`${file}: is a pipe or device, but a file was expected.`);
    if (status.size > largest)
      throw new UserError(
        `${file}: has ${status.size} bytes, but at most ${largest} were expected. Is it the right file?`,
      );
    bytes = readFileSync(file);
  } catch (error) {
    throw error instanceof UserError ? error : fileError(file, error);
  }
  const problem = utf8Problem(bytes);
  if (problem === undefined) return bytes.toString('utf8').replace(/^\uFEFF/, '');
  throw new UserError(`${file}${lineOfProblem(bytes)}: ${problem}. ${saveAsUtf8}.`);
}

/** The first line at fault, if it is one line's. */
function lineOfProblem(bytes: Uint8Array): string {
  let start = 0;
  for (let line = 1; start < bytes.length; line++) {
    const next = bytes.indexOf(10, start);
    const end = next < 0 ? bytes.length : next;
    if (utf8Problem(bytes.subarray(start, end)) !== undefined) return `, line ${line}`;
    start = end + 1;
  }
  return '';
}
