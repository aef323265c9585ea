import { type Metrics, metrics } from '@sdnet/training';
import { sharedSubjectsNote } from './experiment-data.js';
import { meanAndDeviation } from './over-seeds.js';
import type { RunEvaluation } from './run-evaluation.js';

/** What came of the folds, each judged by images that its training never saw. */
export interface CrossValidation {
  readonly format: 'sdnet-cross-validation';
  readonly version: 1;
  readonly dataset: string;
  readonly protocol: string;
  /** Whether a subject is on both sides in any fold; the figures are then too good for strangers' faces. */
  readonly sharesSubjects: boolean;
  /** Only where each fold's network began with weights that had been trained before, on images that are not looked at here. */
  readonly isFineTuned?: true;
  readonly model: string;
  readonly recipe: RunEvaluation['recipe'];
  readonly seed: number;
  readonly folds: readonly {
    readonly run: string;
    readonly name: string;
    readonly samples: number;
    readonly accuracy: number;
    readonly balancedAccuracy: number;
    readonly macroF1: number;
  }[];
  /** Of the folds' accuracies: mean and sample standard deviation. */
  readonly mean: number;
  readonly deviation: number;
  /** Of all folds' images together. */
  readonly pooled: Metrics;
}

/**
 * @param evaluated two or more folds, with what they are called
 */
export function crossValidation(
  {
    dataset,
    protocol,
    sharesSubjects,
    isFineTuned,
  }: Pick<CrossValidation, 'dataset' | 'protocol' | 'sharesSubjects'> & { readonly isFineTuned: boolean },
  evaluated: readonly { readonly name: string; readonly evaluation: RunEvaluation }[],
): CrossValidation {
  const evaluations = evaluated.map(({ evaluation }) => evaluation);
  const { model, recipe, seed, classNames } = evaluations[0]!;
  const { mean, deviation } = meanAndDeviation(evaluations.map(({ accuracy }) => accuracy));
  const all = evaluations.flatMap(({ predictions }) => predictions);
  const labelsOf = (names: readonly string[]) => names.map((name) => classNames.indexOf(name));
  return {
    format: 'sdnet-cross-validation',
    version: 1,
    dataset,
    protocol,
    sharesSubjects,
    ...(isFineTuned && { isFineTuned }),
    model,
    recipe,
    seed,
    folds: evaluated.map(({ name, evaluation }) => ({
      run: evaluation.run,
      name,
      samples: evaluation.samples,
      accuracy: evaluation.accuracy,
      balancedAccuracy: evaluation.balancedAccuracy,
      macroF1: evaluation.macroF1,
    })),
    mean,
    deviation: deviation!,
    pooled: metrics(
      labelsOf(all.map(({ label }) => label)),
      labelsOf(all.map(({ predicted }) => predicted)),
      classNames,
    ),
  };
}

function subjectsNote({ sharesSubjects, protocol }: CrossValidation): string {
  if (sharesSubjects) return sharedSubjectsNote(sharesSubjects);
  if (protocol === 'random')
    return 'IMAGES WERE DIVIDED AT RANDOM, so that the same people may be in training and validation images. ';
  return 'no subject is in training and validation images. ';
}

/** What the figures are. */
export const crossValidationNote = (result: CrossValidation): string =>
  `${result.dataset}, protocol ${result.protocol}, ${result.folds.length} folds, ${result.model}, recipe ` +
  `${result.recipe.name}, seed ${result.seed}: ` +
  subjectsNote(result) +
  (result.isFineTuned ? 'Each began with weights that had been trained before. ' : '') +
  `Each fold's network after its last epoch, ${result.recipe.epochs}, which was fixed beforehand.`;
