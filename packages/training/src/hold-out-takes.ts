import { permutation, random } from '@sdnet/autograd';
import { UserError } from 'sdnet';
import type { Dataset } from './dataset.js';
import type { Partition } from './describe-network.js';
import { randomStreams } from './random-streams.js';

/**
 * Divides a data set for training and validation so that the frames of one take (a sample's `sequence`) stay together:
 * neighbouring frames are nearly the same image, and a network that has learned one knows the other. An image without a
 * take is one of its own.
 *
 * Images with an official split keep it: `train` images are trained on, all others are held out. Of the classes that have
 * none of these held out, whole takes are, drawn by the seed: about `share` of the images, at least one take, and never
 * all.
 *
 * @throws UserError where a class has no images, or one take alone, which cannot be on both sides
 */
export function holdOutTakes(
  dataset: Dataset,
  { share = 0.25, seed }: { readonly share?: number; readonly seed: number },
): Partition {
  const { classNames, samples } = dataset;
  const train: number[] = [];
  const validation: number[] = [];
  for (const [label, className] of classNames.entries()) {
    const indices = [...samples.keys()].filter((index) => samples[index]!.label === label);
    if (indices.length === 0)
      throw new UserError(
        `The class ${className} has no images, so it cannot be learned. Add some, or remove the class.`,
      );
    const isHeldOut = (index: number) => {
      const { split } = samples[index]!;
      return split !== undefined && split !== 'train';
    };
    const given = indices.filter(isHeldOut);
    const others = indices.filter((index) => !isHeldOut(index));
    if (others.length === 0)
      throw new UserError(
        `All ${given.length} images of the class ${className} are for validation, so there is none to learn it from. Add some.`,
      );
    const drawn = given.length > 0 ? [] : drawTakes(dataset, others, { label, className, share, seed });
    const heldOut = new Set([...given, ...drawn]);
    for (const index of indices) (heldOut.has(index) ? validation : train).push(index);
  }
  return { train, validation };
}

function drawTakes(
  { samples }: Dataset,
  indices: readonly number[],
  {
    label,
    className,
    share,
    seed,
  }: { readonly label: number; readonly className: string; readonly share: number; readonly seed: number },
): number[] {
  const takes = new Map<string | number, number[]>();
  for (const index of indices) {
    const take = samples[index]!.sequence ?? index;
    const known = takes.get(take);
    if (known) known.push(index);
    else takes.set(take, [index]);
  }
  if (takes.size < 2)
    throw new UserError(
      `The class ${className} has one take only. One to learn from and another to be tested on are needed: record it once more.`,
    );
  const list = [...takes.values()];
  const order = permutation(list.length, random(seed, label, 0, randomStreams.takes));
  const heldOut: number[] = [];
  for (const position of order.subarray(0, list.length - 1)) {
    const take = list[position]!;
    const isEnough = heldOut.length > 0 && heldOut.length + take.length > share * indices.length;
    if (!isEnough) heldOut.push(...take);
  }
  return heldOut;
}
