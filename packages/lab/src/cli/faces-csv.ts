import type { Face } from 'sdnet';
import { csvText } from '../files/csv-text.js';

/**
 * A row for each face: `file`, `x`, `y`, `width`, `height` (pixels of the image), `angle` (degrees clockwise),
 * `face_confidence`, `expression`, `confidence`, and `score_<class>` for each class.
 */
export const facesCsv = (
  rows: readonly { readonly file: string; readonly face: Face }[],
  classNames: readonly string[],
): string =>
  csvText([
    ['file', 'x', 'y', 'width', 'height', 'angle', 'face_confidence', 'expression', 'confidence'].concat(
      classNames.map((name) => `score_${name}`),
    ),
    ...rows.map(({ file, face: { box, angle, faceConfidence, expression, confidence, scores } }) => [
      file,
      ...[box.x, box.y, box.width, box.height, angle, faceConfidence].map(short),
      expression,
      ...[confidence, ...classNames.map((name) => scores[name]!)].map(short),
    ]),
  ]);

/** As many digits as mean something. */
const short = (value: number): number => Number(value.toPrecision(6));
