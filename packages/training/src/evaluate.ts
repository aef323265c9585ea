import { compileEvaluation, type Runtime, type Session } from '@sdnet/autograd';
import {
  calibrated,
  type Calibration,
  imageShape,
  type NetworkDescription,
  networkOf,
  requireFiniteScores,
  sameClasses,
  UserError,
  type Weights,
} from 'sdnet';
import { evaluationBatches } from './batches.js';
import type { Dataset } from './dataset.js';
import { type Metrics, metrics, predictedClasses } from './metrics.js';
import { type TestTimeAugmentation, type View, viewsOf } from './test-time-augmentation.js';

const batch = 64;

export interface Evaluator {
  /** Scores of the images at `indices`, N×classes, as the weights' calibration has them. Throws a `ScoresError` where they are no numbers. */
  scores(
    weights: Pick<Weights, 'parameters' | 'statistics'> & Calibration,
    dataset: Dataset,
    indices: readonly number[],
    tta?: TestTimeAugmentation,
  ): Promise<Float32Array>;
  release(): Promise<void>;
}

/** A network compiled for evaluation with any weights. */
export async function createEvaluator(
  runtime: Runtime,
  description: NetworkDescription,
  { threads }: { threads?: number | undefined } = {},
): Promise<Evaluator> {
  const { model } = compileEvaluation(networkOf(description), imageShape(description.preprocessing));
  const session = await runtime.createSession(model, threads === undefined ? {} : { threads });
  const { preprocessing, classNames } = description;
  return {
    async scores({ parameters, statistics, ...calibration }, dataset, indices, tta = 'none') {
      const weights = {
        parameters: { shape: [parameters.length], data: parameters },
        ...(statistics.length > 0 && { statistics: { shape: [statistics.length], data: statistics } }),
      };
      const options = { dataset, indices, preprocessing, classes: classNames.length, calibration };
      const views: Float32Array[] = [];
      for (const view of viewsOf[tta]) views.push(await allScores(session, weights, { ...options, view }));
      return meanScores(views);
    },
    release: session.release,
  };
}

async function allScores(
  session: Session,
  weights: Parameters<Session['run']>[0],
  options: {
    dataset: Dataset;
    indices: readonly number[];
    preprocessing: NetworkDescription['preprocessing'];
    classes: number;
    calibration: Calibration;
    view: View;
  },
): Promise<Float32Array> {
  const { dataset, indices, preprocessing, classes, calibration, view } = options;
  const { channels, size } = preprocessing;
  const scores = new Float32Array(indices.length * classes);
  let row = 0;
  for (const { images, indices: samples } of evaluationBatches(dataset, indices, {
    batch,
    view,
    ...preprocessing,
  })) {
    const { output } = await session.run({
      images: { shape: [samples.length, channels, size, size], data: images },
      ...weights,
    });
    requireFiniteScores(output!.data, classes, row);
    for (let sample = 0; sample < samples.length; sample++, row++)
      scores.set(
        calibrated(output!.data.subarray(sample * classes, (sample + 1) * classes), calibration),
        row * classes,
      );
  }
  return scores;
}

/** The mean of scores of the same images, of several views or networks. */
export function meanScores(scores: readonly Float32Array[]): Float32Array {
  if (scores.length === 0) throw new Error('A mean needs at least one list of scores.');
  return scores[0]!.map(
    (_, index) => scores.reduce((sum, { [index]: score }) => sum + score!, 0) / scores.length,
  );
}

/**
 * The mean scores of one or more networks, N×classes: an ensemble, whose networks may see images at different sizes.
 *
 * @param weights all of the same classes as the data set, in its order
 * @throws Error where they are of others, ScoresError where scores are no numbers
 */
export async function ensembleScores(
  runtime: Runtime,
  weights: readonly Weights[],
  dataset: Dataset,
  indices: readonly number[],
  { threads, tta = 'none' }: { threads?: number | undefined; tta?: TestTimeAugmentation } = {},
): Promise<Float32Array> {
  const scores: Float32Array[] = [];
  for (const network of weights) {
    if (!sameClasses(network.classNames, dataset.classNames))
      throw new Error('The networks of an ensemble and the data set are to have the same classes.');
    const evaluator = await createEvaluator(runtime, network, { threads });
    try {
      scores.push(await evaluator.scores(network, dataset, indices, tta));
    } finally {
      await evaluator.release();
    }
  }
  return meanScores(scores);
}

/**
 * Metrics of trained weights on the images at `indices`.
 *
 * @throws UserError where the data set's classes are not the network's, ScoresError where its scores are no numbers
 */
export async function evaluate(
  runtime: Runtime,
  weights: Weights,
  dataset: Dataset,
  indices: readonly number[],
  { threads, tta = 'none' }: { threads?: number | undefined; tta?: TestTimeAugmentation } = {},
): Promise<Metrics> {
  if (!sameClasses(weights.classNames, dataset.classNames))
    throw new UserError(
      `The network knows the classes ${weights.classNames.join(', ')}, but the data set ${dataset.name} has ` +
        `${dataset.classNames.join(', ')}. Choose weights that were trained on these classes.`,
    );
  const evaluator = await createEvaluator(runtime, weights, { threads });
  try {
    return metricsOf(await evaluator.scores(weights, dataset, indices, tta), dataset, indices);
  } finally {
    await evaluator.release();
  }
}

/**
 * How well a network recognises images whose classes need not be its own: the classes of both are one list, the data
 * set's first. An image of a class that the network does not know is never recognised.
 */
export async function evaluateAcross(
  runtime: Runtime,
  weights: Weights,
  dataset: Dataset,
  indices: readonly number[],
  { threads }: { readonly threads?: number | undefined } = {},
): Promise<{ readonly classNames: readonly string[]; readonly metrics: Metrics }> {
  const { classNames: known } = weights;
  const classNames = sameClasses(known, dataset.classNames)
    ? known
    : [...new Set([...dataset.classNames, ...known])];
  const evaluator = await createEvaluator(runtime, weights, { threads });
  try {
    const scores = await evaluator.scores(weights, dataset, indices);
    const predicted = predictedClasses(scores, known.length).map((index) =>
      classNames.indexOf(known[index]!),
    );
    const labels = indices.map((index) => dataset.samples[index]!.label);
    return { classNames, metrics: metrics(labels, predicted, classNames) };
  } finally {
    await evaluator.release();
  }
}

/** Metrics of the scores of the images at `indices`. */
export const metricsOf = (scores: Float32Array, dataset: Dataset, indices: readonly number[]): Metrics =>
  metrics(
    indices.map((index) => dataset.samples[index]!.label),
    predictedClasses(scores, dataset.classNames.length),
    dataset.classNames,
  );
