import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TrainStepModel } from '@sdnet/autograd';
import { nodeRuntime } from '@sdnet/autograd/node';
import {
  bestAccuracy,
  type Dataset,
  describeNetwork,
  type EpochRecord,
  type EpochResult,
  initialVectors,
  type Origin,
  type Partition,
  type PreparedTraining,
  prepareTraining,
  provenanceOf,
  type Recipe,
  requireRecipe,
  requireTeachers,
  trainEpochs,
  type TrainingProgress,
  UserError,
} from '@sdnet/training';
import type { StemStride, Variant, Weights } from 'sdnet';
import { removeInterrupted } from '../files/write-file.js';
import type { Checkpoint } from '../runs/checkpoint.js';
import { memoryLimit } from '../runs/machine.js';
import { type RunConfiguration, runConfiguration, weightsDigest } from '../runs/run-configuration.js';
import { finishedWithoutCheckpoint, isWithoutCheckpoint } from '../runs/finished-without-checkpoint.js';
import {
  logMachine,
  makeRunFolder,
  requireCheckpoint,
  requireNoRun,
  requireRun,
  requireSameRun,
  requireSameThreads,
  runFiles,
  writeEpoch,
  writeStart,
} from '../runs/run-folder.js';
import { lockRun, removeLeftLock, type RunLock } from '../runs/run-lock.js';
import { startAugmentingThread } from './augmenting-thread.js';

export interface TrainOptions {
  readonly dataset: Dataset;
  readonly partition: Partition;
  /** A key of `models`. */
  readonly model: string;
  /** Stride of the first convolution, where the network offers it; default: the official network's. */
  readonly stemStride?: StemStride | undefined;
  /** SDNet without one of its parts; default: whole. */
  readonly variant?: Variant | undefined;
  readonly recipe: Recipe;
  /** Run folder: checkpoint, log, best and last weights. Created where it does not exist. */
  readonly out: string;
  readonly seed: number;
  /** Goes on after the last finished epoch of the run in `out`; to more epochs than before, if none depends on their number. */
  readonly resume?: boolean;
  /** Weights to fine-tune from; where the classes differ, the classifier starts anew. A resumed run needs them no more. */
  readonly init?: Weights | undefined;
  /** Networks to learn from, where the recipe has distillation; a resumed run needs the same ones again. */
  readonly teachers?: readonly Weights[] | undefined;
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
  const { out, seed } = options;
  const recipe = requireRecipe(options.recipe);
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new UserError(`The seed is ${seed}; a whole number from 0 is expected.`);
  requireTeachers(recipe, options.teachers);
  if (options.resume) {
    requireRun(out);
    return whileLocked(out, async (lock) => {
      const checkpoint = await requireCheckpoint(out);
      return whilePrepared({ ...options, recipe }, checkpoint, async (prepared) => {
        requireSameRun(out, checkpoint, prepared.configuration);
        await requireSameThreads(out, options.threads);
        requireNotBeyond(out, checkpoint.history, recipe);
        return trainPrepared({ ...options, recipe }, prepared, { lock, ...checkpoint });
      });
    });
  }
  return whilePrepared({ ...options, recipe }, undefined, async (prepared) => {
    // The folder is touched only now that options and data are known to fit.
    await makeRunFolder(out);
    return whileLocked(out, async (lock) => {
      await requireNoRun(out);
      const vectors = initialVectors(prepared.last, prepared.description, options);
      return trainPrepared({ ...options, recipe }, prepared, { lock, history: [], vectors });
    });
  });
}

async function whileLocked<Result>(out: string, work: (lock: RunLock) => Promise<Result>): Promise<Result> {
  const lock = await lockRun(out);
  try {
    return await work(lock);
  } finally {
    await lock.release();
  }
}

/**
 * Whether the run in the folder `out` is the one that the options name, and has trained all of the recipe's epochs. It is
 * only looked at, and a lock that a kill left at its end is removed. Of a run whose checkpoint was not kept, the last weights and the log are.
 *
 * @returns its epochs; undefined where the folder holds no run, or one that has to go on
 * @throws UserError where it is another run, or has trained for more epochs; the message says what is different
 */
