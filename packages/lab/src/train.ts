import { join } from 'node:path';
import { compileTrainStep, type Session, type TrainStepModel } from '@sdnet/autograd';
import { nodeRuntime } from '@sdnet/autograd/node';
import {
  classWeights as adaptiveClassWeights,
  imageShape,
  layoutsOf,
  type NetworkDescription,
  networkOf,
  roLoss,
  ScoresError,
  type StemStride,
  type Weights,
} from 'sdnet';
import { trainingBatches } from './batches.js';
import type { Checkpoint, EpochRecord, EpochResult } from './checkpoint.js';
import { classCounts, type Dataset } from './datasets/dataset.js';
import { createEvaluator, type Evaluator, metricsOf } from './evaluate.js';
import { initialVectors } from './initial-vectors.js';
import { memoryLimit } from './machine.js';
import { pixelStatistics } from './pixel-statistics.js';
import { optimizerOf, type Recipe, requireRecipe, sizeAt } from './recipe.js';
import { type RunConfiguration, runConfiguration, weightsDigest } from './run-configuration.js';
import {
  logMachine,
  makeRunFolder,
  requireCheckpoint,
  requireSameRun,
  requireSameThreads,
  runFiles,
  writeEpoch,
  writeStart,
} from './run-folder.js';
import { lockRun } from './run-lock.js';
import { diverged, trainEpoch, type TrainingProgress } from './train-epoch.js';
import { UserError } from './user-error.js';
import { removeInterrupted } from './write-file.js';

export interface TrainOptions {
  readonly dataset: Dataset;
  /** Samples to train on and to validate on, as indices into the data set. */
  readonly partition: { readonly train: readonly number[]; readonly validation: readonly number[] };
  /** A key of `models`. */
  readonly model: string;
  /** Stride of the first convolution, where the network offers it; default: the official network's. */
  readonly stemStride?: StemStride | undefined;
  readonly recipe: Recipe;
  /** Run folder: checkpoint, log, best and last weights. Created where it does not exist. */
  readonly out: string;
  readonly seed: number;
  /** Goes on after the last finished epoch of the run in `out`; to more epochs than before, if none depends on their number. */
  readonly resume?: boolean;
  /** Weights to fine-tune from; where the classes differ, the classifier starts anew. A resumed run needs them no more. */
  readonly init?: Weights | undefined;
  /** Threads of ONNX Runtime; default: all cores. */
  readonly threads?: number | undefined;
  /** Stops the run after the current step; it can be resumed from its last finished epoch. */
  readonly signal?: AbortSignal | undefined;
  /** Called when the run folder is there, before the first step. */
  readonly onStart?: (() => Promise<void>) | undefined;
  readonly onProgress?: ((progress: TrainingProgress) => void) | undefined;
  readonly onEpoch?: ((record: EpochRecord) => void) | undefined;
}

export interface TrainResult {
  readonly history: readonly EpochResult[];
  /** Validation accuracy of the weights in `best.safetensors`. */
  readonly bestAccuracy: number;
  /** False where `signal` stopped it. */
  readonly finished: boolean;
}

