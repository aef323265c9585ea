import { join } from 'node:path';
import { type EpochRecord, recipeLimits } from '@sdnet/training';
import { type ExperimentRun, type MakeRuns, trainRuns } from '../experiments/experiment-run.js';
import { evaluateRun, type RunEvaluation } from '../experiments/run-evaluation.js';
import { visible } from '../files/visible.js';
import { writeFile } from '../files/write-file.js';
import { commandText } from '../runs/command-text.js';
import { runOptionNames } from '../runs/run-record.js';
import { Interrupted, interruption } from './interruption.js';
import {
  type DatasetArguments,
  datasetOptions,
  jsonOption,
  recipeOptions,
  requireThreads,
  requireWhole,
  threadsOption,
} from './options.js';
import { complain } from './output.js';
import { queueOption } from './run-queue.js';
import { type NamedOptions, runDefaults } from './run-settings.js';
import { table } from './table.js';
import { UsageError } from './usage-error.js';

/** Options that the commands which train several runs have in common. */
export interface ExperimentArguments extends DatasetArguments {
  readonly recipe: string;
  readonly epochs?: number | undefined;
  readonly out: string;
  readonly threads?: number | undefined;
  readonly queue?: string | undefined;
  readonly json: boolean;
}

const { recipe, epochs } = recipeOptions;

/** @param out what the folder will hold */
export const experimentOptions = (out: string) =>
  ({
    ...datasetOptions,
    recipe: { ...recipe, default: runDefaults.recipe as string },
    epochs: {
      ...epochs,
      description: "Instead of the recipe's. The network after the last of them is judged, never the best",
    },
    out: {
      type: 'string',
      requiresArg: true,
      demandOption: true,
      description: `${out} Runs that are there already are used, or go on; those of other options are refused`,
    },
    ...threadsOption,
    ...queueOption,
    ...jsonOption,
  }) as const;

export const seedsOption = {
  seeds: {
    type: 'string',
    requiresArg: true,
    default: String(runDefaults.seed),
    description: 'Each is trained once with each of these, separated by commas',
  },
} as const;

/** Throws a `UsageError` where an option is out of range. */
export function requireExperiment({ epochs: count, threads }: ExperimentArguments): void {
  requireWhole({ epochs: count }, 1, recipeLimits.epochs);
  requireThreads(threads);
}

/** Those of a command's options that a run remembers. */
export const runOptionsOf = (options: object): NamedOptions =>
  Object.fromEntries(
    Object.entries(options).filter(([name]) => (runOptionNames as readonly string[]).includes(name)),
  );

/** The command that is kept with its results; `names` are its own options. */
export const experimentCommand = (command: string, options: object, names: readonly string[]): string =>
  commandText(
    command,
    Object.fromEntries(
      ['dataset', 'data', ...runOptionNames, ...names, 'out']
        // Results do not depend on it.
        .filter((name) => name !== 'threads')
        .map((name) => [name, (options as Readonly<Record<string, unknown>>)[name]]),
    ),
  );

const epochText = ({ name, recipe }: ExperimentRun, record: EpochRecord): string =>
  `${name}: epoch ${record.epoch} of ${recipe.epochs}, validation ${(100 * record.validationAccuracy).toFixed(1)} %, ` +
  `${record.imagesPerSecond.toFixed(0)} images/s`;

/** Throws a `UsageError` where the runs' figures could not stand in a table. */
function requireRecipes(runs: readonly ExperimentRun[]): void {
  const steered = runs.find(({ recipe }) => recipe.schedule.name === 'plateau');
  if (steered)
    throw new UsageError(
      `--recipe ${steered.recipe.name}: its schedule "plateau" lowers the learning rate by the very images that the runs are ` +
        'judged by. Choose another schedule.',
    );
  const taught = runs.find(({ recipe }) => recipe.distillation);
  if (taught)
    throw new UsageError(
      `--recipe ${taught.recipe.name}: it learns from teachers, which only sdnet train has. Choose a recipe without distillation.`,
    );
}

/**
 * Trains what is not trained yet, then judges each run; Ctrl-C stops it after the current step.
 *
 * @param options make: how the runs are made; training: also judges them by the training images
 * @throws Interrupted where it was stopped; UserError as `trainRuns` does
 */
export async function trainAndEvaluate(
  out: string,
  runs: readonly ExperimentRun[],
  { make, ...options }: { readonly make?: MakeRuns | undefined; readonly training?: boolean } = {},
): Promise<RunEvaluation[]> {
  const { signal, listen, close } = interruption();
  const stopped = () => new Interrupted(`Stopped. Start it again to go on: ${out} holds what is done.`);
  requireRecipes(runs);
  listen();
  try {
    const onEpoch = (run: ExperimentRun, record: EpochRecord) => complain(epochText(run, record));
    const histories = await trainRuns(runs, { signal, onEpoch }, make);
    if (!histories) throw stopped();
    const evaluations: RunEvaluation[] = [];
    for (const [index, run] of runs.entries()) {
      if (signal.aborted) throw stopped();
      evaluations.push(await evaluateRun(out, run, histories[index]!, options));
      complain(`${run.name}: evaluated`);
    }
    return evaluations;
  } finally {
    close();
  }
}

/** A table's header and rows. */
export interface Rows {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** For a terminal; the first column is text, the others are numbers. */
export const terminalTable = ({ header, rows }: Rows): string =>
  table(
    header,
    rows,
    header.map((_, column) => column).filter((column) => column > 0),
  );

/** A row, in whose cells nothing ends a cell or is markup of HTML. */
const markdownLine = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => visible(cell).replace(/[\\|]|<(?=[a-z!/?])/gi, String.raw`\$&`)).join(' | ')} |`;

/** Keeps the result with the command that made it as `<name>.json`, and its table with a note as `<name>.md`. */
export async function saveTable(
  out: string,
  name: string,
  {
    result,
    command,
    note,
    header,
    rows,
  }: Rows & { readonly result: object; readonly command: string; readonly note: string },
): Promise<void> {
  const rule = header.map((_, column) => (column === 0 ? '---' : '---:'));
  const lines = [header, rule, ...rows].map(markdownLine);
  const page = [note, '', ...lines, '', `Made by \`${command}\`.`, ''].join('\n');
  await writeFile(join(out, `${name}.json`), `${JSON.stringify({ ...result, command }, undefined, 1)}\n`);
  await writeFile(join(out, `${name}.md`), page);
}

/** Seeds separated by commas. @throws UsageError where the list has anything but whole numbers, or one twice */
export function seedsOf(list: string): number[] {
  const texts = list.split(',').map((text) => text.trim());
  const wrong = texts.find((text) => !/^\d+$/.test(text) || !Number.isSafeInteger(Number(text)));
  if (wrong !== undefined)
    throw new UsageError(
      `--seeds ${list}: ${JSON.stringify(wrong)} is no seed; whole numbers from 0 are expected, separated by commas.`,
    );
  const seeds = texts.map(Number);
  requireDistinct('seeds', list, seeds);
  return seeds;
}

/** @throws UsageError where a value is there twice */
export function requireDistinct(option: string, list: string, values: readonly (string | number)[]): void {
  if (new Set(values).size < values.length)
    throw new UsageError(`--${option} ${list}: each of them once is expected.`);
}
