import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EpochRecord, type EpochResult, runFiles } from '@sdnet/lab';
import { expect } from 'vitest';

/** What a run folder's log says, one record an epoch. */
export function logOf(run: string): EpochRecord[] {
  const text = readFileSync(join(run, runFiles.log), 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** What two logs of the same training have in common: all but how long it took. */
export const outcome = (history: readonly EpochRecord[]): EpochResult[] =>
  history.map(({ seconds: _, imagesPerSecond: __, ...result }) => result);

/** Expects two runs to have ended with the same bytes, and neither to have left anything half-written. */
export async function expectSameRun(run: string, other: string): Promise<void> {
  expect(readdirSync(run).sort()).toEqual(readdirSync(other).sort());
  expect(readdirSync(run).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  for (const name of [runFiles.best, runFiles.last, runFiles.checkpoint])
    expect(readFileSync(join(run, name)).equals(readFileSync(join(other, name))), name).toBe(true);
  expect(outcome(logOf(run))).toEqual(outcome(logOf(other)));
}

/** The bytes of a vector: compared as a buffer, which takes no time, unlike number by number. */
export const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);
