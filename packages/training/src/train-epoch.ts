import { random, type Session, type TrainStepModel } from '@sdnet/autograd';
import { type Preprocessing, UserError } from 'sdnet';
import type { Batch, TrainingBatches } from './batches.js';
import type { EpochResult } from './epoch-result.js';
import { predictedClasses } from './metrics.js';
import { randomStreams } from './random-streams.js';
import { learningRateAt, optimizerOf, type Recipe, sizeAt } from './recipe.js';
import type { Teachers } from './teachers.js';

/** Where a training run stands, reported after every step. */
export interface TrainingProgress {
  readonly epoch: number;
  readonly epochs: number;
  /** Steps done in this epoch. */
  readonly step: number;
  readonly steps: number;
  /** Mean over this epoch so far. */
  readonly loss: number;
  readonly trainingAccuracy: number;
  readonly imagesPerSecond: number;
  /** Estimate for all remaining epochs. */
  readonly secondsLeft: number;
}

/** What an epoch needs to know. */
export interface EpochContext {
  readonly recipe: Recipe;
  readonly seed: number;
  readonly classes: number;
  /** The train step, compiled for images of side `size`. */
  readonly size: number;
  readonly compiled: TrainStepModel;
  readonly session: Session;
  readonly batches: TrainingBatches;
  /** What the images are normalised with. */
  readonly preprocessing: Preprocessing;
  /** Where the recipe has distillation. */
  readonly teachers?: Teachers | undefined;
  /** From 0. */
  readonly epoch: number;
  readonly history: readonly EpochResult[];
  /** How long the last validation took; 0 before the first. */
  readonly validationSeconds: number;
  /** What the train step takes and gives: parameters, statistics, optimizer state, averages. */
  readonly vectors: Readonly<Record<string, Float32Array>>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: TrainingProgress) => void) | undefined;
}

/** An epoch of training steps. */
export interface TrainedEpoch {
  readonly vectors: Record<string, Float32Array>;
  readonly training: Omit<EpochResult, 'validationAccuracy' | 'validationBalancedAccuracy'>;
  readonly imagesPerSecond: number;
  readonly seconds: number;
}

/** One epoch of training steps; undefined where the signal stopped it. */
export async function trainEpoch(context: EpochContext): Promise<TrainedEpoch | undefined> {
  const { batches, recipe, epoch, size, history, session, signal, onProgress, validationSeconds } = context;
  const { steps } = batches;
  const optimizer = optimizerOf(recipe);
  let vectors = { ...context.vectors };
  let lossSum = 0;
  let correct = 0;
  let step = 0;
  let learningRate = 0;
  // Later epochs may have larger images.
  const remaining = Array.from(
    { length: recipe.epochs - epoch - 1 },
    (_, later) => sizeAt(recipe, epoch + 1 + later) ** 2 / size ** 2,
  ).reduce((sum, share) => sum + share, 0);
  const started = performance.now();
  for await (const batch of batches.epoch({ epoch, size })) {
    if (signal?.aborted) return undefined;
    learningRate = learningRateAt(recipe, epoch + step / steps, history);
    const globalStep = epoch * steps + step;
    const scalars: Record<string, number> = {
      ...optimizer.scalars(globalStep + 1, learningRate),
      // Early on, a short memory: the first weights are soon forgotten.
      ...(recipe.averageDecay !== undefined && {
        averageDecay: Math.min(recipe.averageDecay, (1 + globalStep) / (10 + globalStep)),
      }),
    };
    const targets = await targetsOf(context, batch);
    const outputs = await session.run(feeds(context, { ...batch, targets }, vectors, scalars, step));
    const loss = outputs.loss!.data[0]!;
    if (!Number.isFinite(loss) || !Number.isFinite(outputs.gradientNorm!.data[0]))
      throw diverged(
        `The loss is ${loss} and the gradient's norm ${outputs.gradientNorm!.data[0]} at step ${step + 1} of epoch ${epoch + 1}`,
        epoch,
      );
    vectors = Object.fromEntries(Object.keys(vectors).map((name) => [name, outputs[`next.${name}`]!.data]));
    lossSum += loss;
    correct += countCorrect(outputs.output!.data, batch.targets, context.classes);
    step++;
    const seconds = (performance.now() - started) / 1000;
    onProgress?.({
      epoch: epoch + 1,
      epochs: recipe.epochs,
      step,
      steps,
      loss: lossSum / step,
      trainingAccuracy: correct / (step * recipe.batch),
      imagesPerSecond: (step * recipe.batch) / seconds,
      secondsLeft:
        (seconds / step) * (steps - step) + remaining * (steps * (seconds / step) + validationSeconds),
    });
  }
  // The last step's loss says nothing of the weights it made.
  for (const vector of Object.values(vectors))
    if (!vector.every(Number.isFinite))
      throw diverged(`The weights are not finite after step ${step} of epoch ${epoch + 1}`, epoch);
  const seconds = (performance.now() - started) / 1000;
  return {
    vectors,
    training: {
      epoch: epoch + 1,
      size,
      learningRate,
      loss: lossSum / steps,
      trainingAccuracy: correct / (steps * recipe.batch),
    },
    imagesPerSecond: (steps * recipe.batch) / seconds,
    seconds,
  };
}

/** The error that stops a training whose numbers have left the finite ones. */
export const diverged = (what: string, finishedEpochs: number): UserError =>
  new UserError(
    `${what}: training has diverged. ` +
      `${finishedEpochs === 0 ? 'No epoch was finished' : `The checkpoint after epoch ${finishedEpochs} is kept`}. ` +
      "Try a lower learning rate, or a limit on the gradient's norm (clipNorm).",
  );

/** A row for each image: the label's values and, with teachers, their scores of the same image. */
async function targetsOf(
  { teachers, preprocessing, classes }: EpochContext,
  { images, targets }: Batch,
): Promise<Float32Array> {
  if (!teachers) return targets;
  const softTargets = await teachers.softTargets(images, preprocessing);
  const both = new Float32Array(2 * targets.length);
  for (let start = 0; start < targets.length; start += classes) {
    both.set(targets.subarray(start, start + classes), 2 * start);
    both.set(softTargets.subarray(start, start + classes), 2 * start + classes);
  }
  return both;
}

function feeds(
  { recipe, seed, epoch, size, compiled }: EpochContext,
  { images, targets }: Pick<Batch, 'images' | 'targets'>,
  vectors: Readonly<Record<string, Float32Array>>,
  scalars: Readonly<Record<string, number>>,
  step: number,
) {
  const channels = images.length / (recipe.batch * size * size);
  const tensors: Record<string, { shape: readonly number[]; data: Float32Array }> = {
    images: { shape: [recipe.batch, channels, size, size], data: images },
    targets: { shape: [recipe.batch, targets.length / recipe.batch], data: targets },
  };
  for (const [name, data] of Object.entries(vectors)) tensors[name] = { shape: [data.length], data };
  for (const [name, value] of Object.entries(scalars))
    tensors[name] = { shape: [1], data: Float32Array.of(value) };
  const source = random(seed, epoch, step, randomStreams.dropout);
  for (const { name, shape, rate } of compiled.dropoutMasks) {
    const length = shape.reduce((product, dimension) => product * dimension, 1);
    const data = Float32Array.from({ length }, () => (source.uniform() < rate ? 0 : 1 / (1 - rate)));
    tensors[name] = { shape, data };
  }
  return tensors;
}

function countCorrect(logits: Float32Array, targets: Float32Array, classes: number): number {
  const truth = predictedClasses(targets, classes);
  return predictedClasses(logits, classes).filter((predicted, index) => predicted === truth[index]).length;
}
