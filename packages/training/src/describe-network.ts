import { layoutsOf, type NetworkDescription, type StemStride, UserError, type Variant } from 'sdnet';
import type { Dataset } from './dataset.js';
import { pixelStatistics } from './pixel-statistics.js';
import type { Recipe } from './recipe.js';

/** Samples to train on and to validate on, as indices into the data set. */
export interface Partition {
  readonly train: readonly number[];
  readonly validation: readonly number[];
}

/** What a fine-tuned network has from the weights it starts from. */
export type Origin = Pick<NetworkDescription, 'model' | 'stemStride' | 'variant' | 'preprocessing'>;

export interface NetworkToTrain {
  readonly dataset: Dataset;
  readonly partition: Partition;
  /** A key of `models`. */
  readonly model: string;
  /** Stride of the first convolution, where the network offers it; default: the official network's. */
  readonly stemStride?: StemStride | undefined;
  /** SDNet without one of its parts; default: whole. */
  readonly variant?: Variant | undefined;
  readonly recipe: Recipe;
}

/**
 * The network that is to be trained: with the data set's classes, and its training images' mean and deviation, or the
 * preprocessing of the weights it starts from.
 *
 * @throws UserError where options, data and weights do not fit
 */
export function describeNetwork(
  { dataset, partition, model, stemStride, variant, recipe }: NetworkToTrain,
  origin?: Origin,
): NetworkDescription {
  if (dataset.classNames.length < 2)
    throw new UserError(
      `The data set ${dataset.name} has one class, ${dataset.classNames[0]}; training needs at least two.`,
    );
  if (partition.validation.length === 0)
    throw new UserError(
      `The data set ${dataset.name} has no validation images; training needs some to find the best weights.`,
    );
  if (origin && origin.model !== model)
    throw new UserError(`The weights to start from are of ${origin.model}, but ${model} is to be trained.`);
  if (origin && stemStride !== undefined && origin.stemStride !== stemStride)
    throw new UserError(
      `The weights to start from have ${origin.stemStride ?? "the official network's"} as stem stride, not ${stemStride}.`,
    );
  if (origin && origin.variant !== variant)
    throw new UserError(
      `The weights to start from are of ${origin.model} ${origin.variant ?? 'as a whole'}, but ${model} ` +
        `${variant ?? 'as a whole'} is to be trained.`,
    );
  // Fine-tuning sees images as the weights' network was taught to.
  const stride = origin?.stemStride ?? stemStride;
  const channels = origin?.preprocessing.channels ?? dataset.channels;
  const { mean, deviation } = origin?.preprocessing ?? pixelStatistics(dataset, partition.train, channels);
  const description: NetworkDescription = {
    model,
    classNames: dataset.classNames,
    preprocessing: { size: recipe.size, channels, mean, deviation },
    ...(stride !== undefined && { stemStride: stride }),
    ...(variant !== undefined && { variant }),
  };
  try {
    layoutsOf(description);
  } catch (error) {
    throw new UserError(`${model} cannot be trained like this: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return description;
}
