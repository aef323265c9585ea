import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type EpochRecord, epochResult, UserError } from '@sdnet/training';
import { z } from 'zod';
import { readText } from '../files/read-text.js';
import { runFiles } from './run-folder.js';

/** The logs of the first runs do not say how long an epoch took. */
const epochRecord = epochResult.extend({
  imagesPerSecond: z.number().default(0),
  seconds: z.number().default(0),
});

/**
 * The epochs in a run's log, as far as they are finished; none where there is no log.
 *
 * @throws UserError naming the line that is none
 */
export function readHistory(out: string): EpochRecord[] {
  const file = join(out, runFiles.log);
  if (!existsSync(file)) return [];
  return readText(file, 20_000_000)
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => {
      const { success, data } = epochRecord.safeParse(parsedJson(line));
      if (success && data.epoch === index + 1) return data;
      throw new UserError(
        `${file}, line ${index + 1}: is not the result of epoch ${index + 1}. Restore the file from a copy.`,
      );
    });
}

function parsedJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
