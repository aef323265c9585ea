import { percent } from '../experiments/cells.js';
import { classBars } from './charts/class-bars.js';
import { learningCurves } from './charts/learning-curves.js';
import { reliabilityDiagram } from './charts/reliability-diagram.js';
import { type Block, heading, type Matrix, paragraph, table } from './document.js';
import type { ReportedRun } from './reported-run.js';
import { count } from './words.js';

export const confusionMatrix = ({
  classNames,
  confusion,
}: Pick<ReportedRun, 'classNames' | 'confusion'>): Matrix => ({
  kind: 'matrix',
  title: 'What was taken for what (confusion matrix)',
  classNames,
  counts: confusion,
});

/** The figures that matter most. */
export const keyFigures = (run: ReportedRun): Block => ({
  kind: 'figures',
  figures: [
    { name: 'accuracy', value: percent(run.accuracy), note: `of ${count(run.samples)} images` },
    {
      name: 'balanced accuracy',
      value: percent(run.balancedAccuracy),
      note: 'mean recall of the expressions',
    },
    { name: 'macro-F1', value: percent(run.macroF1), note: 'mean F1 of the expressions' },
    {
      name: 'calibration error',
      value: percent(run.reliability.expectedCalibrationError),
      note: 'confidence against right answers',
    },
  ],
});

/** What is to be seen of one run. */
export const runCharts = (run: ReportedRun): Block => ({
  kind: 'charts',
  charts: [
    ...(run.history.length > 1 ? learningCurves(run.history, run.recipe) : []),
    reliabilityDiagram(run.reliability),
    classBars(run.perClass),
    confusionMatrix(run),
  ],
});

/** The pair of classes that is confused most, in a sentence. */
export function confusionSentence({ classNames, confusion, perClass }: ReportedRun): string {
  const pairs = confusion.flatMap((row, label) =>
    row.map((images, predicted) => ({
      label,
      predicted,
      images,
      share: images / Math.max(1, perClass[label]!.support),
    })),
  );
  const wrong = pairs.filter(({ label, predicted, images }) => label !== predicted && images > 0);
  const most = wrong.sort((a, b) => b.share - a.share || b.images - a.images)[0];
  if (!most) return 'Every image was recognised.';
  return (
    `The commonest mistake: of the ${count(perClass[most.label]!.support)} images of ${classNames[most.label]}, ` +
    `${percent(most.share, 0)} were taken for ${classNames[most.predicted]}.`
  );
}

/** Training images of each class and what they weigh; `of` which of several runs, where they differ. */
export function dataBlocks(
  { classNames, classCounts, classWeights, perClass }: ReportedRun,
  of?: string,
): Block[] {
  if (!classCounts) return [];
  const total = classCounts.reduce((sum, images) => sum + images, 0);
  return [
    heading(2, of === undefined ? 'The images' : `The images of ${of}, as an example`),
    paragraph(
      `${count(total)} images to learn from, and ${count(perClass.reduce((sum, { support }) => sum + support, 0))} others to judge ` +
        'by. Where an expression has few images, a network learns to say it seldom; the class weights (eq. 1 to 3 of the paper) ' +
        "make each such image count for more. A weight of 1 leaves an image's part as it is.",
    ),
    table('Images of each expression', {
      header: [
        'expression',
        'training images',
        'share',
        ...(classWeights ? ['weight'] : []),
        'images to judge by',
      ],
      rows: classNames.map((name, label) => [
        name,
        count(classCounts[label]!),
        percent(classCounts[label]! / total),
        ...(classWeights ? [classWeights[label]!.toFixed(2)] : []),
        count(perClass[label]!.support),
      ]),
    }),
  ];
}
