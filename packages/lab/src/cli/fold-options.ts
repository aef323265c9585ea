import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Dataset } from '../datasets/dataset.js';
import { type Fold, foldsOf, type ProtocolName, protocolNames } from '../protocols.js';
import { type FoldRecord, foldFile, foldRecord, foldRecordSchema } from '../save-fold.js';
import { UserError } from '../user-error.js';
import { requireWhole } from './options.js';
import { UsageError } from './usage-error.js';

/** Options that say how a data set is divided into training and validation images. */
export const foldOptions = {
  protocol: {
    choices: protocolNames,
    description: 'How training and validation images are divided (default: official; with --fold: subjects)',
  },
  folds: {
    type: 'number',
    requiresArg: true,
    default: 10,
    description: 'Number of folds of the protocols subjects and random',
  },
  fold: {
    type: 'number',
    requiresArg: true,
    description: 'Which fold is the validation images, from 1',
  },
} as const;

export interface FoldArguments {
  readonly 'data-seed': number;
  readonly protocol?: ProtocolName | undefined;
  readonly folds: number;
  readonly fold?: number | undefined;
}

/** The division the options name, and what is saved of it with a run. */
export interface DatasetFold {
  readonly fold: Fold;
  readonly record: FoldRecord;
}

/** @throws UsageError, UserError where the options do not name a division of the data set */
export function foldOf(options: FoldArguments, dataset: Dataset): DatasetFold {
  const { folds: k, fold: number } = options;
  requireWhole({ folds: k, fold: number }, 1);
  const protocol = options.protocol ?? (number === undefined ? 'official' : 'subjects');
  if (protocol === 'official' && number !== undefined)
    throw new UsageError('--protocol official has no folds; leave out --fold.');
  if (protocol !== 'official' && number === undefined)
    throw new UsageError(
      `--protocol ${protocol} needs a --fold: which one is the validation images, from 1.`,
    );
  // Folds belong to the data: every fold of a cross-validation and every seed of a training sees the same ones.
  const settings = { protocol, k, seed: options['data-seed'] };
  const all = foldsOf(dataset, settings);
  const fold = all[(number ?? 1) - 1];
  if (!fold) throw new UserError(`--fold ${number}: a whole number from 1 to ${all.length} is expected.`);
  return { fold, record: foldRecord(dataset, settings, number ?? 1, fold) };
}

/** What the run in the folder was trained on; undefined where it does not say. */
export async function savedFold(run: string): Promise<FoldRecord | undefined> {
  const path = join(run, foldFile);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return foldRecordSchema.parse(JSON.parse(text));
  } catch {
    throw new UserError(`${path}: is damaged. Restore it from a copy, or remove it.`);
  }
}

/** A run that went on with other images would be judged by those it has learnt from. */
export async function requireSameFold(run: string, record: FoldRecord): Promise<void> {
  const saved = await savedFold(run);
  if (saved !== undefined && !isDeepStrictEqual(saved, record))
    throw new UserError(
      `${join(run, foldFile)}: the run was started with other training and validation images than ${record.name} of the ` +
        `data set ${record.dataset} as these options draw it. Use the options and data it was started with.`,
    );
}

export const sharedSubjects = ({ name, sharesSubjects }: Fold): string | undefined =>
  sharesSubjects
    ? `In ${name}, training and validation images share subjects: the figures are too good for strangers' faces.`
    : undefined;