/**
 * Trains a network.
 *
 * After every epoch the run folder holds `checkpoint.safetensors` (which is there from the start), `log.jsonl` (one line
 * an epoch), the weights of the best validation accuracy and the last. The same options, seed and processor give the same
 * weights and checkpoint bit for bit, on any number of threads up to eight, also when the run was interrupted and resumed.
 *
 * @throws UserError where options and data do not fit, the run folder is not what `resume` says, the loss is no
 * number, or a file cannot be written; the last checkpoint then stays as it is
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const recipe = requireRecipe(options.recipe);
  const { dataset, partition, out, seed, threads } = options;
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new UserError(`The seed is ${seed}; a whole number from 0 is expected.`);
  const checkpoint = options.resume ? await requireCheckpoint(out) : undefined;
  const origin = originOf(options, checkpoint);
  const description = describeNetwork({ ...options, recipe }, origin);
  const configuration = JSON.stringify(
    runConfiguration(description, { ...options, recipe }, origin?.digest ?? false),
  );
  const classWeights = recipe.loss.classWeights
    ? trainingClassWeights(dataset, partition.train)
    : dataset.classNames.map(() => 1);
  const compileAt = (size: number): TrainStepModel =>
    compileTrainStep({
      network: networkOf(description),
      image: imageShape({ ...description.preprocessing, size }),
      batch: recipe.batch,
      classes: dataset.classNames.length,
      loss: (logits, targets) =>
        roLoss(logits, targets, { lambda1: recipe.loss.lambda1, lambda2: recipe.loss.lambda2, classWeights }),
      optimizer: optimizerOf(recipe),
      averaging: recipe.averageDecay !== undefined,
      ...(recipe.clipNorm !== undefined && { clipNorm: recipe.clipNorm }),
    });
  // Later sizes are the largest.
  const last = compileAt(recipe.size);
  requireMemory(last, recipe.batch, recipe.size);

  const batches = trainingBatches({
    dataset,
    indices: partition.train,
    batch: recipe.batch,
    preprocessing: description.preprocessing,
    augmentation: recipe.augmentation,
    seed,
  });
  let trainer: Trainer | undefined;
  let unlock: (() => Promise<void>) | undefined;
  try {
    if (checkpoint) {
      requireSameRun(out, checkpoint, configuration);
      await requireSameThreads(out, threads);
    }
    // The folder is touched only now that options and data are known to fit.
    else await makeRunFolder(out);
    unlock = await lockRun(out);
    await removeInterrupted(out);
    const history: EpochResult[] = [...(checkpoint?.history ?? [])];
    if (history.length < recipe.epochs) await logMachine(out, { epoch: history.length + 1, threads });
    await options.onStart?.();
    let vectors: Record<string, Float32Array> = checkpoint
      ? { ...checkpoint.vectors }
      : initialVectors(last, description, options);
    if (!checkpoint) await writeStart({ out, configuration, history, vectors });
    let validationSeconds = 0;
    for (let epoch = history.length; epoch < recipe.epochs; epoch++) {
      const size = sizeAt(recipe, epoch);
      if (trainer?.size !== size) {
        const former = trainer;
        trainer = undefined;
        await releaseTrainer(former);
        const compiled = compileAt(size);
        requireVectors(vectors, compiled, out);
        trainer = await createTrainer(compiled, descriptionAt(description, size), threads);
      }
      const result = await trainEpoch({
        ...options,
        recipe,
        ...trainer,
        classes: dataset.classNames.length,
        batches,
        epoch,
        history,
        vectors,
        validationSeconds,
      });
      if (!result)
        return { history, bestAccuracy: bestAccuracy(history, history.at(-1)?.size), finished: false };
      vectors = result.vectors;
      const kept = keptWeights(descriptionAt(description, size), vectors);
      const validationStarted = performance.now();
      const validation = await validate(trainer.evaluator, kept, options, epoch);
      validationSeconds = (performance.now() - validationStarted) / 1000;
      const { imagesPerSecond, seconds } = result;
      const epochResult: EpochResult = { ...result.training, ...validation };
      const record: EpochRecord = { ...epochResult, imagesPerSecond, seconds };
      const isBest = record.validationAccuracy > bestAccuracy(history, size);
      history.push(epochResult);
      await writeEpoch({ out, configuration, history, vectors }, { record, weights: kept, isBest });
      options.onEpoch?.(record);
    }
    return { history, bestAccuracy: bestAccuracy(history, history.at(-1)?.size), finished: true };
  } finally {
    await batches.close();
    await releaseTrainer(trainer);
    await unlock?.();
  }
}

const descriptionAt = (description: NetworkDescription, size: number): NetworkDescription => ({
  ...description,
  preprocessing: { ...description.preprocessing, size },
});

/** The best of the epochs trained at `size`: accuracies at different sizes are of different tasks. */
const bestAccuracy = (history: readonly EpochResult[], size: number | undefined): number =>
  Math.max(
    -1,
    ...history.filter((record) => record.size === size).map((record) => record.validationAccuracy),
  );

