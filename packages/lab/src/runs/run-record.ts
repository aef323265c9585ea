import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { issuesOf, recipeLimits, recipeSchema, UserError } from '@sdnet/training';
import { fileError, models, variants } from 'sdnet';
import { z } from 'zod';
import { ckPlusClassCounts, datasetNames, ferPlusLabels } from '../datasets/index.js';
import { protocolNames } from '../datasets/protocols.js';
import { visible } from '../files/visible.js';
import { writeFile } from '../files/write-file.js';

const count = z.int().min(0);
const path = z.string().min(1).max(4096);

/** Options that decide a run, as the command line calls them; paths are absolute. Absent: not given, and no default. */
const runOptionsSchema = z.strictObject({
  dataset: z.enum(datasetNames),
  data: path.optional(),
  'data-seed': count,
  'class-names': z.string().min(1).max(100_000).optional(),
  classes: z.literal(ckPlusClassCounts).optional(),
  labels: z.enum(ferPlusLabels).optional(),
  samples: count.optional(),
  imbalance: z.number().min(0).max(1).optional(),
  channels: z.literal([1, 3]).optional(),
  protocol: z.enum(protocolNames).optional(),
  folds: count.optional(),
  fold: count.optional(),
  model: z.enum(Object.keys(models)),
  'stem-stride': z.literal([1, 2]).optional(),
  variant: z.enum(variants).optional(),
  /** Its name, or the path of its file. */
  recipe: path,
  epochs: count.max(recipeLimits.epochs).optional(),
  batch: count.max(recipeLimits.batch).optional(),
  'learning-rate': z.number().positive().optional(),
  seed: count,
  /** The weights it was fine-tuned from. */
  init: path.optional(),
  /** The weights of the networks it learns from. */
  teacher: z.array(path).min(1).max(20).optional(),
  threads: count.max(4096).optional(),
});

export type RunOptions = z.output<typeof runOptionsSchema>;

export const runOptionNames = Object.keys(runOptionsSchema.shape) as (keyof RunOptions)[];

const runRecordSchema = z.strictObject({
  format: z.literal('sdnet-run'),
  version: z.literal(1),
  options: runOptionsSchema,
  /** What became of the options `recipe`, `epochs`, `batch` and `learning-rate`. */
  recipe: recipeSchema,
});

/** What a run was started with, for `--resume` and for people. */
export type RunRecord = Omit<z.output<typeof runRecordSchema>, 'format' | 'version'>;

/** The name of the file in a run folder. */
export const runRecordFile = 'run.json';

/** In bytes; a path has at most some thousand. */
const largest = 100_000;

/** Writes `run.json` into the run folder, completely or not at all. Throws a `UserError` where it cannot. */
export async function saveRunRecord(out: string, { options, recipe }: RunRecord): Promise<void> {
  const record = { format: 'sdnet-run', version: 1, options, recipe } as const;
  await writeFile(join(out, runRecordFile), `${JSON.stringify(record, undefined, 2)}\n`);
}

/** What the run in the folder was started with; undefined where it does not say. Throws a `UserError` where the file is damaged. */
export async function readRunRecord(out: string): Promise<RunRecord | undefined> {
  const file = join(out, runRecordFile);
  const text = await readText(file);
  if (text === undefined) return undefined;
  const damaged = (what: string) =>
    new UserError(`${file}: ${what}. Restore it from a copy, or remove it and name the run's options.`);
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw damaged('is no JSON');
  }
  const { success, data, error } = runRecordSchema.safeParse(content);
  if (!success) throw damaged(`does not describe a run: ${visible(issuesOf(error))}`);
  return { options: data.options, recipe: data.recipe };
}

async function readText(file: string): Promise<string | undefined> {
  try {
    const handle = await open(file);
    try {
      const bytes = Buffer.alloc(largest);
      const { bytesRead } = await handle.read(bytes, 0, largest, 0);
      return new TextDecoder().decode(bytes.subarray(0, bytesRead));
    } finally {
      await handle.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fileError(file, error);
  }
}
