import { inspect } from 'sdnet';
import type { CommandModule } from 'yargs';
import { requireSplit, type Split, splits } from '../datasets/dataset.js';
import { evaluate, type TestTimeAugmentation, testTimeAugmentations } from '../evaluate.js';
import type { Metrics } from '../metrics.js';
import { withoutTrainingCopies } from '../training-copies.js';
import { UserError } from '../user-error.js';
import {
  type DatasetArguments,
  datasetOf,
  datasetOptions,
  jsonOption,
  requireWhole,
  threadsOption,
} from './options.js';
import { table } from './table.js';
import { weightsOf, weightsOption } from './weights.js';

interface Arguments extends DatasetArguments {
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
      .example('$0 evaluate --dataset fer2013 --data fer2013.csv', 'The shipped SDNet on the public test'),
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
    const all = requireSplit(dataset, split);
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
    });
    if (json)
      console.log(
        JSON.stringify({
          dataset: dataset.name,
          split,
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
