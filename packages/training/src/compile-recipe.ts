import { add, compileTrainStep, scale, split, type TrainStepModel, type Value } from '@sdnet/autograd';
import {
  classWeights as adaptiveClassWeights,
  distillationLoss,
  imageShape,
  type NetworkDescription,
  networkOf,
  roLoss,
  UserError,
} from 'sdnet';
import { classifierTensors } from './classifier-tensors.js';
import { classCounts, type Dataset } from './dataset.js';
import { optimizerOf, type Recipe } from './recipe.js';

/**
 * The class weights of a recipe (eq. 1–3), one a class; all 1 where the recipe has none.
 *
 * @param indices the training images
 * @throws UserError where a class has no training image
 */
export function classWeightsOf(recipe: Recipe, dataset: Dataset, indices: readonly number[]): number[] {
  if (!recipe.loss.classWeights) return dataset.classNames.map(() => 1);
  const counts = classCounts(dataset, indices);
  const missing = counts.indexOf(0);
  if (missing !== -1)
    throw new UserError(
      `The data set ${dataset.name} has no training image of the class ${dataset.classNames[missing]}, so it has no class weight.`,
    );
  return adaptiveClassWeights(counts);
}

/**
 * The train step of a recipe for images of side `size`. With distillation a row of its targets holds the label's
 * values and, behind them, the teachers' scores.
 */
export function compileRecipe(
  recipe: Recipe,
  description: NetworkDescription,
  classWeights: readonly number[],
  size: number,
): TrainStepModel {
  const classes = description.classNames.length;
  const { lambda1, lambda2 } = recipe.loss;
  const { distillation } = recipe;
  const ofLabels = (logits: Value, targets: Value) =>
    roLoss(logits, targets, { lambda1, lambda2, classWeights });
  const ofBoth = (logits: Value, targets: Value) => {
    const { weight, temperature } = distillation!;
    const [labels, softTargets] = split(targets, [classes, classes], 1);
    return add(
      scale(ofLabels(logits, labels!), 1 - weight),
      scale(distillationLoss(logits, softTargets!, { temperature }), weight),
    );
  };
  const classifier = recipe.trainable === 'classifier' && new Set(classifierTensors(description));
  return compileTrainStep({
    network: networkOf(description),
    image: imageShape({ ...description.preprocessing, size }),
    batch: recipe.batch,
    classes: distillation ? 2 * classes : classes,
    loss: distillation ? ofBoth : ofLabels,
    optimizer: optimizerOf(recipe),
    averaging: recipe.averageDecay !== undefined,
    ...(recipe.clipNorm !== undefined && { clipNorm: recipe.clipNorm }),
    ...(classifier && { trainable: (name: string) => classifier.has(name) }),
    frozenStatistics: recipe.batchNorm === 'frozen',
  });
}

/**
 * Where a step needs more memory than there is, the system would end the process without a word.
 *
 * @param limit bytes that may be used
 * @throws UserError where the step needs more
 */
export function requireMemory(
  { activationBytes }: TrainStepModel,
  batch: number,
  size: number,
  limit: number,
): void {
  // The forward pass's feature maps, and as much again for their gradients and what else the step works with.
  const needed = 2 * activationBytes;
  if (needed <= limit) return;
  const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  throw new UserError(
    `A step of ${batch} images of ${size}×${size} needs about ${gib(needed)} of memory, and there are ` +
      `${gib(limit)}. Choose a smaller --batch.`,
  );
}
