import { adam, adamw, largestBatch, type Optimizer, schedules, sgd } from '@sdnet/autograd';
import { largestSize, UserError } from 'sdnet';
import { z } from 'zod';
import { augmentationSettings } from './augmentation.js';
import { issuesOf } from './issues-of.js';

/** As the train step computes with it: float32, in which 1e-50 is 0 and 1e50 infinite. */
const positive = z
  .number()
  .positive()
  .refine(
    (value) => Math.fround(value) > 0 && Number.isFinite(Math.fround(value)),
    'not a positive float32 number',
  );
const notNegative = z.number().min(0).max(1e6);
const weightDecay = notNegative.default(0);
const side = z.int().min(16).max(largestSize);

/** More than that is a slip of the pen, and would be found out by waiting. */
export const recipeLimits = { epochs: 10_000, batch: largestBatch } as const;

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
  z.strictObject({ name: z.literal('cosine'), warmup: notNegative.default(0) }),
  /** Watches the validation accuracy; patience in epochs. */
  z.strictObject({
    name: z.literal('plateau'),
    factor: positive.max(1),
    patience: z.int().min(0).max(recipeLimits.epochs),
  }),
]);

/** Everything that decides how a network is trained, as plain data. */
export const recipeSchema = z.strictObject({
  name: z.string().min(1).max(100),
  /** Side of the square input in pixels, in training and afterwards. */
  size: side,
  /** Progressive resizing: the first `share` of the epochs is trained at this smaller size, which is faster. */
  early: z.strictObject({ size: side, share: z.number().min(0).max(1) }).optional(),
  epochs: z.int().min(1).max(recipeLimits.epochs),
  batch: z.int().min(1).max(recipeLimits.batch),
  learningRate: positive,
  optimizer: optimizerSettings,
  schedule: scheduleSettings,
  /** Largest global norm of the gradient. */
  clipNorm: positive.optional(),
  /** Decay of the exponential moving average (EMA) of the weights, which is then what is evaluated and kept. */
  averageDecay: z.number().min(0).max(1).optional(),
  loss: z.strictObject({
    /** Factors of eq. 5 and 6. */
    lambda1: notNegative,
    lambda2: notNegative,
    /** Adaptive class weights (eq. 1–3). */
    classWeights: z.boolean(),
  }),
  /**
   * Teaches the mean scores of teachers beside the labels (Hinton et al. 2015): the loss is `weight` of the
   * distillation loss at `temperature` and the rest of the labels' RO loss.
   */
  distillation: z.strictObject({ weight: z.number().min(0).max(1), temperature: positive }).optional(),
  augmentation: augmentationSettings,
  /** Which parameters are trained: all, or those of the classifier alone, the last layer. Absent: all. */
  trainable: z.enum(['all', 'classifier']).optional(),
  /**
   * What batch norm computes with in training: each batch's own statistics, which the running ones follow, or `frozen`
   * running ones, as few images fine-tune better. Absent: the batch's.
   */
  batchNorm: z.enum(['batch', 'frozen']).optional(),
});

export type Recipe = z.output<typeof recipeSchema>;

/** Throws a `UserError` where the recipe is none, naming what is wrong. */
export function requireRecipe(recipe: unknown): Recipe {
  const { success, data, error } = recipeSchema.safeParse(recipe);
  if (success) return data;
  throw new UserError(`This is no recipe. ${issuesOf(error, 'the recipe')}.`);
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
