import { join } from 'node:path';
import { type Dataset, requireSplit, samplesOfSplit, type Split, UserError } from '@sdnet/training';
import type { Provenance, Weights } from 'sdnet';
import type { Fold } from '../datasets/protocols.js';
import { foldFile, type FoldRecord, readFold, recordedFold } from '../runs/save-fold.js';
import { type Division, type FoldArguments, namedFold } from './fold-options.js';
import { complain } from './output.js';
import { UsageError } from './usage-error.js';
import { runFolderOf } from './weights.js';

/** What is evaluated. */
export interface Choice {
  readonly indices: readonly number[];
  readonly part: Split | 'all';
  /** What the weights were trained on, as far as that is known. */
  readonly trained: readonly number[];
  /** Absent for an official split, unless that shares subjects. */
  readonly division?: Division;
}

/** The run that weights are of, and what it was trained on. */
interface TrainedRun {
  readonly folder: string;
  readonly record: FoldRecord;
  /** The division in the data set; absent where that has other images. */
  readonly fold: Fold | undefined;
}

/** The runs that trained the weights on a data set of this name, as far as such are known. */
export async function runsOf(dataset: Dataset, weights: readonly string[] = []): Promise<TrainedRun[]> {
  const records = await Promise.all(
    [...new Set(weights.map(runFolderOf))].map(async (folder) => ({
      folder,
      record: await readFold(folder),
    })),
  );
  return records.flatMap(({ folder, record }) =>
    record?.dataset === dataset.name ? { folder, record, fold: recordedFold(dataset, record) } : [],
  );
}

/**
 * The images that are asked for: of the fold that the options name, or else of the division that the (first) run was
 * trained with, or else of an official split, or else all. What any run was trained on is refused, unless it is asked for by its
 * name.
 */
export function imagesOf(
  dataset: Dataset,
  runs: readonly TrainedRun[],
  { split, ...options }: FoldArguments & { readonly split?: Split | undefined },
): Choice {
  const [run] = runs;
  const isNamed = options.protocol !== undefined || options.fold !== undefined || options.folds !== undefined;
  if (isNamed && split === 'test')
    throw new UsageError('--split test: a fold has training and validation images only.');
  const drawn = isNamed ? namedFold(options, dataset, complain) : undefined;
  const named = drawn && { ...drawn.fold, protocol: drawn.record.protocol };
  const fold = named ?? (split === 'test' ? undefined : run?.fold);
  const part = split ?? (fold ? 'validation' : usualPart(dataset));
  const indices =
    fold && part !== 'test' && part !== 'all'
      ? fold[part]
      : part === 'all'
        ? [...dataset.samples.keys()]
        : requireSplit(dataset, part);
  if (part !== 'train') for (const each of runs) requireUnseen(dataset, indices, each, isNamed);
  const ofRuns = runs.flatMap((each) => each.fold?.train ?? []);
  const trained =
    ofRuns.length > 0 ? [...new Set(ofRuns)] : (fold?.train ?? samplesOfSplit(dataset, 'train'));
  const division = named ?? (fold && run!.record);
  const isOfficial = division?.protocol === 'official' && !division.sharesSubjects;
  return { indices, part, trained, ...(division && !isOfficial && { division }) };
}

/** What is meant where nobody says: the images that are there to judge by, or all where none are set apart. */
function usualPart({ samples }: Dataset): Split | 'all' {
  const has = (split: Split | undefined) => samples.some((sample) => sample.split === split);
  if (has('validation')) return 'validation';
  if (has('test')) return 'test';
  return has('train') ? 'validation' : 'all';
}

/** Those of the images that a run was trained on, by their names. */
function seenBy({ train }: FoldRecord, { samples }: Dataset, indices: readonly number[]): number[] {
  const trained = new Set(train);
  return indices.filter((index) => trained.has(samples[index]!.source));
}

function requireUnseen(
  dataset: Dataset,
  indices: readonly number[],
  { folder, record, fold }: TrainedRun,
  isNamed: boolean,
): void {
  const { length } = seenBy(record, dataset, indices);
  if (length === 0) return;
  if (!fold && !isNamed)
    throw new UserError(
      `${join(folder, foldFile)}: the run was trained on ${record.name} of other images than ${dataset.name} has here, ` +
        `but ${length} of these ${indices.length} have the names of its training images. Name the data it was started ` +
        'with; images that are not the same put into a folder test/, or give them other names.',
    );
  throw new UserError(
    `${length} of these ${indices.length} images are among those that ${folder} was trained on. Leave out --protocol, ` +
      '--fold and --folds to evaluate it on the images it was not trained on, or ask for --split train.',
  );
}

/** Weights, and the file or folder they were read from. */
export interface NamedWeights {
  readonly path: string;
  readonly weights: Pick<Weights, 'provenance'>;
}

/**
 * What is to be said of weights without a record of what they were trained on, where that may be among the images that are
 * to judge them. An official split keeps its training images apart.
 */
export const unrecordedTraining = (
  named: readonly NamedWeights[],
  runs: readonly TrainedRun[],
  dataset: Dataset,
  { part, division }: Pick<Choice, 'part' | 'division'>,
): string[] =>
  part === 'all' || (division && part === 'validation')
    ? named.flatMap((one) => unrecorded(one, runs, dataset) ?? [])
    : [];

function unrecorded(
  { path, weights: { provenance } }: NamedWeights,
  runs: readonly TrainedRun[],
  dataset: Dataset,
): string | undefined {
  if (runs.some(({ folder }) => folder === runFolderOf(path))) return undefined;
  if (!provenance || !isOfDataset(provenance, dataset)) return undefined;
  return (
    `${path} learnt from images of ${dataset.name}, and beside it no record says which: those it is judged by may be among ` +
    'them, and the figures too good.'
  );
}

/** Whether weights come from the data set; one that is called by what it consists of, only where it has as many images. */
function isOfDataset(
  { dataset: name, trainImages, validationImages }: Provenance,
  dataset: Dataset,
): boolean {
  if (name !== dataset.name) return false;
  if (name !== 'folder' && name !== 'manifest') return true;
  const count = dataset.samples.filter(({ split }) => split !== 'test').length;
  return Number(trainImages) + Number(validationImages) === count;
}

/**
 * What is to be said where a network is to learn from weights that were trained on the images it will be judged by, or may
 * have been: they pass on what they know of them.
 *
 * @param isOfficial whether these are the data set's own validation images, which others do not learn from either
 */
export async function knownImages(
  named: NamedWeights,
  dataset: Dataset,
  validation: readonly number[],
  { isOfficial }: { readonly isOfficial: boolean },
): Promise<string | undefined> {
  const runs = await runsOf(dataset, [named.path]);
  const [run] = runs;
  const length = run ? seenBy(run.record, dataset, validation).length : 0;
  if (length > 0)
    return (
      `${length} of the ${validation.length} validation images are among those that ${named.path} was trained on: the figures ` +
      'will be too good for other images.'
    );
  return isOfficial ? undefined : unrecorded(named, runs, dataset);
}
