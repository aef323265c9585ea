import { bootstrapInterval, type Interval, type McNemar, mcnemar } from '@sdnet/training';
import type { DatasetName } from '../datasets/index.js';
import { paperTable1 } from './paper-table-1.js';
import { rightOf, type RunEvaluation } from './run-evaluation.js';

/** A network's row of the table. Figures are means over its seeds, accuracies in [0, 1]. */
export interface ComparedNetwork {
  readonly model: string;
  readonly seeds: readonly number[];
  /** Names of its runs, as of their files in `evaluations/`. */
  readonly runs: readonly string[];
  readonly accuracy: number;
  /** 95 %, by bootstrap over the images; the networks are as they are. */
  readonly interval: Interval;
  /** Of the accuracies of two or more seeds, sample standard deviation; null for one. */
  readonly deviation: number | null;
  readonly balancedAccuracy: number;
  readonly macroF1: number;
  readonly expectedCalibrationError: number;
  readonly parameters: number;
  readonly multiplyAdds: number;
  readonly paper: {
    /** Null where the paper has no figure of this data set. */
    readonly accuracy: number | null;
    /** In millions. */
    readonly parameters: number;
    readonly flops: number;
  };
  /** Against SDNet of the same seed, which is the first of both; none for SDNet itself, or without it. */
  readonly mcnemar: readonly (McNemar & { readonly seed: number })[];
}

/** Table 1, made here. The same bytes for the same runs. */
export interface Comparison {
  readonly format: 'sdnet-comparison';
  readonly version: 1;
  readonly dataset: string;
  readonly images: number;
  readonly recipe: RunEvaluation['recipe'];
  readonly networks: readonly ComparedNetwork[];
}

/**
 * @param evaluations one or more of each network, all by the same images
 */
export function compareNetworks(dataset: string, evaluations: readonly RunEvaluation[]): Comparison {
  const [first] = evaluations;
  if (!first) throw new Error('A comparison needs at least one run.');
  const models = [...new Set(evaluations.map(({ model }) => model))];
  return {
    format: 'sdnet-comparison',
    version: 1,
    dataset,
    images: first.samples,
    recipe: first.recipe,
    networks: models.map((model) => comparedNetwork(dataset, model, evaluations)),
  };
}

function comparedNetwork(
  dataset: string,
  model: string,
  evaluations: readonly RunEvaluation[],
): ComparedNetwork {
  const own = evaluations.filter((evaluation) => evaluation.model === model);
  const mean = (figure: (evaluation: RunEvaluation) => number) =>
    own.reduce((sum, evaluation) => sum + figure(evaluation), 0) / own.length;
  const accuracy = mean((evaluation) => evaluation.accuracy);
  const right = own.map(rightOf);
  // In how many of the runs each image was recognised.
  const counts = right[0]!.map((_, image) => right.filter((run) => run[image]).length);
  const resampled = (indices: Uint32Array) =>
    indices.reduce((sum, index) => sum + counts[index]!, 0) / (indices.length * own.length);
  const squares = own.reduce((sum, evaluation) => sum + (evaluation.accuracy - accuracy) ** 2, 0);
  const paper = paperTable1[model]!;
  const { parameters, multiplyAdds } = own[0]!;
  return {
    model,
    seeds: own.map(({ seed }) => seed),
    runs: own.map(({ run }) => run),
    accuracy,
    interval: bootstrapInterval(counts.length, resampled),
    deviation: own.length > 1 ? Math.sqrt(squares / (own.length - 1)) : null,
    balancedAccuracy: mean((evaluation) => evaluation.balancedAccuracy),
    macroF1: mean((evaluation) => evaluation.macroF1),
    expectedCalibrationError: mean((evaluation) => evaluation.reliability.expectedCalibrationError),
    parameters,
    multiplyAdds,
    paper: {
      accuracy: paper.accuracy[dataset as DatasetName] ?? null,
      parameters: paper.parameters,
      flops: paper.flops,
    },
    mcnemar: own.flatMap((evaluation, index) => {
      const sdnet = evaluations.find((other) => other.model === 'sdnet' && other.seed === evaluation.seed);
      return sdnet && model !== 'sdnet'
        ? [{ seed: evaluation.seed, ...mcnemar(rightOf(sdnet), right[index]!) }]
        : [];
    }),
  };
}
