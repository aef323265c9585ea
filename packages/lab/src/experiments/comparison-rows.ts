import { accuracyText, intervalText, percent, probability } from './cells.js';
import type { ComparedNetwork, Comparison } from './comparison.js';
import { sharedSubjectsNote } from './experiment-data.js';
import type { Speed } from './speeds.js';

const millions = (value: number, digits: number): string => `${value.toFixed(digits)} M`;
const optional = (value: number | null | undefined, digits: number): string =>
  value === null || value === undefined ? '–' : value.toFixed(digits);

/** Header and rows of the table, for a terminal or a page. */
export function comparisonRows(
  { networks }: Comparison,
  speeds: Readonly<Record<string, Speed>>,
): { readonly header: readonly string[]; readonly rows: readonly (readonly string[])[] } {
  const header = [
    'network',
    'accuracy',
    '95 % interval',
    'paper',
    'balanced',
    'macro-F1',
    'p against SDNet',
    'parameters',
    'paper',
    'multiply-adds',
    'paper (FLOPs)',
    'ms/image',
    'training images/s',
  ];
  return { header, rows: networks.map((network) => rowOf(network, speeds)) };
}

function rowOf(network: ComparedNetwork, speeds: Readonly<Record<string, Speed>>): string[] {
  const { paper } = network;
  const speed = speeds[network.runs[0]!];
  return [
    network.model,
    accuracyText(network),
    intervalText(network),
    paper.accuracy === null ? '–' : percent(paper.accuracy, 2),
    percent(network.balancedAccuracy),
    percent(network.macroF1),
    network.mcnemar.map(({ p }) => probability(p)).join(', ') || '–',
    millions(network.parameters / 1e6, 3),
    millions(paper.parameters, 2),
    millions(network.multiplyAdds / 1e6, 1),
    millions(paper.flops, 2),
    optional(speed?.millisecondsPerImage, 1),
    optional(speed?.trainingImagesPerSecond, 0),
  ];
}

/** What the table's figures are, in one sentence or two. */
export const comparisonNote = ({ dataset, images, sharesSubjects, recipe, networks }: Comparison): string =>
  sharedSubjectsNote(sharesSubjects) +
  `${dataset}, ${images} validation images, recipe ${recipe.name}, ${recipe.epochs} epochs, seed(s) ` +
  `${[...new Set(networks.flatMap(({ seeds }) => seeds))].join(', ')}: the last epoch's weights, each image seen once; ` +
  'interval by bootstrap over images, p by McNemar\'s exact test of the same seed. "paper": its Table 1.';
