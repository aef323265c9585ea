import { type McNemar, mcnemar, type Recipe } from '@sdnet/training';
import type { Variant } from 'sdnet';
import { accuracyText, intervalText, percent, percentOrNone, points, probability } from './cells.js';
import { type ExperimentData, sharedSubjectsNote } from './experiment-data.js';
import { meanOf, type OverSeeds, overSeeds } from './over-seeds.js';
import { rightOf, type RunEvaluation } from './run-evaluation.js';

/** SDNet, or its training, without one part. */
export interface Ablation {
  /** `whole`, `without-cbam`, `lambda2-0.05` … */
  readonly name: string;
  readonly variant?: Variant;
  readonly recipe: Recipe;
}

/** The factors of eq. 6 that are compared. */
const factors = [0, 0.05, 0.1, 0.2] as const;

/**
 * The ablations of a recipe, the whole first. λ₁ + λ₂ stays what it is, so that the loss keeps its scale: without RO loss
 * λ₂ is 0, which is also the first of the compared factors.
 */
export function ablationsOf(recipe: Recipe): Ablation[] {
  const { lambda1, lambda2 } = recipe.loss;
  const withLoss = (name: string, loss: Partial<Recipe['loss']>): Ablation => ({
    name,
    recipe: { ...recipe, name: `${recipe.name}, ${name}`, loss: { ...recipe.loss, ...loss } },
  });
  const withFactor = (name: string, factor: number) =>
    withLoss(name, { lambda1: Number((lambda1 + lambda2 - factor).toFixed(9)), lambda2: factor });
  return [
    { name: 'whole', recipe },
    withLoss('without-class-weights', { classWeights: false }),
    withFactor('without-ro-loss', 0),
    { name: 'without-cbam', variant: 'without-cbam', recipe },
    { name: 'without-dense-blocks', variant: 'without-dense-blocks', recipe },
    { name: 'without-residuals', variant: 'without-residuals', recipe },
    ...factors
      .filter((factor) => factor > 0 && factor !== lambda2 && factor <= lambda1 + lambda2)
      .map((factor) => withFactor(`lambda2-${factor}`, factor)),
  ];
}

/** A row of the table: means over the seeds, accuracies and recalls in [0, 1]. */
export interface AblationRow extends OverSeeds {
  readonly name: string;
  readonly classWeights: boolean;
  readonly lambda1: number;
  readonly lambda2: number;
  readonly parameters: number;
  /** On the training images without augmentation. */
  readonly trainingAccuracy: number;
  /** Training minus validation accuracy. */
  readonly gap: number;
  /** Recall of each class; null where it has no validation image. */
  readonly recall: Readonly<Record<string, number | null>>;
  /** Mean recall of the small classes that have validation images; null where none has. */
  readonly smallClassRecall: number | null;
  /** Against the whole of the same seed, which is the first of both. */
  readonly mcnemar: readonly (McNemar & { readonly seed: number })[];
}

export interface AblationTable {
  readonly format: 'sdnet-ablation';
  readonly version: 1;
  readonly dataset: string;
  readonly images: number;
  readonly epochs: number;
  /** Classes with fewer training images than the mean, as in eq. 1. */
  readonly smallClasses: readonly string[];
  /** Only where a subject is in training and validation images: the figures are then too good for strangers' faces. */
  readonly sharesSubjects?: true;
  readonly rows: readonly AblationRow[];
}

/**
 * @param evaluated each ablation with its runs' evaluations, training images included, the seeds in the same order; the
 * whole first
 * @param counts training images of each class
 */
export function ablationTable(
  { dataset, sharesSubjects }: ExperimentData,
  evaluated: readonly { readonly ablation: Ablation; readonly evaluations: readonly RunEvaluation[] }[],
  counts: readonly number[],
): AblationTable {
  const whole = evaluated[0]!;
  const [first] = whole.evaluations;
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  const smallClasses = first!.classNames.filter((_, label) => counts[label]! < mean);
  return {
    format: 'sdnet-ablation',
    version: 1,
    dataset,
    images: first!.samples,
    epochs: first!.epoch,
    smallClasses,
    ...(sharesSubjects && { sharesSubjects }),
    rows: evaluated.map(({ ablation, evaluations }) =>
      ablationRow(ablation, evaluations, whole.evaluations, smallClasses),
    ),
  };
}

function ablationRow(
  { name, recipe }: Ablation,
  evaluations: readonly RunEvaluation[],
  whole: readonly RunEvaluation[],
  smallClasses: readonly string[],
): AblationRow {
  const figures = overSeeds(evaluations);
  const trainingAccuracy = meanOf(evaluations.map(({ training }) => training!.accuracy));
  const recall = Object.fromEntries(
    evaluations[0]!.perClass.map(({ expression, support }, label) => [
      expression,
      support > 0 ? meanOf(evaluations.map(({ perClass }) => perClass[label]!.recall)) : null,
    ]),
  );
  const smallRecalls = smallClasses.flatMap((expression) => recall[expression] ?? []);
  return {
    name,
    ...figures,
    classWeights: recipe.loss.classWeights,
    lambda1: recipe.loss.lambda1,
    lambda2: recipe.loss.lambda2,
    parameters: evaluations[0]!.parameters,
    trainingAccuracy,
    gap: trainingAccuracy - figures.accuracy,
    recall,
    smallClassRecall: smallRecalls.length > 0 ? meanOf(smallRecalls) : null,
    mcnemar:
      name === 'whole'
        ? []
        : evaluations.map(({ seed }, index) => ({
            seed,
            ...mcnemar(rightOf(whole[index]!), rightOf(evaluations[index]!)),
          })),
  };
}

/** Header and rows of the table, for a terminal or a page. */
export const ablationRows = ({ rows }: AblationTable) => ({
  header: [
    'SDNet',
    'λ₂',
    'accuracy',
    '95 % interval',
    'p against whole',
    'balanced',
    'training',
    'gap',
    'small classes',
    'parameters',
  ],
  rows: rows.map((row) => [
    row.name,
    String(row.lambda2),
    accuracyText(row),
    intervalText(row),
    row.mcnemar.map(({ p }) => probability(p)).join(', ') || '–',
    percent(row.balancedAccuracy),
    percent(row.trainingAccuracy),
    points(row.gap),
    percentOrNone(row.smallClassRecall),
    `${(row.parameters / 1e6).toFixed(3)} M`,
  ]),
});

/** What the table's figures are. */
export const ablationNote = ({
  dataset,
  images,
  epochs,
  smallClasses,
  sharesSubjects,
  rows,
}: AblationTable): string =>
  sharedSubjectsNote(sharesSubjects) +
  `${dataset}, ${images} validation images, ${epochs} epochs, seed(s) ${rows[0]!.seeds.join(', ')}: the last epoch's ` +
  'weights, each image seen once. training: the same weights on the training images without augmentation; gap: training ' +
  `minus validation accuracy; small classes: mean recall of ${smallClasses.join(', ') || 'none'}, which have fewer ` +
  'training images than the mean.';
