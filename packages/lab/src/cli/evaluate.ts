import { nodeRuntime } from '@sdnet/autograd/node';
import {
  type Dataset,
  ensembleScores,
  type Metrics,
  metricsOf,
  type Reliability,
  reliability,
  type Split,
  splits,
  type TestTimeAugmentation,
  testTimeAugmentations,
  UserError,
} from '@sdnet/training';
import { inspectNetwork, sameClasses, type Weights } from 'sdnet';
import type { CommandModule } from 'yargs';
import { withClassesOf } from '../datasets/match-classes.js';
import { requirePredictionsFile, writePredictions } from '../evaluation/predictions.js';
import { withoutTrainingCopies } from '../evaluation/training-copies.js';
import { type Choice, imagesOf, runsOf, unrecordedTraining } from './evaluated-images.js';
import { type FoldArguments, foldOptions, sharedSubjects } from './fold-options.js';
import {
  type DatasetArguments,
  datasetOf,
  datasetOptions,
  jsonOption,
  requireThreads,
  threadsOption,
} from './options.js';
import { complain, print, printJson } from './output.js';
import { table } from './table.js';
import { shippedWeights, weightsOf } from './weights.js';

interface Arguments extends DatasetArguments, FoldArguments {
  readonly weights?: readonly string[] | undefined;
  readonly split?: Split | undefined;
  readonly predictions?: string | undefined;
  readonly tta: TestTimeAugmentation;
  readonly 'without-training-copies': boolean;
  readonly threads?: number | undefined;
  readonly json: boolean;
}

export const evaluateCommand: CommandModule<unknown, Arguments> = {
  command: 'evaluate',
  describe: 'Measure how well a network recognises a data set',
  builder: (yargs) =>
    yargs
      .options({
        weights: {
          type: 'string',
          array: true,
          requiresArg: true,
          nargs: 1,
          description:
            'Weights (.safetensors), or a run folder: its best ones (default: the shipped SDNet). Given several times: ' +
            'the mean of the scores of all of them, an ensemble',
        },
        ...datasetOptions,
        split: {
          choices: splits,
          description:
            'Which images (default: validation, or test where there is no other, or all without splits)',
        },
        ...foldOptions,
        tta: {
          choices: testTimeAugmentations,
          default: 'none' as TestTimeAugmentation,
          description:
            'Mean of the scores of several views. flip: an image and its mirror image; ten-crop: corners and centre of ' +
            'the image enlarged by 8/7, and their mirror images; all: these twelve',
        },
        'without-training-copies': {
          type: 'boolean',
          default: false,
          description: 'Leave out images that are byte-equal to a training image',
        },
        predictions: {
          type: 'string',
          requiresArg: true,
          description: "Write each image's file, true class and scores to this file (.csv or .jsonl)",
        },
        ...threadsOption,
        ...jsonOption,
      })
      .example('$0 evaluate --dataset fer2013 --data fer2013.csv', 'The shipped SDNet on the public test')
      .example(
        '$0 evaluate --weights runs/ck --dataset ck+48 --data CK+48',
        'A run of train --fold K on the fold it was not trained on',
      )
      .example(
        '$0 evaluate --weights runs/a --weights runs/b --dataset fer2013 --data fer2013.csv --tta flip',
        'Two networks as one: an ensemble',
      ),
  async handler({
    weights: paths,
    split,
    predictions,
    tta,
    'without-training-copies': withoutCopies,
    threads,
    json,
    ...options
  }) {
    requireThreads(threads);
    if (predictions !== undefined) requirePredictionsFile(predictions, [options.data, ...(paths ?? [])]);
    const networks = await networksOf(paths);
    const { classNames } = networks[0]!;
    const dataset = await datasetOf(options);
    const runs = await runsOf(dataset, paths);
    const choice = imagesOf(dataset, runs, { split, ...options });
    const { division, part } = choice;
    const warning = division && sharedSubjects(division);
    if (warning) complain(warning);
    const named = networks.map((weights, index) => ({ path: paths?.[index] ?? shippedWeights(), weights }));
    for (const unrecorded of unrecordedTraining(named, runs, dataset, choice)) complain(unrecorded);
    const indices = withoutCopies ? different(dataset, choice) : choice.indices;
    const known = withClassesOf(dataset, indices, classNames);
    const scores = await ensembleScores(nodeRuntime, networks, known, indices, { threads, tta });
    const result = metricsOf(scores, known, indices);
    const calibration = reliability(
      scores,
      indices.map((index) => known.samples[index]!.label),
      classNames.length,
    );
    if (predictions !== undefined) await writePredictions(predictions, { dataset: known, indices, scores });
    if (json)
      printJson({
        dataset: dataset.name,
        split: part,
        ...(division && { division: division.name, sharesSubjects: division.sharesSubjects }),
        tta,
        ...costOf(networks),
        ...result,
        expectedCalibrationError: calibration.expectedCalibrationError,
        negativeLogLikelihood: calibration.negativeLogLikelihood,
      });
    else print(report(result, calibration, classNames));
  },
};

