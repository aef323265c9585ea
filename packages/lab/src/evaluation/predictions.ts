import { lstatSync, realpathSync, statSync } from 'node:fs';
import { dirname, extname } from 'node:path';
import { type Dataset, predictedClasses, UserError } from '@sdnet/training';
import { csvText } from '../files/csv-text.js';
import { writeFile } from '../files/write-file.js';

/** What was recognised on the images at `indices`: `scores` is N×classes of the data set. */
export interface Predictions {
  readonly dataset: Dataset;
  readonly indices: readonly number[];
  readonly scores: Float32Array;
}

const formats = {
  '.csv': csv,
  '.jsonl': jsonLines,
  '.ndjson': jsonLines,
} as const;

const formatOf = (file: string) => formats[extname(file).toLowerCase() as keyof typeof formats];

/**
 * Throws a `UserError` where predictions cannot be written to `file`: its name has no known ending, it is there and no
 * file, its folder is not, or it is one of the files `read`, which would be lost. To be asked before hours of work.
 */
export function requirePredictionsFile(file: string, read: readonly (string | undefined)[]): void {
  if (!formatOf(file))
    throw new UserError(
      `${file}: predictions are written as CSV or JSON lines; a name that ends in .csv or .jsonl was expected.`,
    );
  const status = lstatSync(file, { throwIfNoEntry: false });
  if (status?.isDirectory()) throw new UserError(`${file}: is a folder; name a file for the predictions.`);
  if (status && !statSync(file, { throwIfNoEntry: false })?.isFile())
    throw new UserError(`${file}: is no file, so no predictions are written over it. Name another.`);
  if (!statSync(dirname(file), { throwIfNoEntry: false })?.isDirectory())
    throw new UserError(`${file}: there is no folder ${dirname(file)}. Make it first.`);
  const isRead = (path: string | undefined) =>
    path !== undefined &&
    statSync(path, { throwIfNoEntry: false }) &&
    realpathSync(path) === realpathSync(file);
  if (status && read.some(isRead))
    throw new UserError(
      `${file}: is read as data or weights, and predictions would replace it. Name another file.`,
    );
}

/**
 * Writes an image a line, completely or not at all: its file, its true class, the class recognised, and each class's
 * score (soft-max, in [0, 1]). As CSV, the columns are `file,label,predicted` and `score_<class>` for each class; as
 * JSON lines, `scores` is an object.
 */
export async function writePredictions(file: string, predictions: Predictions): Promise<void> {
  await writeFile(file, formatOf(file)(predictions));
}

interface Line {
  readonly file: string;
  readonly label: string;
  readonly predicted: string;
  /** In the order of the classes. */
  readonly scores: readonly number[];
}

function linesOf({ dataset: { classNames, samples }, indices, scores }: Predictions): Line[] {
  const classes = classNames.length;
  const predicted = predictedClasses(scores, classes);
  return indices.map((index, row) => ({
    file: samples[index]!.source,
    label: classNames[samples[index]!.label]!,
    predicted: classNames[predicted[row]!]!,
    // As many digits as a float32 has.
    scores: [...scores.subarray(row * classes, (row + 1) * classes)].map((score) =>
      Number(score.toPrecision(9)),
    ),
  }));
}

function csv(predictions: Predictions): string {
  const { classNames } = predictions.dataset;
  const rows: (string | number)[][] = [
    ['file', 'label', 'predicted', ...classNames.map((name) => `score_${name}`)],
    ...linesOf(predictions).map(({ file, label, predicted, scores }) => [file, label, predicted, ...scores]),
  ];
  return csvText(rows);
}

function jsonLines(predictions: Predictions): string {
  const { classNames } = predictions.dataset;
  return linesOf(predictions)
    .map(({ scores, ...line }) => {
      const named = Object.fromEntries(classNames.map((name, index) => [name, scores[index]]));
      return `${JSON.stringify({ ...line, scores: named })}\n`;
    })
    .join('');
}
