import { extname, join, resolve } from 'node:path';
import { type Recipe, recipeNamed, recipeNames, requireRecipe, UserError } from '@sdnet/training';
import { requireRun } from '../runs/run-folder.js';
import {
  readRunRecord,
  type RunOptions,
  type RunRecord,
  runOptionNames,
  runRecordFile,
} from '../runs/run-record.js';
import { readRecipe, recipeEndings } from '../training/read-recipe.js';
import { UsageError } from './usage-error.js';

/** Options of a run that are on the command line; those that are not are undefined. */
export type NamedOptions = { readonly [Name in keyof RunOptions]?: RunOptions[Name] | undefined };

/** What a run does, and where. */
export interface RunSettings extends RunRecord {
  readonly out: string;
}

/** What an option is where neither the command line nor the run says otherwise. */
export const runDefaults = { 'data-seed': 0, model: 'sdnet', recipe: 'strong', seed: 0 } as const;

/**
 * The settings of a new run.
 *
 * @throws UsageError, UserError where the options do not name one
 */
export async function newRun(named: NamedOptions, out: string | undefined): Promise<RunSettings> {
  const options = withDefaults(named);
  const recipe = await recipeOf(options);
  return { options, recipe, out: out ?? defaultOut(options, recipe) };
}

/**
 * The settings of a run that goes on: those it was started with. Named again they must be the same; only `epochs` may be
 * more, `threads` others, and data and weights may lie elsewhere, as their content is compared.
 *
 * @throws UsageError, UserError where the run does not know them, or they are others
 */
export async function resumedRun(named: NamedOptions, namedOut: string | undefined): Promise<RunSettings> {
  if (namedOut === undefined && named.dataset === undefined)
    throw new UsageError('--resume needs an --out: the folder of the run that is to go on.');
  const out = namedOut ?? (await newRun(named, undefined)).out;
  requireRun(out);
  const record = await readRunRecord(out);
  if (!record) {
    if (named.dataset === undefined)
      throw new UserError(
        `${out} has no ${runRecordFile}, so the run does not know its data: name the options it was started with.`,
      );
    return newRun(named, out);
  }
  requireSameOptions(named, record.options, out);
  const given = absolutePaths(named);
  const options: RunOptions = { ...record.options, ...given };
  // The file of a recipe may have been changed since.
  const recipe = given.recipe === undefined ? record.recipe : await recipeOf(options);
  return {
    out,
    options,
    recipe: requireRecipe({ ...recipe, ...(given.epochs !== undefined && { epochs: given.epochs }) }),
  };
}

function withDefaults(named: NamedOptions): RunOptions {
  const { dataset, ...given } = absolutePaths(named);
  if (dataset === undefined) throw new UsageError('Missing required argument: dataset');
  return { dataset, ...runDefaults, ...given };
}

/** The options that are there. */
function absolutePaths(named: NamedOptions): Partial<RunOptions> {
  const { data, init, teacher, recipe } = named;
  const paths = {
    ...(data !== undefined && { data: resolve(data) }),
    ...(init !== undefined && { init: resolve(init) }),
    ...(teacher !== undefined && { teacher: teacher.map((path) => resolve(path)) }),
    ...(recipe !== undefined && isRecipeFile(recipe) && { recipe: resolve(recipe) }),
  };
  const present = Object.entries({ ...named, ...paths }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present);
}

const isRecipeFile = (recipe: string): boolean =>
  (recipeEndings as readonly string[]).includes(extname(recipe).toLowerCase());

async function recipeOf(options: RunOptions): Promise<Recipe> {
  const { recipe: name, epochs, batch, 'learning-rate': learningRate } = options;
  if (!isRecipeFile(name) && !recipeNames.includes(name))
    throw new UserError(
      `There is no recipe ${name}; choose one of ${recipeNames.join(', ')}, or name a file that ends in ${recipeEndings.join(', ')}.`,
    );
  const recipe = isRecipeFile(name) ? await readRecipe(name) : recipeNamed(name);
  return requireRecipe({
    ...recipe,
    ...(epochs !== undefined && { epochs }),
    ...(batch !== undefined && { batch }),
    ...(learningRate !== undefined && { learningRate }),
  });
}

/** Of what lies elsewhere the content is compared where the run goes on; the number of threads changes nothing, or is refused there. */
const mayDiffer: ReadonlySet<string> = new Set(['epochs', 'data', 'init', 'teacher', 'threads']);

function requireSameOptions(named: NamedOptions, before: RunOptions, out: string): void {
  const given = absolutePaths(named);
  const others = runOptionNames.filter(
    (name) => !mayDiffer.has(name) && given[name] !== undefined && given[name] !== before[name],
  );
  if (others.length === 0) return;
  const was = others.map((name) =>
    before[name] === undefined ? `without --${name}` : `with --${name} ${before[name]}`,
  );
  const is = others.map((name) => `--${name} ${given[name]}`);
  throw new UserError(
    `The run in ${out} was started ${was.join(' and ')}, so it cannot go on with ${is.join(' and ')}. ` +
      `Leave ${others.length > 1 ? 'these options' : 'this option'} out: ${join(out, runRecordFile)} has them all.`,
  );
}

function defaultOut(options: RunOptions, recipe: Recipe): string {
  const { dataset, classes, model, seed, protocol, fold } = options;
  const name = [
    dataset,
    ...(classes === undefined ? [] : [`${classes}-classes`]),
    model,
    recipe.name.replace(/[^\p{L}\p{N}._-]+/gu, '_'),
    `seed${seed}`,
    ...(fold === undefined ? [] : [...(protocol === undefined ? [] : [protocol]), `fold${fold}`]),
  ];
  return join('runs', name.join('-'));
}
