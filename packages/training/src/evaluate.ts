import { compileEvaluation, type Runtime, type Session } from '@sdnet/autograd';
import {
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

/** `flip`: the mean of the scores of an image and its mirror image. */
export const testTimeAugmentations = ['none', 'flip'] as const;
export type TestTimeAugmentation = (typeof testTimeAugmentations)[number];

const batch = 64;

export interface Evaluator {
  /** Scores (soft-max) of the images at `indices`, N×classes. Throws a `ScoresError` where they are no numbers. */
  scores(
    weights: Pick<Weights, 'parameters' | 'statistics' | 'temperature'>,
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
    async scores({ parameters, statistics, temperature = 1 }, dataset, indices, tta = 'none') {
      const weights = {
        parameters: { shape: [parameters.length], data: parameters },
        ...(statistics.length > 0 && { statistics: { shape: [statistics.length], data: statistics } }),
      };
      const options = { dataset, indices, preprocessing, classes: classNames.length, temperature };
      const plain = await allScores(session, weights, options);
      if (tta === 'none') return plain;
      const mirrored = await allScores(session, weights, { ...options, mirrored: true });
      return plain.map((score, index) => (score + mirrored[index]!) / 2);
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
    temperature: number;
    mirrored?: boolean;
  },
): Promise<Float32Array> {
  const { dataset, indices, preprocessing, classes, temperature, mirrored = false } = options;
  const { channels, size } = preprocessing;
  const scores = new Float32Array(indices.length * classes);
  let row = 0;
  for (const { images, indices: samples } of evaluationBatches(dataset, indices, {
    batch,
    mirrored,
    ...preprocessing,
  })) {
    const { output } = await session.run({
      images: { shape: [samples.length, channels, size, size], data: images },
      ...weights,
    });
    requireFiniteScores(output!.data, classes, row);
    for (let sample = 0; sample < samples.length; sample++, row++)
      scores.set(
        softmax(output!.data.subarray(sample * classes, (sample + 1) * classes), temperature),
        row * classes,
      );
  }
  return scores;
}

function softmax(logits: Float32Array, temperature: number): Float64Array {
  const largest = Math.max(...logits);
  const exponentials = Float64Array.from(logits, (logit) => Math.exp((logit - largest) / temperature));
  const sum = exponentials.reduce((total, value) => total + value, 0);
  return exponentials.map((value) => value / sum);
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

/** Metrics of the scores of the images at `indices`. */
export const metricsOf = (scores: Float32Array, dataset: Dataset, indices: readonly number[]): Metrics =>
  metrics(
    indices.map((index) => dataset.samples[index]!.label),
    predictedClasses(scores, dataset.classNames.length),
    dataset.classNames,
  );