/** Throws a `UserError` where the networks of an ensemble do not have the same classes in the same order. */
async function networksOf(paths: readonly string[] = [shippedWeights()]): Promise<Weights[]> {
  const networks = await Promise.all(paths.map(weightsOf));
  const [first] = networks;
  for (const [index, { classNames }] of networks.entries())
    if (!sameClasses(classNames, first!.classNames))
      throw new UserError(
        `${paths[index]} knows the classes ${classNames.join(', ')}, but ${paths[0]} knows ` +
          `${first!.classNames.join(', ')}. The networks of an ensemble need the same classes in the same order.`,
      );
  return networks;
}

/** The network's name, or those of an ensemble, and what one view of an image costs in all. */
function costOf(networks: readonly Weights[]) {
  const summaries = networks.map(inspectNetwork);
  return {
    ...(networks.length > 1 ? { models: networks.map(({ model }) => model) } : { model: networks[0]!.model }),
    parameters: summaries.reduce((sum, { parameters }) => sum + parameters, 0),
    multiplyAdds: summaries.reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0),
  };
}

/** Those of the images that are no copies of training images. */
function different(dataset: Dataset, { indices, part, trained }: Choice): number[] {
  if (trained.length === 0)
    throw new UserError(
      `The data set ${dataset.name} has no training images here, so copies of them cannot be left out.`,
    );
  const left = withoutTrainingCopies(dataset, indices, trained);
  if (left.length > 0) return left;
  throw new UserError(
    `Every one of the ${indices.length} ${part} images of the data set ${dataset.name} is a copy of a training image.`,
  );
}

function report(
  { samples, accuracy, balancedAccuracy, macroF1, perClass, confusion }: Metrics,
  { expectedCalibrationError }: Reliability,
  classNames: readonly string[],
): string {
  const percent = (value: number) => (100 * value).toFixed(1);
  return [
    `${samples} images: accuracy ${percent(accuracy)} %, balanced accuracy ${percent(balancedAccuracy)} %, macro-F1 ${percent(macroF1)} %`,
    `expected calibration error ${percent(expectedCalibrationError)} %`,
    '',
    table(
      ['class', 'precision', 'recall', 'F1', 'images'],
      perClass.map(({ expression, precision, recall, f1, support }) => [
        expression,
        percent(precision),
        // Of no images there is no recall.
        support > 0 ? percent(recall) : '–',
        percent(f1),
        String(support),
      ]),
      [1, 2, 3, 4],
    ),
    '',
    'Confusion (rows: true, columns: recognised)',
    table(
      ['', ...classNames],
      confusion.map((row, index) => [classNames[index]!, ...row.map(String)]),
      classNames.map((_, index) => index + 1),
    ),
  ].join('\n');
}
