import { permutation, random } from '@sdnet/autograd';
import { classCounts, type Dataset, nameKey, randomStreams, UserError } from '@sdnet/training';

/**
 * The images at `indices` of each subject, subjects by name (of which `nameKey` says what is one), so that nothing made
 * of them depends on the order of files. Throws a `UserError` where an image has no subject.
 */
export function imagesBySubject(dataset: Dataset, indices: readonly number[]): Map<string, number[]> {
  const images = new Map<string, { readonly subject: string; readonly indices: number[] }>();
  for (const index of indices) {
    const { subject, source } = dataset.samples[index]!;
    if (subject === undefined) {
      throw new UserError(
        `The data set ${dataset.name} does not say whose face ${source} is, so folds without shared subjects cannot ` +
          'be made. Choose random folds, or the official splits where there are some.',
      );
    }
    const known = images.get(nameKey(subject));
    if (known) known.indices.push(index);
    else images.set(nameKey(subject), { subject, indices: [index] });
  }
  const sorted = [...images.values()].sort((a, b) => (a.subject < b.subject ? -1 : 1));
  return new Map(sorted.map((found) => [found.subject, found.indices]));
}

/**
 * The images of `subjects`, a list of indices each, in `k` parts without shared subjects (1 ≤ k ≤ subjects).
 *
 * Subjects are dealt out one by one, those with most images first and otherwise in random order, each to the part
 * whose number of images, in each class and in all, it brings closest to the others'.
 *
 * @param seed an integer, 0 ≤ seed < 2^53
 */
export function subjectParts(
  dataset: Dataset,
  subjects: readonly (readonly number[])[],
  k: number,
  seed: number,
): number[][] {
  const order = [...permutation(subjects.length, random(seed, 0, 0, randomStreams.subjectFolds))];
  order.sort((a, b) => subjects[b]!.length - subjects[a]!.length);

  const sizes = [...classCounts(dataset, subjects.flat()), subjects.flat().length];
  const parts = Array.from({ length: k }, () => ({ images: [] as number[], counts: sizes.map(() => 0) }));
  for (const subject of order) {
    const images = subjects[subject]!;
    const added = [...classCounts(dataset, images), images.length];
    // How much the sum over parts of the squared shares of each class grows: 2·count·added, the rest being equal.
    const growth = ({ counts }: (typeof parts)[number]) =>
      counts.reduce(
        (sum, count, index) =>
          added[index] === 0 ? sum : sum + (count * added[index]!) / sizes[index]! ** 2,
        0,
      );
    const chosen = parts.reduce((best, part) => (growth(part) < growth(best) ? part : best));
    for (const image of images) chosen.images.push(image);
    for (const [index, count] of added.entries()) chosen.counts[index]! += count;
  }
  return parts.map(({ images }) => images);
}
