import { percent } from '../experiments/cells.js';
import { type CrossValidation, crossValidationNote } from '../experiments/cross-validation.js';
import { classBars } from './charts/class-bars.js';
import { intervalChart } from './charts/interval-chart.js';
import { type Block, heading, paragraph, table } from './document.js';
import { confusionMatrix } from './run-blocks.js';
import { datasetTitle, networkTitle } from './words.js';

export const crossValidationTitle = ({ dataset, model, folds }: CrossValidation): string =>
  `${networkTitle(model)} on ${datasetTitle(dataset)}, ${folds.length} folds`;

export const crossValidationSummary = ({ folds, mean, deviation, pooled, ...division }: CrossValidation) =>
  `Each of ${folds.length} networks is judged by images that its training ${division.isFineTuned ? 'in the fold ' : ''}never saw. ` +
  `${division.isFineTuned ? 'All began with weights that had been trained before, on what images is not known here. ' : ''}On the mean they recognise ` +
  `${percent(mean)}, with a deviation of ${(100 * deviation).toFixed(1)} points between folds; of all ${pooled.samples} images ` +
  `${percent(pooled.accuracy)}. ` +
  peopleSentence(division);

function peopleSentence({
  sharesSubjects,
  protocol,
  isFineTuned,
}: Pick<CrossValidation, 'sharesSubjects' | 'protocol' | 'isFineTuned'>): string {
  if (sharesSubjects)
    return "The same people are in training and validation images: the figures are too good for strangers' faces.";
  if (protocol === 'random')
    return (
      'Images were divided at random, so the same people may be in training and validation images, and the figures too good ' +
      "for strangers' faces."
    );
  const nobody = 'Nobody is in both training and validation images';
  if (isFineTuned) return `${nobody} of a fold.`;
  return `${nobody}, so the figures are those of faces that a network never saw.`;
}

/** The folds, and all their images together. */
export const crossValidationBlocks = (result: CrossValidation): Block[] => [
  heading(2, 'The folds'),
  {
    kind: 'charts',
    charts: [
      intervalChart(
        'Accuracy of each fold',
        result.folds.map(({ name, accuracy }) => ({ name, value: accuracy })),
        'accuracy',
      ),
      classBars(result.pooled.perClass),
      confusionMatrix({
        classNames: result.pooled.perClass.map(({ expression }) => expression),
        confusion: result.pooled.confusion,
      }),
    ],
  },
  table('Each fold', {
    header: ['fold', 'images', 'accuracy', 'balanced', 'macro-F1'],
    rows: [...result.folds, { ...result.pooled, name: 'all images' }].map((row) => [
      row.name,
      String(row.samples),
      percent(row.accuracy),
      percent(row.balancedAccuracy),
      percent(row.macroF1),
    ]),
  }),
  paragraph(crossValidationNote(result)),
];
