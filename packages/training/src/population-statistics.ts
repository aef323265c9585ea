import { compileBatchStatistics, permutation, random, type Runtime } from '@sdnet/autograd';
import { imageShape, networkOf, type Weights } from 'sdnet';
import { evaluationBatches, requireBatch } from './batches.js';
import type { Dataset } from './dataset.js';
import { randomStreams } from './random-streams.js';

export interface PopulationStatisticsOptions {
  /** Images a batch; default 64. */
  readonly batch?: number;
  /** Decides which images are a batch together; default 0. */
  readonly seed?: number;
  readonly threads?: number | undefined;
  /** After every batch. */
  readonly onProgress?: (done: number, batches: number) => void;
}

/**
 * The statistics of batch norm that belong to these very weights: means and variances over batches of images as they
 * are evaluated, not augmented. The running ones of training are those of other images, namely augmented ones, and of
 * weights that changed meanwhile; of a mean of weights they are a guess (Izmailov et al.: "Averaging weights leads to
 * wider optima and better generalization", 2018, section 3.3; Wu and Johnson: "Rethinking 'batch' in BatchNorm", 2021).
 *
 * @param weights whose own statistics are not looked at
 * @param indices the images, of which as many are left out as do not fill a batch
 * @returns in the layout of the weights' statistics
 * @throws UserError where the images do not fill a batch, Error where the network has no batch norm
 */
export async function populationStatistics(
  runtime: Runtime,
  weights: Weights,
  dataset: Dataset,
  indices: readonly number[],
  { batch = 64, seed = 0, threads, onProgress }: PopulationStatisticsOptions = {},
): Promise<Float32Array> {
  requireBatch(dataset, indices, batch);
  const shape = imageShape(weights.preprocessing);
  const compiled = compileBatchStatistics(networkOf(weights), shape, batch);
  const parameters = { shape: [weights.parameters.length], data: weights.parameters };
  const batches = Math.floor(indices.length / batch);
  const order = permutation(indices.length, random(seed, 0, 0, randomStreams.order));
  const drawn = Array.from(order.subarray(0, batches * batch), (position) => indices[position]!);
  const sums = new Float64Array(compiled.statistics.length);
  const session = await runtime.createSession(compiled.model, threads === undefined ? {} : { threads });
  try {
    let done = 0;
    for (const { images } of evaluationBatches(dataset, drawn, { batch, ...weights.preprocessing })) {
      const { statistics } = await session.run({
        images: { shape: [batch, ...shape], data: images },
        parameters,
      });
      for (const [index, value] of statistics!.data.entries()) sums[index]! += value / batches;
      onProgress?.(++done, batches);
    }
  } finally {
    await session.release();
  }
  return Float32Array.from(sums);
}
