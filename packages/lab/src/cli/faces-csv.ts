import type { Face } from 'sdnet';
import { csvText } from '../files/csv-text.js';

/**
 * What is said of a face in a row: `x`, `y`, `width`, `height` (pixels of the image), `angle` (degrees clockwise),
 * `face_confidence`, `expression`, `confidence`, and `score_<class>` for each class.
 */
export const faceColumns = (classNames: readonly string[]): string[] => [
  ...['x', 'y', 'width', 'height', 'angle', 'face_confidence', 'expression', 'confidence'],
  ...classNames.map((name) => `score_${name}`),
];

export const faceCells = (
  { box, angle, faceConfidence, expression, confidence, scores }: Face,
  classNames: readonly string[],
): (string | number)[] => [
  ...[box.x, box.y, box.width, box.height, angle, faceConfidence].map(short),
  expression,
  ...[confidence, ...classNames.map((name) => scores[name]!)].map(short),
];

/** A row for each face: `file`, and `faceColumns`. */
export const facesCsv = (
  rows: readonly { readonly file: string; readonly face: Face }[],
  classNames: readonly string[],
): string =>
  csvText([
    ['file', ...faceColumns(classNames)],
    ...rows.map(({ file, face }) => [file, ...faceCells(face, classNames)]),
  ]);

/** As many digits as mean something. */
const short = (value: number): number => Number(value.toPrecision(6));
