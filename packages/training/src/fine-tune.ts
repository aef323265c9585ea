import type { Runtime } from '@sdnet/autograd';
import type { Weights } from 'sdnet';
import { augmentHere } from './augment-batch.js';
import type { Dataset } from './dataset.js';
import type { Partition } from './describe-network.js';
import type { EpochRecord } from './epoch-result.js';
import { evaluate } from './evaluate.js';
import { initialVectors } from './initial-vectors.js';
import type { Metrics } from './metrics.js';
import { prepareTraining } from './prepare-training.js';
import { provenanceOf } from './provenance-of.js';
import { type Recipe, requireRecipe } from './recipe.js';
import { trainEpochs } from './train-epochs.js';
import type { TrainingProgress } from './train-epoch.js';

export interface FineTuneOptions {
  readonly runtime: Runtime;
  readonly dataset: Dataset;
  readonly partition: Partition;
  /** Weights to start from; where the classes differ, the classifier starts anew. */
  readonly init: Weights;
  readonly recipe: Recipe;
  readonly seed: number;
  /** Bytes that a step may use. */
  readonly memoryLimit: number;
  /** Threads of ONNX Runtime; default: all cores. */
  readonly threads?: number | undefined;
  /** Ends the training after the current step; what was learned until the last finished epoch is kept. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: TrainingProgress) => void) | undefined;
  readonly onEpoch?: ((record: EpochRecord) => void) | undefined;
}

/** What came of it. */
export interface FineTuned {
  /** Of the epoch with the best validation accuracy, the first of equal ones. */
  readonly weights: Weights;
  readonly history: readonly EpochRecord[];
  /** Of these weights on the validation images. */
  readonly metrics: Metrics;
  /** False where `signal` stopped it. */
  readonly finished: boolean;
}

/**
 * Fine-tunes a network on the calling thread, keeping nothing but the best weights: for a page's worker. `train` in
 * `@sdnet/lab` does the same in a run folder, with a thread for the augmentation.
 *
 * @returns undefined where the signal stopped it before an epoch was finished
 * @throws UserError where options, data and weights do not fit, a step needs too much memory, or training diverges
 */
export async function fineTune(options: FineTuneOptions): Promise<FineTuned | undefined> {
  const { runtime, dataset, partition, init, seed, memoryLimit, threads, onEpoch } = options;
  const recipe = requireRecipe(options.recipe);
  const { model, stemStride, variant } = init;
  const prepared = prepareTraining({
    ...{ dataset, partition, recipe, seed, memoryLimit, model, stemStride, variant },
    origin: init,
    startAugmenter: augmentHere,
  });
  const history: EpochRecord[] = [];
  let best: Weights | undefined;
  try {
    const vectors = initialVectors(prepared.last, prepared.description, { seed, init });
    for await (const { record, weights, isBest } of trainEpochs({
      ...options,
      ...prepared,
      recipe,
      history: [],
      vectors,
    })) {
      history.push(record);
      if (isBest) best = { ...weights, provenance: provenanceOf(options, record) };
      onEpoch?.(record);
    }
  } finally {
    await prepared.batches.close();
  }
  if (!best) return undefined;
  return {
    weights: best,
    history,
    metrics: await evaluate(runtime, best, dataset, partition.validation, { threads }),
    finished: history.length === recipe.epochs,
  };
}
