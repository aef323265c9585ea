import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  compileTrainStep,
  flattenTensors,
  initialize,
  type NamedTensor,
  type ParameterLayout,
  random,
  type Session,
  type TrainStepModel,
  unflatten,
} from '@sdnet/autograd';
import { nodeRuntime } from '@sdnet/autograd/node';
import {
  classWeights as adaptiveClassWeights,
  imageShape,
  layoutsOf,
  type NetworkDescription,
  namedTensors,
  networkOf,
  roLoss,
  type Weights,
} from 'sdnet';
import { type Batch, type TrainingBatches, trainingBatches } from './batches.js';
import { type Checkpoint, type EpochRecord, readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { classCounts, type Dataset } from './datasets/dataset.js';
import { createEvaluator, type Evaluator, metricsOf } from './evaluate.js';
import { predictedClasses } from './metrics.js';
import { pixelStatistics } from './pixel-statistics.js';
import { randomStreams } from './random-streams.js';
import { learningRateAt, optimizerOf, type Recipe, sizeAt } from './recipe.js';
import { UserError } from './user-error.js';
import { writeWeights } from './weights-file.js';
import { removeInterrupted, writeFile } from './write-file.js';

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

export interface TrainOptions {
  readonly dataset: Dataset;
  /** Samples to train on and to validate on, as indices into the data set. */
  readonly partition: { readonly train: readonly number[]; readonly validation: readonly number[] };
  /** A key of `models`. */
  readonly model: string;
  readonly recipe: Recipe;
  /** Run folder: checkpoint, log, best and last weights. Created where it does not exist. */
  readonly out: string;
  readonly seed: number;
  /** Goes on after the last finished epoch of the run in `out`. */
  readonly resume?: boolean;
  /** Weights to fine-tune from; where the classes differ, the classifier starts anew. */
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
  readonly history: readonly EpochRecord[];
  /** Validation accuracy of the weights in `best.safetensors`. */
  readonly bestAccuracy: number;
  /** False where `signal` stopped it. */
  readonly finished: boolean;
}

/** The files of a run folder. */
export const runFiles = {
  checkpoint: 'checkpoint.safetensors',
  log: 'log.jsonl',
  best: 'best.safetensors',
  last: 'last.safetensors',
} as const;

/**
 * Trains a network.
 *
 * After every epoch the run folder holds `checkpoint.safetensors`, `log.jsonl` (one line an epoch), the weights of
 * the best validation accuracy and the last. The same options, seed and processor give the same weights bit for bit,
 * also when the run was interrupted and resumed.
 *
 * @throws UserError where options and data do not fit, the run folder is not what `resume` says, the loss is no
 * number, or a file cannot be written; the last checkpoint then stays as it is
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const { dataset, partition, recipe, out, seed, threads } = options;
  const description = describeNetwork(options);
  const configuration = configurationOf(options, description);
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

  const batches = trainingBatches({
    dataset,
    indices: partition.train,
    batch: recipe.batch,
    preprocessing: description.preprocessing,
    augmentation: recipe.augmentation,
    seed,
  });
  let trainer: Trainer | undefined;
  try {
    // The folder is touched only now that options and data are known to fit.
    const checkpoint = await openRun(options, configuration);
    await options.onStart?.();
    const history: EpochRecord[] = [...(checkpoint?.history ?? [])];
    let vectors: Record<string, Float32Array> = checkpoint
      ? { ...checkpoint.vectors }
      : initialVectors(compileAt(recipe.size), options, description);
    for (let epoch = history.length; epoch < recipe.epochs; epoch++) {
      const size = sizeAt(recipe, epoch);
      if (trainer?.size !== size) {
        await releaseTrainer(trainer);
        const compiled = compileAt(size);
        trainer = {
          size,
          compiled,
          session: await nodeRuntime.createSession(compiled.model, threads === undefined ? {} : { threads }),
          // Weights are judged at the size they were trained at, and know it.
          evaluator: await createEvaluator(descriptionAt(description, size), { threads }),
        };
      }
      const result = await trainEpoch({ ...options, ...trainer, batches, epoch, history, vectors });
      if (!result)
        return { history, bestAccuracy: bestAccuracy(history, history.at(-1)?.size), finished: false };
      vectors = result.vectors;
      const kept = keptWeights(descriptionAt(description, size), vectors);
      const validation = await validate(trainer.evaluator, kept, options, epoch);
      const record: EpochRecord = { ...result.record, ...validation };
      const isBest = record.validationAccuracy > bestAccuracy(history, size);
      history.push(record);
      await writeRun({ out, configuration, history, vectors, weights: kept, isBest });
      options.onEpoch?.(record);
    }
    return { history, bestAccuracy: bestAccuracy(history, history.at(-1)?.size), finished: true };
  } finally {
    await batches.close();
    await releaseTrainer(trainer);
  }
}

const descriptionAt = (description: NetworkDescription, size: number): NetworkDescription => ({
  ...description,
  preprocessing: { ...description.preprocessing, size },
});

/** The best of the epochs trained at `size`: accuracies at different sizes are of different tasks. */
const bestAccuracy = (history: readonly EpochRecord[], size: number | undefined): number =>
  Math.max(
    -1,
    ...history.filter((record) => record.size === size).map((record) => record.validationAccuracy),
  );

function describeNetwork({ dataset, partition, model, recipe, init }: TrainOptions): NetworkDescription {
  if (partition.validation.length === 0)
    throw new UserError(
      `The data set ${dataset.name} has no validation images; training needs some to find the best weights.`,
    );
  // Fine-tuning sees images as the weights' network was taught to.
  if (init && init.model !== model)
    throw new UserError(`The weights to start from are of ${init.model}, but ${model} is to be trained.`);
  const channels = init?.preprocessing.channels ?? dataset.channels;
  const { mean, deviation } = init?.preprocessing ?? pixelStatistics(dataset, partition.train, channels);
  return {
    model,
    classNames: dataset.classNames,
    preprocessing: { size: recipe.size, channels, mean, deviation },
  };
}

/** What decides a run's result, so that a run is not resumed as another. */
function configurationOf(
  { dataset, partition, recipe, seed, init }: TrainOptions,
  description: NetworkDescription,
): string {
  return JSON.stringify({
    network: description,
    recipe,
    seed,
    dataset: { name: dataset.name, train: partition.train.length, validation: partition.validation.length },
    fineTuned: init !== undefined,
  });
}

async function openRun(
  { out, resume = false }: TrainOptions,
  configuration: string,
): Promise<Checkpoint | undefined> {
  const path = join(out, runFiles.checkpoint);
  if (!resume) {
    if (existsSync(path))
      throw new UserError(
        `${out} already holds a run. Go on with it by --resume, or choose another folder by --out.`,
      );
    await mkdir(out, { recursive: true }).catch((error: Error) => {
      throw new UserError(`The run folder ${out} could not be made: ${error.message}.`, { cause: error });
    });
    await removeInterrupted(out);
    return undefined;
  }
  if (!existsSync(path)) {
    const content = await readdir(out).catch(() => undefined);
    const found =
      content === undefined ? 'does not exist' : content.length === 0 ? 'is empty' : 'has no checkpoint';
    throw new UserError(
      `There is nothing to resume: ${out} ${found}; ${runFiles.checkpoint} is expected there. Start the run without --resume.`,
    );
  }
  await removeInterrupted(out);
  const checkpoint = await readCheckpoint(path);
  if (checkpoint.configuration !== configuration)
    throw new UserError(
      `${path} is of another run: ${differences(checkpoint.configuration, configuration)}. Resume it with the options it was started with.`,
    );
  return checkpoint;
}

/** The parts in which two configurations differ, for a message. */
function differences(before: string, now: string): string {
  const flat = (value: unknown, path: string): [string, string][] =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, entry]) => flat(entry, path ? `${path}.${key}` : key))
      : [[path, JSON.stringify(value)]];
  let old: Map<string, string>;
  try {
    old = new Map(flat(JSON.parse(before), ''));
  } catch {
    return 'its configuration cannot be read';
  }
  const current = new Map(flat(JSON.parse(now), ''));
  return [...new Set([...old.keys(), ...current.keys()])]
    .filter((key) => old.get(key) !== current.get(key))
    .map((key) => `${key} was ${old.get(key) ?? 'not set'}, now ${current.get(key) ?? 'not set'}`)
    .join('; ');
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

