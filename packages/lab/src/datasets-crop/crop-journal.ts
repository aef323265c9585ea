import { existsSync, readFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@sdnet/training';
import * as z from 'zod';
import { writeFile } from '../files/write-file.js';

/** What came of an image. */
export interface CropEntry {
  readonly source: string;
  readonly version: string;
  /** How many faces were found in it. */
  readonly faces: number;
  /** Path of the crop; absent where there is none. */
  readonly crop?: string | undefined;
  /** The frame whose face's place was taken, where none was found in this one. */
  readonly like?: string | undefined;
  /** Why it cannot be read. */
  readonly problem?: string | undefined;
}

const entrySchema = z.object({
  source: z.string(),
  version: z.string(),
  faces: z.int(),
  crop: z.string().optional(),
  like: z.string().optional(),
  problem: z.string().optional(),
});

/** What was done already, so that a crop that was interrupted goes on. */
export interface CropJournal {
  /** Of images that need not be done again, by source. */
  readonly known: ReadonlyMap<string, CropEntry>;
  readonly add: (entries: readonly CropEntry[]) => Promise<void>;
}

/** Hidden, so that no loader takes it for a part of the data set. */
export const journalFile = '.crop-journal.jsonl';

/**
 * Opens the journal in the folder `work`, or begins one.
 *
 * @param task what is cropped and how: only a journal of the same is gone on with
 * @throws UserError where the folder holds another crop, or something else
 */
export async function openJournal(work: string, task: string): Promise<CropJournal> {
  const file = join(work, journalFile);
  const known = new Map<string, CropEntry>();
  if (existsSync(file)) {
    const [header, ...lines] = readFileSync(file, 'utf8').split('\n');
    if (header !== task)
      throw new UserError(
        `${work}: holds an unfinished crop of other data, or by another version. Remove it, or name another --out.`,
      );
    for (const line of lines) {
      const entry = entryOf(line);
      if (entry && (entry.crop === undefined || existsSync(join(work, entry.crop))))
        known.set(entry.source, entry);
    }
    // What follows on a line that was cut off would be lost with it.
    if (lines.at(-1) !== '') await appendFile(file, '\n');
  } else await writeFile(file, `${task}\n`);
  return {
    known,
    add: (entries) => appendFile(file, entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')),
  };
}

/** Nothing where a line was cut off. */
function entryOf(line: string): CropEntry | undefined {
  try {
    return entrySchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
