import type { DatasetReport, Leak, NearPair } from '../datasets-check/datasets-check.js';
import { visible } from '../files/visible.js';
import { table } from './table.js';

/** Lines of one list; the rest is in the plain data. */
const shownLines = 20;

/** A report for people to read, without a line end. */
export function datasetReportText(report: DatasetReport): string {
  const { dataset, images, width, height, channels } = report;
  const colour = channels === 1 ? 'grey' : 'RGB';
  return [
    `${dataset}: ${images} images, ${width}×${height}, ${colour}`,
    countTable(report),
    list('Files that cannot be read', report.unreadable),
    duplicates(report),
    list('Images that are also in another split', report.leaks.map(leakLine), summariseLeaks(report.leaks)),
    list(
      'Subjects in several splits',
      report.sharedSubjects.map(({ subject, splits }) => `${subject}: ${splits.join(', ')}`),
    ),
  ].join('\n\n');
}

function countTable({ classNames, splits, classWeights }: DatasetReport): string {
  const header = ['', ...classNames, 'all'];
  const counts = splits.map(({ split, images, classCounts }) => [
    split ?? 'images',
    ...classCounts.map(String),
    String(images),
  ]);
  const weights = classWeights && ['class weight', ...classWeights.map((weight) => weight.toFixed(3)), ''];
  const numbers = table(
    header,
    weights ? [...counts, weights] : counts,
    header.map((_, column) => column).slice(1),
  );
  return weights ? numbers : `${numbers}\nclass weight: none, as a class has no image to train on`;
}

function duplicates({ exactDuplicates, nearDuplicates, alteredDuplicates, splits }: DatasetReport): string {
  const copies = splits
    .filter(({ split }) => split !== undefined)
    .map(({ split, copies }) => `; ${copies} copies within ${split}`)
    .join('');
  const images = exactDuplicates.flat().length;
  const exact = list(
    'Byte-equal images',
    exactDuplicates.map((group) => group.join(' = ')),
    `${images} in ${exactDuplicates.length} groups${copies}`,
  );
  const pairs = (title: string, found: readonly NearPair[]) =>
    list(
      title,
      found.map(
        ({ images, correlation }) => `${images.join(' ~ ')}  (correlation ${correlation.toFixed(3)})`,
      ),
      `${found.length} pairs`,
    );
  const near = pairs('Nearly equal images', nearDuplicates);
  const altered = pairs('Mirrored, turned, enlarged or moved copies', alteredDuplicates);
  return `${exact}\n\n${near}\n\n${altered}`;
}

function summariseLeaks(leaks: readonly Leak[]): string {
  const counts = new Map<string, number>();
  for (const { split, originalSplit, isExact, isAltered } of leaks) {
    const relation = isExact ? 'byte-equal to' : isAltered ? 'altered copies of' : 'nearly equal to';
    const kind = `${split} images ${relation} one in ${originalSplit}`;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ');
}

const leakLine = ({ image, split, original, originalSplit, correlation, isExact }: Leak): string =>
  isExact
    ? `${image} (${split}) = ${original} (${originalSplit})`
    : `${image} (${split}) ~ ${original} (${originalSplit}, correlation ${correlation.toFixed(3)})`;

function list(title: string, lines: readonly string[], summary = String(lines.length)): string {
  if (lines.length === 0) return `${title}: none`;
  const more =
    lines.length > shownLines ? [`… and ${lines.length - shownLines} more (all of them with --json)`] : [];
  return [
    `${title}: ${summary}`,
    ...[...lines.slice(0, shownLines), ...more].map((line) => `  ${visible(line)}`),
  ].join('\n');
}