function initialVectors(
  model: TrainStepModel,
  { seed, init }: TrainOptions,
  description: NetworkDescription,
): Record<string, Float32Array> {
  let parameters = initialize(model.parameters, seed);
  let statistics = initialize(model.statistics, seed);
  if (init) {
    const given = namedTensors(init);
    if (init.classNames.join() !== description.classNames.join())
      for (const name of classifierTensors(description)) given.delete(name);
    parameters = merged(model.parameters, parameters, given);
    statistics = merged(model.statistics, statistics, given);
  }
  const vectors: Record<string, Float32Array> = {};
  for (const [name, length] of Object.entries(model.vectors)) vectors[name] = new Float32Array(length);
  const start = { parameters, statistics, averageParameters: parameters, averageStatistics: statistics };
  for (const [name, vector] of Object.entries(start)) if (name in vectors) vectors[name] = vector.slice();
  return vectors;
}

/** The names of the tensors that belong to the classes: those that another class would make larger. */
function classifierTensors(description: NetworkDescription): string[] {
  const { parameters } = layoutsOf(description);
  const { parameters: larger } = layoutsOf({
    ...description,
    classNames: [...description.classNames, 'another'],
  });
  return parameters.entries.flatMap(({ name, size }, index) =>
    size === larger.entries[index]!.size ? [] : [name],
  );
}

