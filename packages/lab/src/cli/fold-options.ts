import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Dataset, UserError } from '@sdnet/training';
import { holdOutOfAll } from '../datasets/hold-out.js';
import { type Fold, foldOf, type ProtocolName, protocolNames } from '../datasets/protocols.js';
import { type FoldRecord, foldFile, foldRecord, readFold } from '../runs/save-fold.js';
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
    description: 'Number of folds of the protocols subjects and random (default: 10)',
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
  readonly folds?: number | undefined;
  readonly fold?: number | undefined;
}

/** The division the options name, and what is saved of it with a run. */
export interface DatasetFold {
  readonly fold: Fold;
  readonly record: FoldRecord;
}

/**
 * Where no fold is asked for, a data set without any splits has a part held out as validation images, which `onNote`
 * hears of.
 *
 * @throws UsageError, UserError where the options do not name a division of the data set
 */
export function namedFold(
  options: FoldArguments,
  dataset: Dataset,
  onNote?: (message: string) => void,
): DatasetFold {
  const { folds: k, fold: number } = options;
  requireWhole({ folds: k, fold: number }, 1);
  const protocol = options.protocol ?? (number === undefined ? 'official' : 'subjects');
  if (protocol === 'official' && number !== undefined)
    throw new UsageError('--protocol official has no folds; leave out --fold.');
  if (protocol !== 'official' && number === undefined)
    throw new UsageError(
      `--protocol ${protocol} needs a --fold: which one is the validation images, from 1.`,
    );
  if (k !== undefined && protocol === 'official')
    throw new UsageError(`--folds ${k} needs a --fold: which one is the validation images, from 1.`);
  if (k !== undefined && protocol === 'leave-one-subject-out')
    throw new UsageError(
      `--protocol ${protocol} has as many folds as there are subjects; leave out --folds.`,
    );
  // Folds belong to the data: every fold of a cross-validation and every seed of a training sees the same ones.
  const settings = { protocol, k, seed: options['data-seed'] };
  const divided = protocol === 'official' ? holdOutOfAll(dataset, settings.seed, onNote) : dataset;
  const drawn = foldOf(divided, settings, number ?? 1);
  const fold = divided === dataset ? drawn : { ...drawn, name: 'held-out images' };
  return { fold, record: foldRecord(dataset, settings, number ?? 1, fold) };
}

/** A run that went on with other images would be judged by those it has learnt from. */
export async function requireSameFold(run: string, record: FoldRecord): Promise<void> {
  const saved = await readFold(run);
  if (saved !== undefined && !isDeepStrictEqual(saved, record))
    throw new UserError(
      `${join(run, foldFile)}: the run was started with other training and validation images than ${record.name} of the ` +
        `data set ${record.dataset} as these options draw it. Use the options and data it was started with.`,
    );
}

/** A division of a data set into training and validation images, and how it was made. */
export type Division = Pick<Fold, 'name' | 'sharesSubjects'> & { readonly protocol: ProtocolName };

/** What is to be said where the same people are, or may be, in training and validation images. */
export function sharedSubjects({ name, sharesSubjects, protocol }: Division): string | undefined {
  if (sharesSubjects)
    return `In ${name}, training and validation images share subjects: the figures are too good for strangers' faces.`;
  if (protocol === 'random')
    return (
      `In ${name}, images were divided at random: the same people may be in training and validation images, and the figures ` +
      "too good for strangers' faces."
    );
  return undefined;
}
