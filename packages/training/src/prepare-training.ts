import type { TrainStepModel } from '@sdnet/autograd';
import type { NetworkDescription } from 'sdnet';
import type { Augmenter, BatchSource } from './augment-batch.js';
import { trainingBatches, type TrainingBatches } from './batches.js';
import { classWeightsOf, compileRecipe, requireMemory } from './compile-recipe.js';
import { describeNetwork, type NetworkToTrain, type Origin } from './describe-network.js';

export interface TrainingToPrepare extends NetworkToTrain {
  readonly seed: number;
  /** What a fine-tuned network has from the weights it starts from. */
  readonly origin?: Origin | undefined;
  /** Bytes that a step may use. */
  readonly memoryLimit: number;
  readonly startAugmenter: (source: BatchSource) => Augmenter;
}

/** What a training needs besides its state. */
export interface PreparedTraining {
  readonly description: NetworkDescription;
  /** The train step for images of side `size`. */
  readonly compileAt: (size: number) => TrainStepModel;
  /** At the recipe's own size. */
  readonly last: TrainStepModel;
  /** The caller closes them. */
  readonly batches: TrainingBatches;
}

/**
 * Describes the network that is to be trained, compiles its train step and starts its batches.
 *
 * @throws UserError where options, data and weights do not fit, or a step needs more memory than there is; no augmenter
 * is started then
 */
export function prepareTraining({
  seed,
  origin,
  memoryLimit,
  startAugmenter,
  ...network
}: TrainingToPrepare): PreparedTraining {
  const { dataset, partition, recipe } = network;
  const description = describeNetwork(network, origin);
  const classWeights = classWeightsOf(recipe, dataset, partition.train);
  const compileAt = (size: number): TrainStepModel => compileRecipe(recipe, description, classWeights, size);
  // Later sizes are the largest.
  const last = compileAt(recipe.size);
  requireMemory(last, recipe.batch, recipe.size, memoryLimit);
  const batches = trainingBatches(
    {
      dataset,
      indices: partition.train,
      batch: recipe.batch,
      preprocessing: description.preprocessing,
      augmentation: recipe.augmentation,
      seed,
    },
    startAugmenter,
  );
  return { description, compileAt, last, batches };
}