/** A flat vector in which `tensors` take the place of their namesakes. */
const merged = (
  layout: ParameterLayout,
  vector: Float32Array,
  tensors: ReadonlyMap<string, NamedTensor>,
): Float32Array => flattenTensors(layout, new Map([...unflatten(layout, vector), ...tensors]));

/** A train step ready to run on images of one size. */
interface Trainer {
  readonly size: number;
  readonly compiled: TrainStepModel;
  readonly session: Session;
  readonly evaluator: Evaluator;
}

async function releaseTrainer(trainer: Trainer | undefined): Promise<void> {
  await trainer?.session.release();
  await trainer?.evaluator.release();
}

interface EpochContext extends TrainOptions, Trainer {
  readonly batches: TrainingBatches;
  readonly epoch: number;
  readonly history: readonly EpochRecord[];
  readonly vectors: Readonly<Record<string, Float32Array>>;
}

type TrainingPart = Omit<EpochRecord, 'validationAccuracy' | 'validationBalancedAccuracy'>;

/** One epoch of training steps; undefined where the signal stopped it. */
async function trainEpoch(
  context: EpochContext,
): Promise<{ vectors: Record<string, Float32Array>; record: TrainingPart } | undefined> {
  const { batches, recipe, epoch, size, history, session, signal, onProgress } = context;
  const { steps } = batches;
  const optimizer = optimizerOf(recipe);
  const accuracies = history.map(({ validationAccuracy }) => validationAccuracy);
  let vectors = { ...context.vectors };
  let lossSum = 0;
  let correct = 0;
  let step = 0;
  let learningRate = 0;
  const started = performance.now();
  for await (const batch of batches.epoch({ epoch, size })) {
    if (signal?.aborted) return undefined;
    learningRate = learningRateAt(recipe, epoch + step / steps, accuracies);
    const globalStep = epoch * steps + step;
    const scalars: Record<string, number> = {
      ...optimizer.scalars(globalStep + 1, learningRate),
      // Early on, a short memory: the first weights are soon forgotten.
      ...(recipe.averageDecay !== undefined && {
        averageDecay: Math.min(recipe.averageDecay, (1 + globalStep) / (10 + globalStep)),
      }),
    };
    const outputs = await session.run(feeds(context, batch, vectors, scalars, step));
    const loss = outputs.loss!.data[0]!;
    if (!Number.isFinite(loss) || !Number.isFinite(outputs.gradientNorm!.data[0]))
      throw diverged(
        `The loss is ${loss} and the gradient's norm ${outputs.gradientNorm!.data[0]} at step ${step + 1} of epoch ${epoch + 1}`,
        epoch,
      );
    vectors = Object.fromEntries(Object.keys(vectors).map((name) => [name, outputs[`next.${name}`]!.data]));
    lossSum += loss;
    correct += countCorrect(outputs.output!.data, batch.targets, context.dataset.classNames.length);
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
      secondsLeft: (seconds / step) * (steps - step + (recipe.epochs - epoch - 1) * steps),
    });
  }
  // The last step's loss says nothing of the weights it made.
  for (const vector of Object.values(vectors))
    if (!vector.every(Number.isFinite))
      throw diverged(`The weights are not finite after step ${step} of epoch ${epoch + 1}`, epoch);
  const seconds = (performance.now() - started) / 1000;
  return {
    vectors,
    record: {
      epoch: epoch + 1,
      size,
      learningRate,
      loss: lossSum / steps,
      trainingAccuracy: correct / (steps * recipe.batch),
      imagesPerSecond: (steps * recipe.batch) / seconds,
      seconds,
    },
  };
}

