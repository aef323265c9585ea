import { adam, adamw, largestBatch, type Optimizer, schedules, sgd } from '@sdnet/autograd';
import { largestSize, UserError } from 'sdnet';
import en from 'zod/v4/locales/en.js';
import * as z from 'zod/mini';
import { augmentationSettings } from './augmentation.js';
import { issuesOf } from './issues-of.js';

// Zod's small build, as the studio has this in its page; it says what is wrong only where it is given a language.
z.config(en());

/** As the train step computes with it: float32, in which 1e-50 is 0 and 1e50 infinite. */
const positive = z.number().check(
  z.positive(),
  z.refine(
    (value) => Math.fround(value) > 0 && Number.isFinite(Math.fround(value)),
    'not a positive float32 number',
  ),
);
const between = (minimum: number, maximum: number) =>
  z.number().check(z.minimum(minimum), z.maximum(maximum));
const wholeBetween = (minimum: number, maximum: number) =>
  z.int().check(z.minimum(minimum), z.maximum(maximum));
const notNegative = between(0, 1e6);
const weightDecay = z._default(notNegative, 0);
const side = wholeBetween(16, largestSize);

/** More than that is a slip of the pen, and would be found out by waiting. */
export const recipeLimits = { epochs: 10_000, batch: largestBatch } as const;

const optimizerSettings = z.discriminatedUnion('name', [
  z
    .strictObject({
      name: z.literal('sgd'),
      momentum: z._default(z.number().check(z.minimum(0), z.lt(1)), 0),
      nesterov: z._default(z.boolean(), false),
      weightDecay,
    })
    .check(z.refine(({ momentum, nesterov }) => !nesterov || momentum > 0, 'Nesterov needs momentum')),
  z.strictObject({ name: z.literal('adam'), weightDecay }),
  z.strictObject({ name: z.literal('adamw'), weightDecay }),
]);

const scheduleSettings = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('constant') }),
  z.strictObject({ name: z.literal('step'), every: positive, factor: positive }),
  /** Warm-up in epochs. */
  z.strictObject({ name: z.literal('cosine'), warmup: z._default(notNegative, 0) }),
  /** Watches the validation accuracy; patience in epochs. */
  z.strictObject({
    name: z.literal('plateau'),
    factor: positive.check(z.maximum(1)),
    patience: wholeBetween(0, recipeLimits.epochs),
  }),
]);

/** Everything that decides how a network is trained, as plain data. */
export const recipeSchema = z
  .strictObject({
    name: z.string().check(z.minLength(1), z.maxLength(100)),
    /** Side of the square input in pixels, in training and afterwards. */
    size: side,
    /** Progressive resizing: the first `share` of the epochs is trained at this smaller size, which is faster. */
    early: z.optional(z.strictObject({ size: side, share: between(0, 1) })),
    epochs: wholeBetween(1, recipeLimits.epochs),
    batch: wholeBetween(1, recipeLimits.batch),
    learningRate: positive,
    optimizer: optimizerSettings,
    schedule: scheduleSettings,
    /** Largest global norm of the gradient. */
    clipNorm: z.optional(positive),
    /** Decay of the exponential moving average (EMA) of the weights, which is then what is evaluated and kept. */
    averageDecay: z.optional(between(0, 1)),
    loss: z.strictObject({
      /** Factors of eq. 5 and 6. */
      lambda1: notNegative,
      lambda2: notNegative,
      /** Adaptive class weights (eq. 1–3). */
      classWeights: z.boolean(),
    }),
    /**
     * Teaches the mean scores of teachers beside the labels (Hinton et al. 2015): the loss is `weight` of the
     * distillation loss at `temperature` and the rest of the labels' RO loss. With `flip` a teacher's scores are the mean
     * of the image's and its mirror image's, which takes it twice as long.
     */
    distillation: z.optional(
      z.strictObject({
        weight: between(0, 1),
        // At less, powers of the scores are no longer told from 0.
        temperature: positive.check(z.minimum(0.01)),
        flip: z.optional(z.boolean()),
      }),
    ),
    augmentation: augmentationSettings,
    /** Which parameters are trained: all, or those of the classifier alone, the last layer. Absent: all. */
    trainable: z.optional(z.enum(['all', 'classifier'])),
    /**
     * What batch norm computes with in training: each batch's own statistics, which the running ones follow, or `frozen`
     * running ones, as few images fine-tune better. Absent: the batch's.
     */
    batchNorm: z.optional(z.enum(['batch', 'frozen'])),
  })
  .check(
    z.refine(({ size, early }) => !early || early.size <= size, {
      path: ['early', 'size'],
      error: 'may not be larger than size; with early: null, all epochs have one size',
    }),
  );

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
 * @param history each epoch so far
 */
export function learningRateAt(
  recipe: Recipe,
  progress: number,
  history: readonly { readonly size: number; readonly validationAccuracy: number }[],
): number {
  const { learningRate, schedule, epochs } = recipe;
  switch (schedule.name) {
    case 'constant':
      return learningRate;
    case 'step':
      return schedules.stepDecay(learningRate, schedule)(progress);
    case 'cosine':
      return schedules.cosine(learningRate, { epochs, warmup: schedule.warmup })(progress);
    case 'plateau':
      // Accuracies at different sizes are of different tasks: what counts as the best begins anew, the rate does not.
      return [...new Set(history.map(({ size }) => size))].reduce((rate, size) => {
        const accuracies = history.filter((epoch) => epoch.size === size);
        return schedules.reduceOnPlateau(
          rate,
          accuracies.map(({ validationAccuracy }) => validationAccuracy),
          schedule,
        );
      }, learningRate);
  }
}

/** Side of the training images in `epoch` (from 0). The last epoch always has the recipe's own size. */
export const sizeAt = ({ size, early, epochs }: Recipe, epoch: number): number =>
  early && epoch < Math.min(Math.round(early.share * epochs), epochs - 1) ? early.size : size;

/** Whether an epoch depends on how many there are in all. If not, a finished run can go on to more. */
export const dependsOnEpochs = ({ schedule, early }: Pick<Recipe, 'schedule' | 'early'>): boolean =>
  schedule.name === 'cosine' || early !== undefined;
