import { join } from 'node:path';
import { UserError } from '@sdnet/training';
import type { SourceFile } from '../files/source-file.js';

/** An image of a sequence, and its place in it. */
export interface Frame {
  readonly number: number;
  readonly file: SourceFile;
}

/**
 * The frames of one sequence, the files of which lie below `root`, by number. Throws a `UserError` where two have the
 * same one: the last frames would then be fewer moments than they seem.
 */
export function framesInTime<Numbered extends Frame>(root: string, frames: readonly Numbered[]): Numbered[] {
  const sorted = [...frames].sort((a, b) => a.number - b.number);
  for (const [index, { number, file }] of sorted.entries()) {
    const previous = sorted[index - 1];
    if (previous?.number === number) {
      throw new UserError(
        `${join(root, previous.file.path)} and ${join(root, file.path)} are both frame ${number} of one sequence. ` +
          'Remove one.',
      );
    }
  }
  return sorted;
}
