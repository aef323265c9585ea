import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '@sdnet/training';
import type { Face } from 'sdnet';
import { csvText } from '../files/csv-text.js';
import type { ImageFile } from './expand-images.js';

/**
 * Throws a `UserError` where no table of faces can be written to `file`: it is there and no file, its folder is not, or
 * it is one of the `images`, which would be lost. To be asked before the work.
 */
export function requireFacesFile(file: string, images: readonly ImageFile[]): void {
  const status = statSync(file, { throwIfNoEntry: false });
  if (status && !status.isFile())
    throw new UserError(`${file}: is no file, so no table is written over it. Name another.`);
  if (!statSync(dirname(file), { throwIfNoEntry: false })?.isDirectory())
    throw new UserError(`${file}: there is no folder ${dirname(file)}. Make it first.`);
  const isFile = (image: string) =>
    statSync(image, { throwIfNoEntry: false }) && realpathSync(image) === realpathSync(file);
  if (status && images.some(({ file: image }) => image !== '-' && isFile(image)))
    throw new UserError(`${file}: is one of the images, and the table would replace it. Name another file.`);
}

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
