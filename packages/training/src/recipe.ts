import { adam, adamw, largestBatch, type Optimizer, schedules, sgd } from '@sdnet/autograd';
import { largestSize, UserError } from 'sdnet';
import { z } from 'zod';
import { augmentationSettings } from './augmentation.js';

const positive = z.number().positive();
const weightDecay = z.number().min(0).default(0);

const optimizerSettings = z.discriminatedUnion('name', [
  z
    .strictObject({
      name: z.literal('sgd'),
      momentum: z.number().min(0).max(1).default(0),
      nesterov: z.boolean().default(false),
      weightDecay,
    })
    .refine(({ momentum, nesterov }) => !nesterov || momentum > 0, 'Nesterov needs momentum'),
  z.strictObject({ name: z.literal('adam'), weightDecay }),
  z.strictObject({ name: z.literal('adamw'), weightDecay }),
]);

const scheduleSettings = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('constant') }),
  z.strictObject({ name: z.literal('step'), every: positive, factor: positive }),
  /** Warm-up in epochs. */
  z.strictObject({ name: z.literal('cosine'), warmup: z.number().min(0).default(0) }),
  /** Watches the validation accuracy; patience in epochs. */
  z.strictObject({ name: z.literal('plateau'), factor: positive.max(1), patience: z.int().min(0) }),
]);

/** Everything that decides how a network is trained, as plain data. */
export const recipeSchema = z.strictObject({
  name: z.string(),
  /** Side of the square input in pixels, in training and afterwards. */
  size: z.int().min(16).max(largestSize),
  /** Progressive resizing: the first `share` of the epochs is trained at this smaller size, which is faster. */
  early: z.strictObject({ size: z.int().min(16), share: z.number().min(0).max(1) }).optional(),
  epochs: z.int().min(1),
  batch: z.int().min(1).max(largestBatch),
  learningRate: positive,
  optimizer: optimizerSettings,
  schedule: scheduleSettings,
  /** Largest global norm of the gradient. */
  clipNorm: positive.optional(),
  /** Decay of the exponential moving average (EMA) of the weights, which is then what is evaluated and kept. */
  averageDecay: z.number().min(0).max(1).optional(),
  loss: z.strictObject({
    /** Factors of eq. 5 and 6. */
    lambda1: z.number().min(0),
    lambda2: z.number().min(0),
    /** Adaptive class weights (eq. 1–3). */
    classWeights: z.boolean(),
  }),
  /**
   * Teaches the mean scores of teachers beside the labels (Hinton et al. 2015): the loss is `weight` of the
   * distillation loss at `temperature` and the rest of the labels' RO loss.
   */
  distillation: z.strictObject({ weight: z.number().min(0).max(1), temperature: positive }).optional(),
  augmentation: augmentationSettings,
});

export type Recipe = z.output<typeof recipeSchema>;

/** Throws a `UserError` where the recipe is none, naming what is wrong. */
export function requireRecipe(recipe: unknown): Recipe {
  const { success, data, error } = recipeSchema.safeParse(recipe);
  if (success) return data;
  const found = error.issues.map(({ path, message }) => `${path.join('.') || 'the recipe'}: ${message}`);
  throw new UserError(`This is no recipe. ${found.join('; ')}.`);
}

export function optimizerOf({ optimizer }: Recipe): Optimizer {
  switch (optimizer.name) {
    case 'sgd':
      return sgd(optimizer);
    case 'adam':
      return adam(optimizer);
    case 'adamw':
      return adamw(optimizer);
  }
}

/**
 * The learning rate at `progress` (in epochs, from 0).
 *
 * @param accuracies validation accuracy after each epoch so far
 */
export function learningRateAt(recipe: Recipe, progress: number, accuracies: readonly number[]): number {
  const { learningRate, schedule, epochs } = recipe;
  switch (schedule.name) {
    case 'constant':
      return learningRate;
    case 'step':
      return schedules.stepDecay(learningRate, schedule)(progress);
    case 'cosine':
      return schedules.cosine(learningRate, { epochs, warmup: schedule.warmup })(progress);
    case 'plateau':
      return schedules.reduceOnPlateau(learningRate, accuracies, schedule);
  }
}

/** Side of the training images in `epoch` (from 0). The last epoch always has the recipe's own size. */
export const sizeAt = ({ size, early, epochs }: Recipe, epoch: number): number =>
  early && epoch < Math.min(Math.round(early.share * epochs), epochs - 1) ? early.size : size;

/** Whether an epoch depends on how many there are in all. If not, a finished run can go on to more. */
export const dependsOnEpochs = ({ schedule, early }: Pick<Recipe, 'schedule' | 'early'>): boolean =>
  schedule.name === 'cosine' || early !== undefined;
