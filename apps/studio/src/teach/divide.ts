import { canonicalClasses, classCounts, type Dataset, holdOutTakes, type Partition } from '@sdnet/training';
import { datasetOfImages } from './dataset-of-images.js';
import type { TaughtImage } from './taught-image.js';

/**
 * The images that a lesson tests on. The same images are always divided in the same way, whatever order they and their
 * classes are in.
 *
 * @throws Error with a `code`: `lesson-classes` for fewer than two classes; with a `className`, too, `lesson-empty` where it
 * has no images, `lesson-take` where all are of one take, `lesson-unseen` where all are for testing
 */
export function heldOutImages(
  images: readonly TaughtImage[],
  classNames: readonly string[],
): ReadonlySet<string> {
  if (classNames.length < 2) throw divisionError('lesson-classes');
  const dataset = datasetOfImages(images, canonicalClasses(classNames));
  requireTakes(dataset);
  const { validation } = holdOutTakes(dataset, { seed: 0 });
  return new Set(validation.map((index) => dataset.samples[index]!.source));
}

/** The indices of a data set of images by whether they are held out. */
export function partitionOf({ samples }: Dataset, heldOut: ReadonlySet<string>): Partition {
  const indices = [...samples.keys()];
  return {
    train: indices.filter((index) => !heldOut.has(samples[index]!.source)),
    validation: indices.filter((index) => heldOut.has(samples[index]!.source)),
  };
}

const divisionError = (code: string, className?: string): Error =>
  Object.assign(new Error(className === undefined ? code : `${code}: ${className}`), { code, className });

/** What `holdOutTakes` would refuse, as errors that the page has texts for. */
function requireTakes(dataset: Dataset): void {
  const counts = classCounts(dataset);
  for (const [label, className] of dataset.classNames.entries()) {
    if (counts[label] === 0) throw divisionError('lesson-empty', className);
    const samples = dataset.samples.filter((sample) => sample.label === label);
    const learned = samples.filter(({ split }) => split === undefined || split === 'train');
    if (learned.length === 0) throw divisionError('lesson-unseen', className);
    const takes = new Set(learned.map(({ sequence, source }) => sequence ?? source));
    if (learned.length === samples.length && takes.size < 2) throw divisionError('lesson-take', className);
  }
}
