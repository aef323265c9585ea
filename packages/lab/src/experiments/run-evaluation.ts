import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { nodeRuntime } from '@sdnet/autograd/node';
import {
  classCounts,
  classWeightsOf,
  createEvaluator,
  type EpochResult,
  type Metrics,
  metricsOf,
  type Reliability,
  reliability,
  UserError,
} from '@sdnet/training';
import { inspectNetwork, readWeights } from 'sdnet';
import { datasetDigest } from '../datasets/dataset-digest.js';
import { type ImagePrediction, imagePredictions } from '../evaluation/predictions.js';
import { readText } from '../files/read-text.js';
import { writeFile } from '../files/write-file.js';
import { weightsDigest } from '../runs/run-configuration.js';
import { runFiles } from '../runs/run-folder.js';
import type { ExperimentRun } from './experiment-run.js';

/** Everything that tables and reports need of a run, the same bytes for the same run. */
export interface RunEvaluation extends Metrics {
  readonly format: 'sdnet-evaluation';
  readonly version: 1;
  readonly run: string;
  readonly model: string;
  readonly recipe: ExperimentRun['recipe'];
  readonly seed: number;
  readonly classNames: readonly string[];
  /** Training images of each class, and what each of them weighs in the loss (eq. 1–3; 1 where the recipe has no weights). */
  readonly classCounts: readonly number[];
  readonly classWeights: readonly number[];
  /** The last epoch's: none is picked by the images it is judged by. */
  readonly epoch: number;
  /** SHA-256 of the weights and of the images they are judged by. */
  readonly weights: string;
  readonly evaluated: string;
  readonly parameters: number;
  readonly multiplyAdds: number;
  readonly history: readonly EpochResult[];
  readonly reliability: Reliability;
  /** The same weights on the training images, as they are: without augmentation. Only where it is asked for. */
  readonly training?: Pick<Metrics, 'samples' | 'accuracy' | 'balancedAccuracy'>;
  readonly predictions: readonly ImagePrediction[];
}

/** Below the experiment's folder. */
export const evaluationsFolder = 'evaluations';

/** In bytes; a million images have about as many. */
const largest = 400_000_000;

/**
 * Judges the last epoch's weights of a finished run by its validation images, each seen once, and keeps the result in
 * `<out>/evaluations/<run>.json`; where that is there already, of the same weights and images, it is read.
 *
 * @param options training: also judges them by the training images
 */
export async function evaluateRun(
  out: string,
  run: ExperimentRun,
  history: readonly EpochResult[],
  { training = false }: { readonly training?: boolean } = {},
): Promise<RunEvaluation> {
  const file = join(out, evaluationsFolder, `${run.name}.json`);
  const weights = await readWeights(join(run.out, runFiles.last));
  const { dataset, partition, recipe, seed, threads } = run;
  const indices = partition.validation;
  const digests = { weights: weightsDigest(weights), evaluated: datasetDigest(dataset, indices) };
  const kept = readEvaluation(file);
  const isKept =
    kept?.weights === digests.weights &&
    kept.evaluated === digests.evaluated &&
    kept?.classWeights !== undefined;
  if (isKept && (kept.training || !training)) return kept;

  const { classNames, model } = weights;
  const evaluator = await createEvaluator(nodeRuntime, weights, { threads });
  let scores: Float32Array;
  let trained: Metrics | undefined;
  try {
    scores = await evaluator.scores(weights, dataset, indices);
    if (training)
      trained = metricsOf(
        await evaluator.scores(weights, dataset, partition.train),
        dataset,
        partition.train,
      );
  } finally {
    await evaluator.release();
  }
  const judged = metricsOf(scores, dataset, indices);
  requireLogged(run, history.at(-1)!, judged);
  const { parameters, multiplyAdds } = inspectNetwork(weights);
  const evaluation: RunEvaluation = {
    format: 'sdnet-evaluation',
    version: 1,
    run: run.name,
    model,
    recipe,
    seed,
    classNames,
    classCounts: classCounts(dataset, partition.train),
    classWeights: classWeightsOf(recipe, dataset, partition.train),
    epoch: history.length,
    ...digests,
    parameters,
    multiplyAdds,
    ...judged,
    history,
    reliability: reliability(
      scores,
      indices.map((index) => dataset.samples[index]!.label),
      classNames.length,
    ),
    ...(trained && {
      training: {
        samples: trained.samples,
        accuracy: trained.accuracy,
        balancedAccuracy: trained.balancedAccuracy,
      },
    }),
    predictions: imagePredictions({ dataset, indices, scores }),
  };
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(evaluation)}\n`);
  return evaluation;
}

/** Of images that were recognised, as many may be others on another processor: 2 in 1,000, or one. */
const mayDiffer = (samples: number): number => Math.max(0.002, 1 / samples);

/** Throws a `UserError` where the weights recognise other images than the training's log says. */
function requireLogged(
  { out, dataset }: ExperimentRun,
  { validationAccuracy }: EpochResult,
  { accuracy, samples }: Metrics,
): void {
  // Half of what one image counts, for rounding.
  if (Math.abs(accuracy - validationAccuracy) <= mayDiffer(samples) + 0.5 / samples) return;
  throw new UserError(
    `${join(out, runFiles.last)} recognises ${(100 * accuracy).toFixed(2)} % of the ${samples} validation images of ` +
      `${dataset.name}, but ${runFiles.log} says ${(100 * validationAccuracy).toFixed(2)} %. Name the data it was trained on.`,
  );
}

/** What was kept; undefined where there is nothing, or nothing that can be read: it is then made again, the same. */
function readEvaluation(file: string): RunEvaluation | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const content: Partial<RunEvaluation> = JSON.parse(readText(file, largest));
    return content.format === 'sdnet-evaluation' && content.version === 1
      ? (content as RunEvaluation)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Whether each image was recognised, in their order. */
export const rightOf = ({ predictions }: RunEvaluation): boolean[] =>
  predictions.map(({ label, predicted }) => label === predicted);
