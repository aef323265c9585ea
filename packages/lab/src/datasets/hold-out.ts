import { permutation, random } from '@sdnet/autograd';
import {
  classCounts,
  type Dataset,
  nameKey,
  randomStreams,
  type Sample,
  samplesOfSplit,
} from '@sdnet/training';
import { imagesBySubject, subjectParts } from './subject-parts.js';

/**
 * A data set without validation images gets some of its training images, drawn by `seed`. A data set that has
 * validation images is returned as it is.
 *
 * Where every training image has a subject, they are all images of about a tenth of the subjects: the first of ten
 * parts (of as many as there are subjects, if fewer) of `subjectParts` that leaves an image of every class to train
 * on, or just the first. Otherwise, and where there is but one subject, they are a tenth of each class's images
 * (rounded; at least one of two).
 *
 * `onNote` hears what was held out, and where subjects may thus be on both sides.
 *
 * @param seed an integer, 0 ≤ seed < 2^53
 */
export function holdOutValidation(
  dataset: Dataset,
  seed: number,
  onNote: (message: string) => void = () => {},
): Dataset {
  if (samplesOfSplit(dataset, 'validation').length > 0) return dataset;
  const training = samplesOfSplit(dataset, 'train');
  const subjects = new Set(
    training.map((index) => {
      const { subject } = dataset.samples[index]!;
      return subject === undefined ? undefined : nameKey(subject);
    }),
  );
  const isBySubject = subjects.size > 1 && !subjects.has(undefined);
  const heldOut = new Set(
    isBySubject ? drawSubjects(dataset, training, seed) : drawImages(dataset, training, seed),
  );
  if (heldOut.size > 0) {
    const what =
      `${dataset.name}: has no validation images, so ${heldOut.size} of its ${training.length} training images are ` +
      `held out as such, drawn by the data seed ${seed}`;
    const isMixed = !isBySubject && [...subjects].some((subject) => subject !== undefined);
    const why = subjects.size > 1 ? 'not every training image has a subject' : 'all are of one subject';
    onNote(
      isMixed ? `${what}, image by image: they may show people that are trained on, as ${why}.` : `${what}.`,
    );
  }
  return {
    ...dataset,
    samples: dataset.samples.map((sample, index) =>
      heldOut.has(index) ? { ...sample, split: 'validation' } : sample,
    ),
  };
}

function drawSubjects(dataset: Dataset, training: readonly number[], seed: number): number[] {
  const subjects = [...imagesBySubject(dataset, training).values()];
  const parts = subjectParts(dataset, subjects, Math.min(10, subjects.length), seed);
  const all = classCounts(dataset, training);
  const leavesEveryClass = (part: readonly number[]) =>
    classCounts(dataset, part).every((count, label) => count === 0 || count < all[label]!);
  return parts.find(leavesEveryClass) ?? parts[0]!;
}

function drawImages(dataset: Dataset, training: readonly number[], seed: number): number[] {
  return classCounts(dataset, training).flatMap((count, label) => {
    const ofClass = training.filter((index) => dataset.samples[index]!.label === label);
    const order = permutation(count, random(seed, label, 0, randomStreams.holdOut));
    const share = count < 2 ? 0 : Math.max(1, Math.round(count / 10));
    return Array.from(order.subarray(0, share), (position) => ofClass[position]!);
  });
}

/**
 * Like `holdOutValidation`, for a data set without any splits: all its images are training images then, but those held
 * out. One that has splits is returned as it is.
 */
export function holdOutOfAll(dataset: Dataset, seed: number, onNote?: (message: string) => void): Dataset {
  if (dataset.samples.some(({ split }) => split !== undefined)) return dataset;
  const samples = dataset.samples.map((sample): Sample => ({ ...sample, split: 'train' }));
  return holdOutValidation({ ...dataset, samples }, seed, onNote);
}
