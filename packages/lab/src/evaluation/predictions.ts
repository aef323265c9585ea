import { extname } from 'node:path';
import { type Dataset, predictedClasses, UserError } from '@sdnet/training';
import { csvText } from '../files/csv-text.js';
import { requireOutputFile } from '../files/require-output-file.js';
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
 * Throws a `UserError` where predictions cannot be written to `file`: its name has no known ending, or as
 * `requireOutputFile` does.
 */
export function requirePredictionsFile(file: string, read: readonly (string | undefined)[]): void {
  if (!formatOf(file))
    throw new UserError(
      `${file}: predictions are written as CSV or JSON lines; a name that ends in .csv or .jsonl was expected.`,
    );
  requireOutputFile(file, 'predictions', read);
}

/**
 * Writes an image a line, completely or not at all: its file, its true class, the class recognised, and each class's
 * score (soft-max, in [0, 1]). As CSV, the columns are `file,label,predicted` and `score_<class>` for each class; as
 * JSON lines, `scores` is an object.
 */
export async function writePredictions(file: string, predictions: Predictions): Promise<void> {
  await writeFile(file, formatOf(file)(predictions));
}

/** How one image was recognised. */
export interface ImagePrediction {
  readonly file: string;
  readonly label: string;
  readonly predicted: string;
  /** In the order of the classes, in [0, 1]. */
  readonly scores: readonly number[];
}

/** How each image was recognised, in their order. */
export function imagePredictions({
  dataset: { classNames, samples },
  indices,
  scores,
}: Predictions): ImagePrediction[] {
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
    ...imagePredictions(predictions).map(({ file, label, predicted, scores }) => [
      file,
      label,
      predicted,
      ...scores,
    ]),
  ];
  return csvText(rows);
}

function jsonLines(predictions: Predictions): string {
  const { classNames } = predictions.dataset;
  return imagePredictions(predictions)
    .map(({ scores, ...line }) => {
      const named = Object.fromEntries(classNames.map((name, index) => [name, scores[index]]));
      return `${JSON.stringify({ ...line, scores: named })}\n`;
    })
    .join('');
}
