import { UserError } from 'sdnet';

/** The official splits of a data set; `validation` is what hyperparameters are chosen on. */
export const splits = ['train', 'validation', 'test'] as const;
export type Split = (typeof splits)[number];

/** What is known of one image besides its pixels. */
export interface Sample {
  /**
   * Where the image came from, as a user would look it up: a path below the folder that the data set was found in, or
   * `row 17`. The same whichever folder above that was named, and no other image's.
   */
  readonly source: string;
  /** Index into the data set's `classNames`. */
  readonly label: number;
  /** Absent where the data set has no official splits. */
  readonly split?: Split;
  readonly subject?: string;
  readonly sequence?: string;
  /** Soft target: one probability a class, summing to 1. Absent: all on `label`. */
  readonly distribution?: readonly number[];
}

/**
 * A data set in memory: all images at one size, 8 bits a channel, packed one after another.
 *
 * Image `i` is `pixels.subarray(i * stride, (i + 1) * stride)` with
 * `stride = height * width * channels`, rows from the top, channels interleaved.
 */
export interface Dataset {
  readonly name: string;
  /** In the canonical order of the data set, independent of how folders sort. */
  readonly classNames: readonly string[];
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly pixels: Uint8Array;
  readonly samples: readonly Sample[];
}

/** Indices of the samples of an official split, in the data set's order. */
export function samplesOfSplit(dataset: Dataset, split: Split): number[] {
  return dataset.samples.flatMap((sample, index) => (sample.split === split ? [index] : []));
}

/** Like `samplesOfSplit`, but a split without images is a `UserError` that says which splits there are. */
export function requireSplit(dataset: Dataset, split: Split): number[] {
  const indices = samplesOfSplit(dataset, split);
  if (indices.length > 0) return indices;
  const present = splits.filter((other) => dataset.samples.some((sample) => sample.split === other));
  const choice =
    present.length > 0
      ? `it has ${present.join(' and ')}`
      : 'it has no official splits. Divide it into folds: --fold K';
  throw new UserError(`The data set ${dataset.name} has no ${split} images here; ${choice}.`);
}

/** Number of samples of each class among `indices` (default: all). */
export function classCounts(dataset: Dataset, indices?: readonly number[]): number[] {
  const counts = dataset.classNames.map(() => 0);
  for (const index of indices ?? dataset.samples.keys()) counts[dataset.samples[index]!.label]!++;
  return counts;
}
