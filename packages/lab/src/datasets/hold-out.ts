import { permutation, random } from '@sdnet/autograd';
import { randomStreams } from '../random-streams.js';
import { classCounts, type Dataset, samplesOfSplit } from './dataset.js';

/**
 * A data set without validation images gets some: a tenth of each class's training images (rounded; at least
 * one of two), drawn by `seed`. A data set that has validation images is returned as it is.
 */
export function holdOutValidation(dataset: Dataset, seed: number): Dataset {
  if (samplesOfSplit(dataset, 'validation').length > 0) return dataset;
  const training = samplesOfSplit(dataset, 'train');
  const heldOut = new Set<number>();
  for (const [label, count] of classCounts(dataset, training).entries()) {
    const ofClass = training.filter((index) => dataset.samples[index]!.label === label);
    const order = permutation(count, random(seed, label, 0, randomStreams.holdOut));
    const share = count < 2 ? 0 : Math.max(1, Math.round(count / 10));
    for (const position of order.subarray(0, share)) heldOut.add(ofClass[position]!);
  }
  return {
    ...dataset,
    samples: dataset.samples.map((sample, index) =>
      heldOut.has(index) ? { ...sample, split: 'validation' } : sample,
    ),
  };
}