/** What a fine-tuned run has from the weights it starts from. */
interface Origin extends Pick<NetworkDescription, 'model' | 'stemStride' | 'preprocessing'> {
  readonly digest: string;
}

/** A run that goes on knows what it was fine-tuned from: the weights need not be at hand any more. */
function originOf({ init }: TrainOptions, checkpoint: Checkpoint | undefined): Origin | undefined {
  if (init) return { ...init, digest: weightsDigest(init) };
  if (!checkpoint) return undefined;
  const { network, fineTuned }: RunConfiguration = JSON.parse(checkpoint.configuration);
  return fineTuned ? { ...network, digest: fineTuned } : undefined;
}

function describeNetwork(options: TrainOptions, origin: Origin | undefined): NetworkDescription {
  const { dataset, partition, model, stemStride, recipe } = options;
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
  // Fine-tuning sees images as the weights' network was taught to.
  const stride = origin?.stemStride ?? stemStride;
  const channels = origin?.preprocessing.channels ?? dataset.channels;
  const { mean, deviation } = origin?.preprocessing ?? pixelStatistics(dataset, partition.train, channels);
  const description: NetworkDescription = {
    model,
    classNames: dataset.classNames,
    preprocessing: { size: recipe.size, channels, mean, deviation },
    ...(stride !== undefined && { stemStride: stride }),
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

/** Where a step needs more memory than there is, the system would end the process without a word. */
function requireMemory({ activationBytes }: TrainStepModel, batch: number, size: number): void {
  const limit = memoryLimit();
  // The forward pass's feature maps, and as much again for their gradients and what else the step works with.
  const needed = 2 * activationBytes;
  if (needed <= limit) return;
  const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  throw new UserError(
    `A step of ${batch} images of ${size}×${size} needs about ${gib(needed)} of memory, and there are ` +
      `${gib(limit)}. Choose a smaller --batch.`,
  );
}

function requireVectors(
  vectors: Readonly<Record<string, Float32Array>>,
  compiled: TrainStepModel,
  out: string,
): void {
  const lengths = (entries: [string, number][]) =>
    entries
      .map(([name, length]) => `${name} ${length}`)
      .sort()
      .join(', ');
  const found = lengths(Object.entries(vectors).map(([name, { length }]) => [name, length]));
  const expected = lengths(Object.entries(compiled.vectors));
  if (found !== expected)
    throw new UserError(
      `${join(out, runFiles.checkpoint)}: holds the vectors ${found} where ${expected} are expected. Start the run anew.`,
    );
}

function trainingClassWeights(dataset: Dataset, indices: readonly number[]): number[] {
  const counts = classCounts(dataset, indices);
  const missing = counts.indexOf(0);
  if (missing !== -1)
    throw new UserError(
      `The data set ${dataset.name} has no training image of the class ${dataset.classNames[missing]}, so it has no class weight.`,
    );
  return adaptiveClassWeights(counts);
}

/** A train step ready to run on images of one size. */
interface Trainer {
  readonly size: number;
  readonly compiled: TrainStepModel;
  readonly session: Session;
  readonly evaluator: Evaluator;
}

async function createTrainer(
  compiled: TrainStepModel,
  description: NetworkDescription,
  threads: number | undefined,
): Promise<Trainer> {
  // Weights are judged at the size they were trained at, and know it.
  const evaluator = await createEvaluator(description, { threads });
  try {
    const session = await nodeRuntime.createSession(compiled.model, threads === undefined ? {} : { threads });
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
  { dataset, partition }: TrainOptions,
  epoch: number,
) {
  const scores = await evaluator.scores(weights, dataset, partition.validation).catch((error: unknown) => {
    if (!(error instanceof ScoresError)) throw error;
    throw diverged(`The validation images have no scores after the last step of epoch ${epoch + 1}`, epoch);
  });
  const { accuracy, balancedAccuracy } = metricsOf(scores, dataset, partition.validation);
  return { validationAccuracy: accuracy, validationBalancedAccuracy: balancedAccuracy };
}
