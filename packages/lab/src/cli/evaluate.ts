import { join } from 'node:path';
import { nodeRuntime } from '@sdnet/autograd/node';
import {
  type Dataset,
  ensembleScores,
  type Metrics,
  metricsOf,
  type Reliability,
  reliability,
  requireSplit,
  samplesOfSplit,
  type Split,
  splits,
  type TestTimeAugmentation,
  testTimeAugmentations,
  UserError,
} from '@sdnet/training';
import { inspectNetwork, sameClasses, type Weights } from 'sdnet';
import type { CommandModule } from 'yargs';
import { withClassesOf } from '../datasets/match-classes.js';
import type { Fold } from '../datasets/protocols.js';
import { requirePredictionsFile, writePredictions } from '../evaluation/predictions.js';
import { foldFile, type FoldRecord, readFold, recordedFold } from '../runs/save-fold.js';
import { withoutTrainingCopies } from '../evaluation/training-copies.js';
import { type FoldArguments, foldOptions, namedFold, sharedSubjects } from './fold-options.js';
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
import { UsageError } from './usage-error.js';
import { runFolderOf, shippedWeights, weightsOf } from './weights.js';

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
    const choice = imagesOf(dataset, await runsOf(dataset, paths), { split, ...options });
    const { division, part } = choice;
    const warning = division && sharedSubjects(division);
    if (warning) complain(warning);
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

/** What is evaluated. */
interface Choice {
  readonly indices: readonly number[];
  readonly part: Split | 'all';
  /** What the weights were trained on, as far as that is known. */
  readonly trained: readonly number[];
  /** Absent for an official split. */
  readonly division?: Pick<Fold, 'name' | 'sharesSubjects'>;
}

/** The run that weights are of, and what it was trained on. */
interface TrainedRun {
  readonly folder: string;
  readonly record: FoldRecord;
  /** The division in the data set; absent where that has other images. */
  readonly fold: Fold | undefined;
}

/** The runs that trained the weights on a data set of this name, as far as such are known. */
async function runsOf(dataset: Dataset, weights: readonly string[] = []): Promise<TrainedRun[]> {
  const records = await Promise.all(
    [...new Set(weights.map(runFolderOf))].map(async (folder) => ({
      folder,
      record: await readFold(folder),
    })),
  );
  return records.flatMap(({ folder, record }) =>
    record?.dataset === dataset.name ? { folder, record, fold: recordedFold(dataset, record) } : [],
  );
}

/**
 * The images that are asked for: of the fold that the options name, or else of the division that the (first) run was
 * trained with, or else of an official split, or else all. What any run was trained on is refused, unless it is asked for by its
 * name.
 */
function imagesOf(
  dataset: Dataset,
  runs: readonly TrainedRun[],
  { split, ...options }: FoldArguments & Pick<Arguments, 'split'>,
): Choice {
  const [run] = runs;
  const isNamed = options.protocol !== undefined || options.fold !== undefined || options.folds !== undefined;
  if (isNamed && split === 'test')
    throw new UsageError('--split test: a fold has training and validation images only.');
  const named = isNamed ? namedFold(options, dataset, complain).fold : undefined;
  const fold = named ?? (split === 'test' ? undefined : run?.fold);
  const part = split ?? (fold ? 'validation' : usualPart(dataset));
  const indices =
    fold && part !== 'test' && part !== 'all'
      ? fold[part]
      : part === 'all'
        ? [...dataset.samples.keys()]
        : requireSplit(dataset, part);
  if (part !== 'train') for (const each of runs) requireUnseen(dataset, indices, each, isNamed);
  const ofRuns = runs.flatMap((each) => each.fold?.train ?? []);
  const trained =
    ofRuns.length > 0 ? [...new Set(ofRuns)] : (fold?.train ?? samplesOfSplit(dataset, 'train'));
  const isDivision = fold && (named ? options.protocol : run!.record.protocol) !== 'official';
  return { indices, part, trained, ...(isDivision && { division: fold }) };
}

/** What is meant where nobody says: the images that are there to judge by, or all where none are set apart. */
function usualPart({ samples }: Dataset): Split | 'all' {
  const has = (split: Split | undefined) => samples.some((sample) => sample.split === split);
  if (has('validation')) return 'validation';
  if (has('test')) return 'test';
  return has('train') ? 'validation' : 'all';
}

function requireUnseen(
  dataset: Dataset,
  indices: readonly number[],
  { folder, record, fold }: TrainedRun,
  isNamed: boolean,
): void {
  const seen = new Set(record.train);
  const { length } = indices.filter((index) => seen.has(dataset.samples[index]!.source));
  if (length === 0) return;
  if (!fold && !isNamed)
    throw new UserError(
      `${join(folder, foldFile)}: the run was trained on ${record.name} of other images than ${dataset.name} has here, ` +
        `but ${length} of these ${indices.length} have the names of its training images. Name the data it was started ` +
        'with; images that are not the same put into a folder test/, or give them other names.',
    );
  throw new UserError(
    `${length} of these ${indices.length} images are among those that ${folder} was trained on. Leave out --protocol, ` +
      '--fold and --folds to evaluate it on the images it was not trained on, or ask for --split train.',
  );
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
