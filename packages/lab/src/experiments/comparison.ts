import { type McNemar, mcnemar } from '@sdnet/training';
import type { DatasetName } from '../datasets/index.js';
import type { ExperimentData } from './experiment-data.js';
import { meanOf, type OverSeeds, overSeeds } from './over-seeds.js';
import { paperTable1 } from './paper-table-1.js';
import { rightOf, type RunEvaluation } from './run-evaluation.js';

/** A network's row of the table. Figures are means over its seeds, accuracies in [0, 1]. */
export interface ComparedNetwork extends OverSeeds {
  readonly model: string;
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
  /** Only where a subject is in training and validation images: the figures are then too good for strangers' faces. */
  readonly sharesSubjects?: true;
  readonly recipe: RunEvaluation['recipe'];
  readonly networks: readonly ComparedNetwork[];
}

/**
 * @param evaluations one or more of each network, all by the same images
 */
export function compareNetworks(
  { dataset, sharesSubjects }: ExperimentData,
  evaluations: readonly RunEvaluation[],
): Comparison {
  const [first] = evaluations;
  if (!first) throw new Error('A comparison needs at least one run.');
  const models = [...new Set(evaluations.map(({ model }) => model))];
  return {
    format: 'sdnet-comparison',
    version: 1,
    dataset,
    images: first.samples,
    ...(sharesSubjects && { sharesSubjects }),
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
  const paper = paperTable1[model]!;
  const { parameters, multiplyAdds } = own[0]!;
  return {
    model,
    ...overSeeds(own),
    expectedCalibrationError: meanOf(own.map((run) => run.reliability.expectedCalibrationError)),
    parameters,
    multiplyAdds,
    paper: {
      accuracy: paper.accuracy[dataset as DatasetName] ?? null,
      parameters: paper.parameters,
      flops: paper.flops,
    },
    mcnemar: own.flatMap((evaluation) => {
      const sdnet = evaluations.find((other) => other.model === 'sdnet' && other.seed === evaluation.seed);
      return sdnet && model !== 'sdnet'
        ? [{ seed: evaluation.seed, ...mcnemar(rightOf(sdnet), rightOf(evaluation)) }]
        : [];
    }),
  };
}
