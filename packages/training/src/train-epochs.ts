import type { Runtime, Session, TrainStepModel } from '@sdnet/autograd';
import { type NetworkDescription, ScoresError, UserError, type Weights } from 'sdnet';
import type { TrainingBatches } from './batches.js';
import type { Dataset } from './dataset.js';
import type { Partition } from './describe-network.js';
import type { EpochRecord, EpochResult } from './epoch-result.js';
import { createEvaluator, type Evaluator, metricsOf } from './evaluate.js';
import { type Recipe, sizeAt } from './recipe.js';
import { createTeachers, type Teachers } from './teachers.js';
import { diverged, trainEpoch, type TrainingProgress } from './train-epoch.js';

export interface TrainEpochsOptions {
  readonly runtime: Runtime;
  readonly dataset: Dataset;
  readonly partition: Partition;
  readonly description: NetworkDescription;
  readonly recipe: Recipe;
  readonly seed: number;
  /** Of the training images; the caller closes them. */
  readonly batches: TrainingBatches;
  /** The train step for images of side `size`. */
  readonly compileAt: (size: number) => TrainStepModel;
  /** Networks to learn from, where the recipe has distillation. */
  readonly teachers?: readonly Weights[] | undefined;
  /** The epochs that are done. */
  readonly history: readonly EpochResult[];
  /** What the train step takes after those epochs: parameters, statistics, optimizer state, averages. */
  readonly vectors: Readonly<Record<string, Float32Array>>;
  /** Threads of ONNX Runtime; default: all cores. */
  readonly threads?: number | undefined;
  /** Ends the training after the current step. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: TrainingProgress) => void) | undefined;
}

/** A finished epoch. */
export interface FinishedEpoch {
  readonly record: EpochRecord;
  /** With this epoch. */
  readonly history: readonly EpochResult[];
  readonly vectors: Readonly<Record<string, Float32Array>>;
  /** The weights that were validated: the moving average where the recipe has one. */
  readonly weights: Weights;
  /** Whether their validation accuracy is the best so far at this image size. */
  readonly isBest: boolean;
}

/**
 * Trains the recipe's remaining epochs, validating after each. The caller keeps what it wants of an epoch before it
 * asks for the next. Ends early, in the middle of an epoch, where the signal says so.
 *
 * @throws UserError where the loss, the weights or the validation scores are no numbers, or the teachers do not fit
 */
export async function* trainEpochs(
  options: TrainEpochsOptions,
): AsyncGenerator<FinishedEpoch, void, undefined> {
  const { runtime, dataset, partition, description, recipe, batches, compileAt, threads } = options;
  requireTeachers(recipe, options.teachers);
  let { history, vectors } = options;
  let teachers: Teachers | undefined;
  let trainer: Trainer | undefined;
  let validationSeconds = 0;
  try {
    teachers =
      recipe.distillation &&
      (await createTeachers(runtime, options.teachers!, {
        classNames: description.classNames,
        channels: description.preprocessing.channels,
        temperature: recipe.distillation.temperature,
        flip: recipe.distillation.flip,
        threads,
      }));
    for (let epoch = history.length; epoch < recipe.epochs; epoch++) {
      const size = sizeAt(recipe, epoch);
      const sized = descriptionAt(description, size);
      if (trainer?.size !== size) {
        const former = trainer;
        trainer = undefined;
        await releaseTrainer(former);
        trainer = await createTrainer(runtime, compileAt(size), sized, threads);
      }
      const result = await trainEpoch({
        ...options,
        ...trainer,
        classes: dataset.classNames.length,
        batches,
        preprocessing: sized.preprocessing,
        teachers,
        epoch,
        history,
        vectors,
        validationSeconds,
      });
      if (!result) return;
      vectors = result.vectors;
      const weights = keptWeights(sized, vectors);
      const validationStarted = performance.now();
      const validation = await validate(trainer.evaluator, weights, dataset, partition, epoch);
      validationSeconds = (performance.now() - validationStarted) / 1000;
      const { imagesPerSecond, seconds } = result;
      const epochResult: EpochResult = { ...result.training, ...validation };
      const isBest = epochResult.validationAccuracy > bestAccuracy(history, size);
      history = [...history, epochResult];
      yield { record: { ...epochResult, imagesPerSecond, seconds }, history, vectors, weights, isBest };
    }
  } finally {
    await releaseTrainer(trainer);
    await teachers?.release();
  }
}

/** Distillation needs teachers, and teachers a recipe that listens to them. Throws a `UserError` where they do not fit. */
export function requireTeachers(recipe: Recipe, teachers: readonly Weights[] = []): void {
  if (recipe.distillation && teachers.length === 0)
    throw new UserError(
      `The recipe ${recipe.name} learns from teachers, but there are none. Name their weights: --teacher FILE.`,
    );
  if (!recipe.distillation && teachers.length > 0)
    throw new UserError(
      `There are teachers, but the recipe ${recipe.name} has no distillation. Choose one that has.`,
    );
}

/** The best of the epochs trained at `size`, -1 where there is none: accuracies at different sizes are of different tasks. */
export const bestAccuracy = (history: readonly EpochResult[], size: number | undefined): number =>
  Math.max(
    -1,
    ...history.filter((record) => record.size === size).map((record) => record.validationAccuracy),
  );

const descriptionAt = (description: NetworkDescription, size: number): NetworkDescription => ({
  ...description,
  preprocessing: { ...description.preprocessing, size },
});

/** A train step ready to run on images of one size. */
interface Trainer {
  readonly size: number;
  readonly compiled: TrainStepModel;
  readonly session: Session;
  readonly evaluator: Evaluator;
}

async function createTrainer(
  runtime: Runtime,
  compiled: TrainStepModel,
  description: NetworkDescription,
  threads: number | undefined,
): Promise<Trainer> {
  // Weights are judged at the size they were trained at, and know it.
  const evaluator = await createEvaluator(runtime, description, { threads });
  try {
    const session = await runtime.createSession(compiled.model, threads === undefined ? {} : { threads });
    return { size: description.preprocessing.size, compiled, session, evaluator };
  } catch (error) {
    await evaluator.release();
    throw error;
  }
}

async function releaseTrainer(trainer: Trainer | undefined): Promise<void> {
  await trainer?.session.release();
  await trainer?.evaluator.release();
}

/** The weights a run is judged by: the moving average where there is one. */
function keptWeights(
  description: NetworkDescription,
  vectors: Readonly<Record<string, Float32Array>>,
): Weights {
  return {
    ...description,
    parameters: vectors.averageParameters ?? vectors.parameters!,
    statistics: vectors.averageStatistics ?? vectors.statistics ?? new Float32Array(0),
  };
}

async function validate(
  evaluator: Evaluator,
  weights: Weights,
  dataset: Dataset,
  { validation }: Partition,
  epoch: number,
) {
  const scores = await evaluator.scores(weights, dataset, validation).catch((error: unknown) => {
    if (!(error instanceof ScoresError)) throw error;
    throw diverged(`The validation images have no scores after the last step of epoch ${epoch + 1}`, epoch);
  });
  const { accuracy, balancedAccuracy } = metricsOf(scores, dataset, validation);
  return { validationAccuracy: accuracy, validationBalancedAccuracy: balancedAccuracy };
}
