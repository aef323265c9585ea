import { percent, probability } from '../experiments/cells.js';
import type { ComparedNetwork, Comparison } from '../experiments/comparison.js';
import { comparisonNote, comparisonRows } from '../experiments/comparison-rows.js';
import type { Speed } from '../experiments/speeds.js';
import { intervalChart } from './charts/interval-chart.js';
import { curvesChart } from './charts/learning-curves.js';
import { type Block, heading, paragraph, table } from './document.js';
import type { ReportedRun } from './reported-run.js';
import { count, datasetTitle, networkTitle } from './words.js';

export const comparisonTitle = ({ dataset, networks }: Comparison): string =>
  networks.length === 1
    ? `${networkTitle(networks[0]!.model)} on ${datasetTitle(dataset)}`
    : `${numeral(networks.length)} networks on ${datasetTitle(dataset)}`;

const numerals = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight'];
const numeral = (value: number): string => numerals[value] ?? String(value);

/** Who recognises most, and whether that may be chance. */
export function comparisonSummary(
  { dataset, images, networks, recipe }: Comparison,
  [run]: readonly ReportedRun[],
): string {
  const [best, ...others] = [...networks].sort((a, b) => b.accuracy - a.accuracy) as [
    ComparedNetwork,
    ...ComparedNetwork[],
  ];
  const start =
    `${networks.length > 1 ? 'The same' : 'A'} training (${recipe.epochs} epochs), judged by the ${count(images)} validation images of ` +
    `${datasetTitle(dataset)}: ${networkTitle(best.model)} recognises ${percent(best.accuracy)} ` +
    `(95 % interval ${percent(best.interval.lower)} to ${percent(best.interval.upper)})`;
  const ranked = others.map(({ model, accuracy }) => `${networkTitle(model)} ${percent(accuracy)}`);
  const commonest = [...run!.perClass].sort((a, b) => b.support - a.support)[0]!;
  return (
    `${start}${ranked.length > 0 ? `, ${ranked.join(', ')}` : ''}. To say ${commonest.expression} of every image would be right ` +
    `in ${percent(commonest.support / run!.samples)}.`
  );
}

/** Table 1, made here, beside the paper's. */
export function comparisonBlocks(
  comparison: Comparison,
  runs: readonly ReportedRun[],
  speeds: Readonly<Record<string, Speed>>,
): Block[] {
  const { networks } = comparison;
  const name = ({ run, model, seed }: ReportedRun) =>
    runs.filter((other) => other.model === model).length > 1 && seed !== undefined
      ? `${networkTitle(model)}, seed ${seed}`
      : networkTitle(runs.find((other) => other.run === run)!.model);
  const withHistory = runs.filter(({ history }) => history.length > 1);
  return [
    heading(2, 'Which network recognises most'),
    {
      kind: 'charts',
      charts: [
        intervalChart(
          'Accuracy, with 95 % interval',
          networks.map(({ model, accuracy, interval, paper }) => ({
            name: networkTitle(model),
            value: accuracy,
            interval,
            paper: paper.accuracy,
          })),
          'measured here',
        ),
        ...(withHistory.length > 0
          ? [
              curvesChart(
                'Validation accuracy after each epoch',
                `Validation accuracy over the epochs of ${withHistory.map(name).join(', ')}.`,
                withHistory.map((run) => ({
                  name: name(run),
                  values: run.history.map(({ validationAccuracy }) => validationAccuracy),
                })),
                { shares: true },
              ),
            ]
          : []),
      ],
    },
    ...differences(networks),
    ...table1(comparison, speeds),
    paragraph(comparisonNote(comparison)),
    paragraph(
      'The paper\'s "FLOPs" are not the multiply-adds of one image of 68×68 pixels, whatever they are; its parameters are those of ' +
        'its own versions of the networks. Parameters and multiply-adds here are counted. Speeds are those of one machine, once: ' +
        'on one that had other work beside they mean nothing.',
    ),
  ];
}

/** Table 1 in two parts, so that each is read without moving it: what a network recognises, and what that costs. */
function table1(comparison: Comparison, speeds: Readonly<Record<string, Speed>>): Block[] {
  const { header, rows } = comparisonRows(comparison, speeds);
  const first = header.indexOf('parameters');
  const part = (from: number, to?: number) => ({
    header: ['network', ...header.slice(from, to)],
    rows: rows.map(([model, ...cells]) => [networkTitle(model!), ...cells.slice(from - 1, to && to - 1)]),
  });
  return [
    table("The paper's Table 1, made here: what is recognised", part(1, first)),
    table("The paper's Table 1, made here: what it costs", part(first)),
  ];
}

/** How certain it is that SDNet and another differ, in words. */
function differences(networks: readonly ComparedNetwork[]): Block[] {
  const sentences = networks.flatMap(({ model, mcnemar }) =>
    mcnemar.map(({ seed, onlyFirst, onlySecond, p }) => {
      const seeds = mcnemar.length > 1 ? ` (seed ${seed})` : '';
      return (
        `${networkTitle(model)}${seeds}: ${onlyFirst} images are recognised by SDNet alone, ${onlySecond} by ` +
        `${networkTitle(model)} alone (p ${p < 0.001 ? probability(p) : `= ${probability(p)}`}).`
      );
    }),
  );
  return sentences.length === 0
    ? []
    : [paragraph(`Against SDNet, on the same images. ${sentences.join(' ')}`)];
}