const diverged = (what: string, finishedEpochs: number): UserError =>
  new UserError(
    `${what}: training has diverged. ` +
      `${finishedEpochs === 0 ? 'No epoch was finished' : `The checkpoint after epoch ${finishedEpochs} is kept`}. ` +
      "Try a lower learning rate, or a limit on the gradient's norm (clipNorm).",
  );

function feeds(
  { recipe, dataset, seed, epoch, size, compiled }: EpochContext,
  { images, targets }: Batch,
  vectors: Readonly<Record<string, Float32Array>>,
  scalars: Readonly<Record<string, number>>,
  step: number,
) {
  const channels = images.length / (recipe.batch * size * size);
  const tensors: Record<string, { shape: readonly number[]; data: Float32Array }> = {
    images: { shape: [recipe.batch, channels, size, size], data: images },
    targets: { shape: [recipe.batch, dataset.classNames.length], data: targets },
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
  const scores = await evaluator.scores(weights, dataset, partition.validation);
  if (scores.some(Number.isNaN))
    throw diverged(`The validation images have no scores after the last step of epoch ${epoch + 1}`, epoch);
  const { accuracy, balancedAccuracy } = metricsOf(scores, dataset, partition.validation);
  return { validationAccuracy: accuracy, validationBalancedAccuracy: balancedAccuracy };
}

/** The checkpoint last: whatever a crash leaves, resuming writes the rest again, the same. */
async function writeRun(run: {
  out: string;
  configuration: string;
  history: readonly EpochRecord[];
  vectors: Readonly<Record<string, Float32Array>>;
  weights: Weights;
  isBest: boolean;
}): Promise<void> {
  const { out, configuration, history, vectors, weights, isBest } = run;
  if (isBest) await writeWeights(join(out, runFiles.best), weights);
  await writeWeights(join(out, runFiles.last), weights);
  await writeFile(join(out, runFiles.log), history.map((record) => `${JSON.stringify(record)}\n`).join(''));
  await writeCheckpoint(join(out, runFiles.checkpoint), { configuration, history, vectors });
}
