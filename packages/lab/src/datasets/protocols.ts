import { permutation, random } from '@sdnet/autograd';
import { type Dataset, nameKey, randomStreams, requireSplit, UserError } from '@sdnet/training';
import { imagesBySubject, subjectParts } from './subject-parts.js';

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
   * Whether a subject is known to be on both sides. Figures of such a fold do not tell how strangers' faces are
   * recognised.
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
export function foldsOf(dataset: Dataset, settings: Protocol): Fold[] {
  const { parts, complete } = divided(dataset, settings);
  return parts.map(complete);
}

/**
 * One of the folds of `foldsOf`, without making the others: leaving each of thousands of subjects out once would take
 * memory for every image as many times.
 *
 * @param number which one, from 1; throws a `UserError` where there is no such fold
 */
export function foldOf(dataset: Dataset, settings: Protocol, number: number): Fold {
  const { parts, complete } = divided(dataset, settings);
  const part = parts[number - 1];
  if (!part)
    throw new UserError(`There is no fold ${number}: a whole number from 1 to ${parts.length} is expected.`);
  return complete(part);
}

/** The validation images of a fold. */
interface Part {
  readonly name: string;
  readonly validation: readonly number[];
}

interface Division {
  readonly parts: readonly Part[];
  readonly complete: (part: Part) => Fold;
}

function divided(dataset: Dataset, { protocol, k = 10, seed = 0 }: Protocol): Division {
  switch (protocol) {
    case 'official':
      return officialSplits(dataset);
    case 'subjects':
      return crossValidation(dataset, numbered(subjectFolds(dataset, k, seed)));
    case 'random':
      return crossValidation(dataset, numbered(randomFolds(dataset, k, seed)));
    case 'leave-one-subject-out':
      return crossValidation(dataset, singleSubjects(dataset));
  }
}

function officialSplits(dataset: Dataset): Division {
  const train = requireSplit(dataset, 'train');
  return {
    parts: [{ name: 'official splits', validation: requireSplit(dataset, 'validation') }],
    complete: ({ name, validation }) => ({
      name,
      train,
      validation,
      sharesSubjects: shareSubjects(dataset, train, validation),
    }),
  };
}

function shareSubjects(
  { samples }: Dataset,
  train: readonly number[],
  validation: readonly number[],
): boolean {
  const subjectsOf = (indices: readonly number[]) =>
    indices.flatMap((index) =>
      samples[index]!.subject === undefined ? [] : nameKey(samples[index]!.subject),
    );
  const trained = new Set(subjectsOf(train));
  return subjectsOf(validation).some((subject) => trained.has(subject));
}

/** Each part once as the validation images, all others as the training images. */
const crossValidation = (dataset: Dataset, parts: readonly Part[]): Division => ({
  parts,
  complete({ name, validation }) {
    const heldOut = new Set(validation);
    const train = withoutTest(dataset).filter((index) => !heldOut.has(index));
    return {
      name,
      train,
      validation: ascending(validation),
      sharesSubjects: shareSubjects(dataset, train, validation),
    };
  },
});

const numbered = (parts: readonly (readonly number[])[]): Part[] =>
  parts.map((validation, index) => ({ name: `fold ${index + 1} of ${parts.length}`, validation }));

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

function singleSubjects(dataset: Dataset): Part[] {
  const subjects = imagesBySubject(dataset, withoutTest(dataset));
  if (subjects.size < 2) {
    throw new UserError(`The data set ${dataset.name} has one subject, and leaving it out leaves none.`);
  }
  return [...subjects].map(([subject, validation]) => ({ name: `subject ${subject}`, validation }));
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
