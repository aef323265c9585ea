import { inspect } from 'sdnet';
import type { CommandModule } from 'yargs';
import { type Dataset, requireSplit, type Split, splits } from '../datasets/dataset.js';
import { evaluate, type TestTimeAugmentation, testTimeAugmentations } from '../evaluate.js';
import type { Metrics } from '../metrics.js';
import type { Fold } from '../protocols.js';
import { withoutTrainingCopies } from '../training-copies.js';
import { UserError } from '../user-error.js';
import {
  type FoldArguments,
  foldOf,
  foldOptions,
  requireSameFold,
  savedFold,
  sharedSubjects,
} from './fold-options.js';
import {
  type DatasetArguments,
  datasetOf,
  datasetOptions,
  jsonOption,
  requireWhole,
  threadsOption,
} from './options.js';
import { table } from '../table.js';
import { UsageError } from './usage-error.js';
import { weightsOf, weightsOption } from './weights.js';

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
    requireWhole({ threads }, 1);
    const weights = await weightsOf(path);
    const dataset = await datasetOf(options);
    const { indices: all, fold } = await imagesOf(dataset, { weights: path, split, ...options });
    const warning = fold && sharedSubjects(fold);
    if (warning) console.error(warning);
    const indices = withoutCopies ? withoutTrainingCopies(dataset, all) : all;
    if (indices.length === 0)
      throw new UserError(
        `Every one of the ${all.length} ${split} images of the data set ${dataset.name} is a copy of a training image.`,
      );
    const result = await evaluate(weights, dataset, indices, { threads, tta });
    const { size, channels } = weights.preprocessing;
    const { parameters, multiplyAdds } = inspect(weights.model, {
      classes: weights.classNames.length,
      channels,
      size,
      stemStride: weights.stemStride,
    });
    if (json)
      console.log(
        JSON.stringify({
          dataset: dataset.name,
          split,
          ...(fold && { division: fold.name, sharesSubjects: fold.sharesSubjects }),
          tta,
          model: weights.model,
          parameters,
          multiplyAdds,
          ...result,
        }),
      );
    else console.log(report(result, weights.classNames));
  },
};

/**
 * The images that are asked for: of the fold that the options name, or else of the one that the run folder `run` was
 * trained on, or else of an official split.
 */
async function imagesOf(
  dataset: Dataset,
  { weights: run, split, ...options }: FoldArguments & Pick<Arguments, 'weights' | 'split'>,
): Promise<{ indices: readonly number[]; fold?: Fold }> {
  const named = options.protocol !== undefined || options.fold !== undefined;
  const record = run === undefined || named ? undefined : await savedFold(run);
  const saved = record?.dataset === dataset.name && record.protocol !== 'official' ? record : undefined;
  if (!named && !saved) return { indices: requireSplit(dataset, split) };
  const { fold, record: drawn } = foldOf(
    saved
      ? {
          protocol: saved.protocol,
          folds: saved.k ?? options.folds,
          fold: saved.fold,
          'data-seed': saved.seed ?? options['data-seed'],
        }
      : options,
    dataset,
  );
  if (saved) await requireSameFold(run!, drawn);
  if (split === 'test') throw new UsageError('--split test: a fold has training and validation images only.');
  return { indices: fold[split], fold };
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
