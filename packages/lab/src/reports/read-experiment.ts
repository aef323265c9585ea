import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { issuesOf, UserError } from '@sdnet/training';
import { z } from 'zod';
import type { AblationTable } from '../experiments/ablation.js';
import type { Comparison } from '../experiments/comparison.js';
import type { CrossValidation } from '../experiments/cross-validation.js';
import { evaluationsFolder, type RunEvaluation } from '../experiments/run-evaluation.js';
import { type Speed, speedsFile } from '../experiments/speeds.js';
import { readText } from '../files/read-text.js';
import { visible } from '../files/visible.js';
import { readRunRecord } from '../runs/run-record.js';
import { type ReportedRun, readMachines } from './reported-run.js';
import { trainCommandText } from './train-command-text.js';

/** Results of `compare`, `ablate` or `crossval`, with the runs they are of. */
export type Experiment = {
  /** Absent in results that an earlier version made. */
  readonly command?: string;
  readonly dataset: string;
  readonly runs: readonly ReportedRun[];
  readonly speeds: Readonly<Record<string, Speed>>;
} & (
  | { readonly kind: 'comparison'; readonly result: Comparison }
  | { readonly kind: 'ablation'; readonly result: AblationTable }
  | { readonly kind: 'cross-validation'; readonly result: CrossValidation }
);

const kinds = [
  { kind: 'comparison', file: 'table.json', format: 'sdnet-comparison' },
  { kind: 'ablation', file: 'ablation.json', format: 'sdnet-ablation' },
  { kind: 'cross-validation', file: 'crossval.json', format: 'sdnet-cross-validation' },
] as const;

/** In bytes. */
const largest = { table: 20_000_000, evaluation: 400_000_000 } as const;

/** The files of results that the folder holds. */
export const experimentFiles = (folder: string): string[] =>
  kinds.map(({ file }) => join(folder, file)).filter((file) => existsSync(file));

/**
 * Reads the results of every experiment in the folder.
 *
 * @throws UserError where a file is damaged, or a run's evaluation is missing: the same command makes it again
 */
export async function readExperiments(folder: string): Promise<Experiment[]> {
  const experiments: Experiment[] = [];
  for (const { kind, file, format } of kinds) {
    const path = join(folder, file);
    if (!existsSync(path)) continue;
    const result = readJson(path, largest.table, resultSchema(format));
    const names = runNames(kind, result);
    const runs: ReportedRun[] = [];
    for (const name of names) runs.push(await readRun(folder, name));
    const speeds = kind === 'comparison' ? readSpeeds(folder) : {};
    const { command, dataset } = result;
    experiments.push({
      kind,
      result,
      dataset,
      runs,
      speeds,
      ...(command !== undefined && { command }),
    } as unknown as Experiment);
  }
  return experiments;
}

const named = z.looseObject({ runs: z.array(z.string()).min(1) });

/** What is looked at before it is believed; the rest was written together with it. */
const resultSchema = (format: string) =>
  z.looseObject({
    format: z.literal(format),
    version: z.literal(1),
    dataset: z.string(),
    command: z.string().optional(),
    networks: z.array(named).min(1).optional(),
    rows: z.array(named).min(1).optional(),
    folds: z
      .array(z.looseObject({ run: z.string() }))
      .min(1)
      .optional(),
  });

type Result = z.output<ReturnType<typeof resultSchema>>;

function runNames(kind: Experiment['kind'], { networks, rows, folds }: Result): string[] {
  if (kind === 'cross-validation') return (folds ?? []).map(({ run }) => run);
  return (networks ?? rows ?? []).flatMap(({ runs }) => runs);
}

const ratio = z.number().min(0).max(1);
/** Of bins without images, JSON has no number. */
const ratioOrNone = ratio.nullable();

const evaluationSchema = z.looseObject({
  format: z.literal('sdnet-evaluation'),
  version: z.literal(1),
  run: z.string(),
  model: z.string(),
  classNames: z.array(z.string()).min(2),
  classCounts: z.array(z.int().min(0)),
  classWeights: z.array(z.number()),
  samples: z.int().min(1),
  accuracy: ratio,
  balancedAccuracy: ratio,
  macroF1: ratio,
  parameters: z.number(),
  multiplyAdds: z.number(),
  perClass: z.array(
    z.object({ expression: z.string(), precision: ratio, recall: ratio, f1: ratio, support: z.int().min(0) }),
  ),
  confusion: z.array(z.array(z.int().min(0))),
  reliability: z.looseObject({
    expectedCalibrationError: ratio,
    bins: z.array(
      z.object({
        from: ratio,
        to: ratio,
        images: z.int().min(0),
        confidence: ratioOrNone,
        accuracy: ratioOrNone,
      }),
    ),
  }),
  predictions: z.array(
    z.object({ file: z.string(), label: z.string(), predicted: z.string(), scores: z.array(ratio) }),
  ),
  history: z.array(z.looseObject({ epoch: z.int().min(1) })),
});

async function readRun(folder: string, name: string): Promise<ReportedRun> {
  const path = join(folder, evaluationsFolder, `${name}.json`);
  if (!existsSync(path))
    throw new UserError(
      `${path} is missing: the results of that run. The command that made ${folder} makes it again; nothing is trained anew.`,
    );
  const evaluation = readJson(path, largest.evaluation, evaluationSchema) as unknown as RunEvaluation;
  const record = await readRunRecord(join(folder, name));
  return {
    ...evaluation,
    machines: readMachines(join(folder, name)),
    ...(record && { command: trainCommandText(record) }),
  };
}

function readSpeeds(folder: string): Record<string, Speed> {
  const path = join(folder, speedsFile);
  if (!existsSync(path)) return {};
  const speed = z.looseObject({
    millisecondsPerImage: z.number(),
    trainingImagesPerSecond: z.number().nullable(),
  });
  return readJson(path, largest.table, z.record(z.string(), speed)) as unknown as Record<string, Speed>;
}

function readJson<Value>(path: string, limit: number, schema: z.ZodType<Value>): Value {
  const wrong = (what: string) =>
    new UserError(`${path}: ${what}. The command that made it makes it again; nothing is trained anew.`);
  let content: unknown;
  try {
    content = JSON.parse(readText(path, limit));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw wrong('is no JSON');
  }
  const { success, data, error } = schema.safeParse(content);
  if (!success) throw wrong(`is not what this version writes: ${visible(issuesOf(error))}`);
  return data;
}
