import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EpochRecord, readCheckpoint, runFiles } from '@sdnet/lab';
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

/** What two runs of the same training have in common: all but how long they took. */
const outcome = (history: readonly EpochRecord[]) =>
  history.map(({ seconds: _, imagesPerSecond: __, ...record }) => record);

/** Expects two runs to have ended with the same bytes, and neither to have left anything half-written. */
export async function expectSameRun(run: string, other: string): Promise<void> {
  expect(readdirSync(run).sort()).toEqual(readdirSync(other).sort());
  expect(readdirSync(run).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  for (const name of [runFiles.best, runFiles.last])
    expect(readFileSync(join(run, name)).equals(readFileSync(join(other, name))), name).toBe(true);
  expect(outcome(logOf(run))).toEqual(outcome(logOf(other)));
  const [checkpoint, expected] = await Promise.all(
    [run, other].map((folder) => readCheckpoint(join(folder, runFiles.checkpoint))),
  );
  expect(checkpoint!.configuration).toBe(expected!.configuration);
  expect(outcome(checkpoint!.history)).toEqual(outcome(expected!.history));
  expect(Object.keys(checkpoint!.vectors)).toEqual(Object.keys(expected!.vectors));
  for (const [name, vector] of Object.entries(checkpoint!.vectors))
    expect(bytesOf(vector).equals(bytesOf(expected!.vectors[name]!)), name).toBe(true);
}

/** The bytes of a vector: compared as a buffer, which takes no time, unlike number by number. */
export const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);
