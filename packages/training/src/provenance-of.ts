import type { Provenance } from 'sdnet';
import type { Dataset } from './dataset.js';
import type { Partition } from './describe-network.js';
import type { EpochResult } from './epoch-result.js';
import type { Recipe } from './recipe.js';

/** What decided a training, as far as its weights tell of it. */
export interface TrainingOrigin {
  readonly dataset: Pick<Dataset, 'name'>;
  readonly partition: Partition;
  readonly recipe: Recipe;
  readonly seed: number;
}

/** What weights of an epoch say of where they come from; nothing that is another in an equal training. */
export const provenanceOf = (
  { dataset, partition, recipe, seed }: TrainingOrigin,
  { epoch, validationAccuracy }: EpochResult,
): Provenance => ({
  dataset: dataset.name,
  trainImages: partition.train.length,
  validationImages: partition.validation.length,
  recipe: recipe.name,
  seed,
  epoch,
  accuracy: validationAccuracy,
});