export async function finishedRun(options: TrainOptions): Promise<readonly EpochResult[] | undefined> {
  const { out } = options;
  const recipe = requireRecipe(options.recipe);
  if (isWithoutCheckpoint(out)) {
    if (options.init ?? recipe.distillation)
      throw new UserError(
        `The run in ${out} has no checkpoint, and its last weights do not say which others it learnt from. Restore ` +
          `${runFiles.checkpoint} from a copy, or name another folder by --out.`,
      );
    return finishedWithoutCheckpoint(out, { ...options, recipe, description: describeNetwork(options) });
  }
  if (!existsSync(join(out, runFiles.checkpoint))) return undefined;
  const checkpoint = await requireCheckpoint(out);
  requireSameRun(out, checkpoint, configurationOf(options));
  const { history } = checkpoint;
  requireNotBeyond(out, history, recipe);
  if (history.length < recipe.epochs) return undefined;
  await removeLeftLock(out);
  return history;
}

function requireNotBeyond(out: string, { length }: readonly EpochResult[], { epochs }: Recipe): void {
  if (length > epochs)
    throw new UserError(
      `The run in ${out} has trained for ${length} epochs, more than the ${epochs} that are asked for. Name ` +
        'as many, or another folder.',
    );
}

/**
 * What decides the result of a run that begins, as canonical JSON.
 *
 * @throws UserError where options and data do not fit
 */
export function configurationOf(options: TrainOptions): string {
  const recipe = requireRecipe(options.recipe);
  // Fine-tuned from the weights that are named, and from none where none are.
  const origin = originOf(options, undefined);
  const description = describeNetwork({ ...options, recipe }, origin);
  return JSON.stringify(runConfiguration(description, { ...options, recipe }, origin?.digest ?? false));
}

/** What a run needs besides its state. */
interface Prepared extends PreparedTraining {
  /** As canonical JSON. */
  readonly configuration: string;
}

async function whilePrepared<Result>(
  options: TrainOptions,
  checkpoint: Checkpoint | undefined,
  work: (prepared: Prepared) => Promise<Result>,
): Promise<Result> {
  const origin = originOf(options, checkpoint);
  const prepared = prepareTraining({
    ...options,
    origin,
    memoryLimit: memoryLimit(),
    startAugmenter: startAugmentingThread,
  });
  try {
    const configuration = runConfiguration(prepared.description, options, origin?.digest ?? false);
    return await work({ ...prepared, configuration: JSON.stringify(configuration) });
  } finally {
    await prepared.batches.close();
  }
}

/** Where a run stands, in a folder that is its own. */
interface RunStart extends Pick<Checkpoint, 'history' | 'vectors'> {
  readonly lock: RunLock;
}

async function trainPrepared(
  options: TrainOptions,
  prepared: Prepared,
  { lock, vectors, ...start }: RunStart,
): Promise<TrainResult> {
  const { out, recipe, threads } = options;
  const { configuration } = prepared;
  let { history } = start;
  // The numbers of a step do not depend on the images' size.
  requireVectors(vectors, prepared.last, out);
  await removeInterrupted(out, { all: true });
  if (history.length < recipe.epochs) await logMachine(out, { epoch: history.length + 1, threads });
  await options.onStart?.();
  if (history.length === 0) await writeStart({ out, lock, configuration, history, vectors });
  const epochs = trainEpochs({ ...options, ...prepared, runtime: nodeRuntime, history, vectors });
  for await (const { record, weights, isBest, ...finished } of epochs) {
    ({ history } = finished);
    const provenance = provenanceOf(options, record);
    await writeEpoch(
      { out, lock, configuration, ...finished },
      { record, weights: { ...weights, provenance }, isBest },
    );
    options.onEpoch?.(record);
  }
  return {
    history,
    bestAccuracy: bestAccuracy(history, history.at(-1)?.size),
    finished: history.length >= recipe.epochs,
  };
}

/** What a fine-tuned run has from the weights it starts from. */
interface KnownOrigin extends Origin {
  readonly digest: string;
}

/** A run that goes on knows what it was fine-tuned from: the weights need not be at hand any more. */
function originOf({ init }: TrainOptions, checkpoint: Checkpoint | undefined): KnownOrigin | undefined {
  if (init) return { ...init, digest: weightsDigest(init) };
  if (!checkpoint) return undefined;
  const { network, fineTuned }: RunConfiguration = JSON.parse(checkpoint.configuration);
  return fineTuned ? { ...network, digest: fineTuned } : undefined;
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
