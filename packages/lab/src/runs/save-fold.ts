import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Dataset, UserError } from '@sdnet/training';
import { z } from 'zod';
import { type Fold, type Protocol, protocolNames } from '../datasets/protocols.js';
import { readText } from '../files/read-text.js';
import { writeFile } from '../files/write-file.js';

/** Which images a run was trained and validated on, as plain data. */
export const foldRecordSchema = z.strictObject({
  dataset: z.string(),
  protocol: z.enum(protocolNames),
  /** Absent where the protocol takes none. */
  seed: z.int().optional(),
  k: z.int().optional(),
  /** From 1; absent where the protocol has one division. */
  fold: z.int().optional(),
  name: z.string(),
  sharesSubjects: z.boolean(),
  /** Their sources in the data set. */
  train: z.array(z.string()),
  validation: z.array(z.string()),
});
export type FoldRecord = z.output<typeof foldRecordSchema>;

/** The name of the file in a run folder. */
export const foldFile = 'folds.json';

/** In bytes; a million images have about as many. */
const largest = 200_000_000;

/**
 * What to save of a run on one of the folds of `foldsOf(dataset, protocol)`.
 *
 * @param fold which one, from 1; the last parameter is the fold itself
 */
export function foldRecord(
  dataset: Dataset,
  { protocol, seed = 0, k = 10 }: Protocol,
  fold: number,
  { name, sharesSubjects, train, validation }: Fold,
): FoldRecord {
  const sources = (indices: readonly number[]) => indices.map((index) => dataset.samples[index]!.source);
  const isDrawn = protocol === 'subjects' || protocol === 'random';
  return {
    dataset: dataset.name,
    protocol,
    ...(isDrawn && { seed, k }),
    ...(protocol !== 'official' && { fold }),
    name,
    sharesSubjects,
    train: sources(train),
    validation: sources(validation),
  };
}

/** Writes `folds.json` into the run folder `out`, completely or not at all. Throws a `UserError` where it cannot. */
export async function saveFold(out: string, record: FoldRecord): Promise<void> {
  await writeFile(join(out, foldFile), `${JSON.stringify(record, undefined, 1)}\n`);
}

/**
 * What the run in the folder was trained and validated on; undefined where it does not say. Throws a `UserError` where
 * the file is damaged.
 */
export async function readFold(run: string): Promise<FoldRecord | undefined> {
  const path = join(run, foldFile);
  if (!existsSync(path)) return undefined;
  const text = readText(path, largest);
  try {
    return foldRecordSchema.parse(JSON.parse(text));
  } catch {
    throw new UserError(`${path}: is damaged. Restore it from a copy, or remove it.`);
  }
}

/** The fold that was saved, in a data set of exactly its images (besides an official test split); else undefined. */
export function recordedFold(dataset: Dataset, record: FoldRecord): Fold | undefined {
  const indexOf = new Map(dataset.samples.map(({ source }, index) => [source, index]));
  const [train, validation] = [record.train, record.validation].map((sources) =>
    sources.flatMap((source) => indexOf.get(source) ?? []),
  );
  const recorded = record.train.length + record.validation.length;
  const present = dataset.samples.filter(({ split }) => split !== 'test').length;
  return train!.length + validation!.length === recorded && recorded === present
    ? { name: record.name, sharesSubjects: record.sharesSubjects, train: train!, validation: validation! }
    : undefined;
}
