import { permutation, random } from '@sdnet/autograd';
import { type Dataset, requireSplit } from './datasets/dataset.js';
import { randomStreams } from './random-streams.js';
import { imagesBySubject, subjectParts } from './subject-parts.js';
import { UserError } from './user-error.js';

/**
 * How a data set is divided into training and validation images:
 *
 * - `official`: its own splits;
 * - `subjects`: k folds without shared subjects, each fold once the validation images;
 * - `random`: k folds of images drawn at random, class by class. A subject, and even a sequence, is then in several
 *   folds, so that the figures are too good; it is there to compare with literature that did so;
 * - `leave-one-subject-out`: each subject once the validation images.
 */
export const protocolNames = ['official', 'subjects', 'random', 'leave-one-subject-out'] as const;
export type ProtocolName = (typeof protocolNames)[number];

export interface Protocol {
  readonly protocol: ProtocolName;
  /** Number of folds, for `subjects` and `random`. Default 10. */
  readonly k?: number | undefined;
  /** What is drawn by lot, for `subjects` and `random`; an integer, 0 ≤ seed < 2^53. Default 0. */
  readonly seed?: number | undefined;
}

/** One division of a data set; indices into it, ascending. */
export interface Fold {
  /** For people: `fold 3 of 10`, `subject S005`, `official splits`. */
  readonly name: string;
  readonly train: readonly number[];
  readonly validation: readonly number[];
  /**
   * Whether a subject may be on both sides: always true of random folds; of official splits, whether one is known
   * to be. Figures of such a fold do not tell how strangers' faces are recognised.
   */
  readonly sharesSubjects: boolean;
}

/**
 * The folds of a data set under a protocol, the same for the same data set and settings. Images of an official
 * test split are in none.
 *
 * Throws a `UserError` where the data set lacks the splits or subjects that the protocol needs, or `k` does not
 * suit it.
 */
export function foldsOf(dataset: Dataset, { protocol, k = 10, seed = 0 }: Protocol): Fold[] {
  switch (protocol) {
    case 'official':
      return [officialFold(dataset)];
    case 'subjects':
      return crossValidation(subjectFolds(dataset, k, seed), false);
    case 'random':
      return crossValidation(randomFolds(dataset, k, seed), true);
    case 'leave-one-subject-out':
      return leaveOneSubjectOut(dataset);
  }
}

function officialFold(dataset: Dataset): Fold {
  const train = requireSplit(dataset, 'train');
  const validation = requireSplit(dataset, 'validation');
  const trained = new Set(train.map((index) => dataset.samples[index]!.subject));
  const sharesSubjects = validation.some((index) => {
    const { subject } = dataset.samples[index]!;
    return subject !== undefined && trained.has(subject);
  });
  return { name: 'official splits', train, validation, sharesSubjects };
}

/** Each part once as the validation images, all others as the training images. */
function crossValidation(parts: readonly (readonly number[])[], sharesSubjects: boolean): Fold[] {
  return parts.map((validation, fold) => ({
    name: `fold ${fold + 1} of ${parts.length}`,
    train: ascending(parts.filter((_, other) => other !== fold).flat()),
    validation: ascending(validation),
    sharesSubjects,
  }));
}

const ascending = (indices: readonly number[]): number[] => [...indices].sort((a, b) => a - b);

function subjectFolds(dataset: Dataset, k: number, seed: number): number[][] {
  const subjects = [...imagesBySubject(dataset, withoutTest(dataset)).values()];
  checkFolds(dataset, k, subjects.length, 'subjects');
  return subjectParts(dataset, subjects, k, seed);
}

/** The images of each class in random order, dealt out in turn; the next class goes on where one ended. */
function randomFolds(dataset: Dataset, k: number, seed: number): number[][] {
  const eligible = withoutTest(dataset);
  checkFolds(dataset, k, eligible.length, 'images');
  const parts = Array.from({ length: k }, () => [] as number[]);
  let turn = 0;
  for (const label of dataset.classNames.keys()) {
    const images = eligible.filter((index) => dataset.samples[index]!.label === label);
    for (const position of permutation(images.length, random(seed, label, 0, randomStreams.randomFolds)))
      parts[turn++ % k]!.push(images[position]!);
  }
  return parts;
}

function leaveOneSubjectOut(dataset: Dataset): Fold[] {
  const subjects = imagesBySubject(dataset, withoutTest(dataset));
  if (subjects.size < 2) {
    throw new UserError(`The data set ${dataset.name} has one subject, and leaving it out leaves none.`);
  }
  const all = [...subjects.values()].flat();
  return [...subjects].map(([subject, validation]) => ({
    name: `subject ${subject}`,
    train: ascending(all.filter((index) => dataset.samples[index]!.subject !== subject)),
    validation,
    sharesSubjects: false,
  }));
}

const withoutTest = ({ samples }: Dataset): number[] =>
  samples.flatMap(({ split }, index) => (split === 'test' ? [] : [index]));

function checkFolds(dataset: Dataset, k: number, available: number, what: string): void {
  if (Number.isInteger(k) && k >= 2 && k <= available) return;
  throw new UserError(
    `The data set ${dataset.name} cannot be divided into ${k} folds: a whole number from 2 to its ${available} ` +
      `${what} was expected.`,
  );
}
