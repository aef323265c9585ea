import { join } from 'node:path';
import { nodeRuntime } from '@sdnet/autograd/node';
import {
  type Dataset,
  evaluate,
  type Metrics,
  requireSplit,
  samplesOfSplit,
  type Split,
  splits,
  type TestTimeAugmentation,
  testTimeAugmentations,
  UserError,
} from '@sdnet/training';
import { inspect } from 'sdnet';
import type { CommandModule } from 'yargs';
import type { Fold } from '../datasets/protocols.js';
import { foldFile, readFold, recordedFold } from '../runs/save-fold.js';
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
import { runFolderOf, weightsOf, weightsOption } from './weights.js';

interface Arguments extends DatasetArguments, FoldArguments {
  readonly weights?: string | undefined;
  readonly split: Split;
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
        ...weightsOption,
        ...datasetOptions,
        split: { choices: splits, default: 'validation' as Split, description: 'Which images' },
        ...foldOptions,
        tta: {
          choices: testTimeAugmentations,
          default: 'none' as TestTimeAugmentation,
          description: 'flip: mean of the scores of an image and its mirror image',
        },
        'without-training-copies': {
          type: 'boolean',
          default: false,
          description: 'Leave out images that are byte-equal to a training image',
        },
        ...threadsOption,
        ...jsonOption,
      })
      .example('$0 evaluate --dataset fer2013 --data fer2013.csv', 'The shipped SDNet on the public test')
      .example(
        '$0 evaluate --weights runs/ck --dataset ck+48 --data CK+48',
        'A run of train --fold K on the fold it was not trained on',
      ),
  async handler({
    weights: path,
    split,
    tta,
    'without-training-copies': withoutCopies,
    threads,
    json,
    ...options
  }) {
    requireThreads(threads);
    const weights = await weightsOf(path);
    const dataset = await datasetOf(options);
    const { indices: all, trained, division } = await imagesOf(dataset, { weights: path, split, ...options });
    const warning = division && sharedSubjects(division);
    if (warning) complain(warning);
    const indices = withoutCopies ? withoutTrainingCopies(dataset, all, trained) : all;
    if (indices.length === 0)
      throw new UserError(
        `Every one of the ${all.length} ${split} images of the data set ${dataset.name} is a copy of a training image.`,
      );
    const result = await evaluate(nodeRuntime, weights, dataset, indices, { threads, tta });
    const { size, channels } = weights.preprocessing;
    const { parameters, multiplyAdds } = inspect(weights.model, {
      classes: weights.classNames.length,
      channels,
      size,
      stemStride: weights.stemStride,
    });
    if (json)
      printJson({
        dataset: dataset.name,
        split,
        ...(division && { division: division.name, sharesSubjects: division.sharesSubjects }),
        tta,
        model: weights.model,
        parameters,
        multiplyAdds,
        ...result,
      });
    else print(report(result, weights.classNames));
  },
};

/** What is evaluated. */
interface Choice {
  readonly indices: readonly number[];
  /** What the weights were trained on, as far as that is known. */
  readonly trained: readonly number[];
  /** Absent for an official split. */
  readonly division?: Pick<Fold, 'name' | 'sharesSubjects'>;
}

/**
 * The images that are asked for: of the fold that the options name, or else of the division that the run was trained
 * with, or else of an official split. What a run was trained on is refused, unless it is asked for by its name.
 */
async function imagesOf(
  dataset: Dataset,
  { weights, split, ...options }: FoldArguments & Pick<Arguments, 'weights' | 'split'>,
): Promise<Choice> {
  const named =
    options.protocol !== undefined || options.fold !== undefined || options.folds !== undefined
      ? namedFold(options, dataset).fold
      : undefined;
  if (named && split === 'test')
    throw new UsageError('--split test: a fold has training and validation images only.');
  const run = weights === undefined ? undefined : runFolderOf(weights);
  const record = run === undefined ? undefined : await readFold(run);
  const saved = record?.dataset === dataset.name ? recordedFold(dataset, record) : undefined;
  if (record?.dataset === dataset.name && !saved && !named && record.protocol !== 'official')
    throw new UserError(
      `${join(run!, foldFile)}: the run was trained on ${record.name} of other images than ${dataset.name} has here. ` +
        'Name the data it was started with, or a --fold of this.',
    );
  const fold = named ?? (split === 'test' ? undefined : saved);
  const indices = fold && split !== 'test' ? fold[split] : requireSplit(dataset, split);
  const trained = saved?.train ?? fold?.train ?? samplesOfSplit(dataset, 'train');
  if (saved && split !== 'train') requireUnseen(indices, saved.train, run!);
  const isDivision = fold && (named ? options.protocol : record!.protocol) !== 'official';
  return { indices, trained, ...(isDivision && { division: fold }) };
}

function requireUnseen(indices: readonly number[], trained: readonly number[], run: string): void {
  const seen = new Set(trained);
  const { length } = indices.filter((index) => seen.has(index));
  if (length > 0)
    throw new UserError(
      `${length} of these ${indices.length} images are among those that ${run} was trained on. Leave out --protocol, ` +
        '--fold and --folds to evaluate it on the images it was not trained on, or ask for --split train.',
    );
}

function report(
  { samples, accuracy, balancedAccuracy, macroF1, perClass, confusion }: Metrics,
  classNames: readonly string[],
): string {
  const percent = (value: number) => (100 * value).toFixed(1);
  return [
    `${samples} images: accuracy ${percent(accuracy)} %, balanced accuracy ${percent(balancedAccuracy)} %, macro-F1 ${percent(macroF1)} %`,
    '',
    table(
      ['class', 'precision', 'recall', 'F1', 'images'],
      perClass.map(({ expression, precision, recall, f1, support }) => [
        expression,
        percent(precision),
        percent(recall),
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
