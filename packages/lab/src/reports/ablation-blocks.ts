import { ablationNote, ablationRows, type AblationTable } from '../experiments/ablation.js';
import { percent, percentOrNone, points } from '../experiments/cells.js';
import { intervalChart } from './charts/interval-chart.js';
import { type Block, heading, paragraph, table } from './document.js';
import { datasetTitle } from './words.js';

export const ablationTitle = ({ dataset }: AblationTable): string =>
  `What each part of SDNet is worth, on ${datasetTitle(dataset)}`;

export function ablationSummary({ rows, images, epochs }: AblationTable): string {
  const [whole, ...others] = rows;
  const lost = [...others].sort((a, b) => a.accuracy - b.accuracy)[0];
  return (
    `SDNet trained whole and without one part each (${epochs} epochs), judged by ${images} images: whole it recognises ` +
    `${percent(whole!.accuracy)}` +
    (lost ? `; the lowest accuracy is that of ${words(lost.name)}, ${percent(lost.accuracy)}.` : '.')
  );
}

const words = (name: string): string => name.replace('lambda2-', 'λ₂ = ').replaceAll('-', ' ');

/** The paper's claims, part by part. */
export function ablationBlocks(result: AblationTable): Block[] {
  const { rows, smallClasses } = result;
  const classNames = Object.keys(rows[0]!.recall);
  return [
    heading(2, 'What is lost without each part'),
    {
      kind: 'charts',
      charts: [
        intervalChart(
          'Accuracy, with 95 % interval',
          rows.map(({ name, accuracy, interval }) => ({ name: words(name), value: accuracy, interval })),
          'accuracy',
        ),
        intervalChart(
          'Gap between training and validation',
          rows.map(({ name, gap }) => ({ name: words(name), value: gap })),
          'gap',
          points,
        ),
        intervalChart(
          'Mean recall of the small classes',
          rows.flatMap(({ name, smallClassRecall }) =>
            smallClassRecall === null ? [] : { name: words(name), value: smallClassRecall },
          ),
          'recall',
        ),
      ],
    },
    paragraph(
      'The paper claims that the RO loss (λ₂) lessens overfitting: then the gap between training and validation accuracy should be ' +
        `larger without it; and that the class weights help the small classes (here ${smallClasses.join(', ') || 'none'}): then ` +
        'their recall should be lower without them. A difference that is no larger than that between two seeds says nothing.',
    ),
    table('SDNet whole, and without each part', ablationRows(result)),
    paragraph(ablationNote(result)),
    table('Recall of each expression', {
      header: ['SDNet', ...classNames],
      rows: rows.map(({ name, recall }) => [
        words(name),
        ...classNames.map((one) => percentOrNone(recall[one]!)),
      ]),
    }),
  ];
}
