import { existsSync, type Stats, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { type AnyExpression, type Dataset, eightExpressions, type Split, UserError } from '@sdnet/training';
import { fileError } from 'sdnet';
import { findFolders } from '../files/find-folders.js';
import { holds } from '../files/holds.js';
import { type CsvRow, readCsv } from '../files/read-csv.js';
import { readNpyNumber } from '../files/read-npy.js';
import type { SourceFile } from '../files/source-file.js';
import { cropSquare, type Square } from '../images/crop-square.js';
import type { DecodedImage } from 'sdnet';
import { isImage, listImages } from '../images/list-images.js';
import { type ImageFile, type ImageFilesOptions, loadImages } from './load-images.js';
import { selectClasses } from './select-images.js';

/** Raise where the loader would make other pixels of the same files. */
const loaderVersion = 1;

/** What the numbers from 0 mean; 8 (none), 9 (uncertain) and 10 (no face) are left out. */
const emotions: readonly AnyExpression[] = [
  'neutral',
  'happy',
  'sad',
  'surprise',
  'fear',
  'disgust',
  'angry',
  'contempt',
];
const highestNumber = 10;

const labelOf = (number: number): number => eightExpressions.indexOf(emotions[number]!);

export const affectNetClassCounts = [7, 8] as const;
export type AffectNetClassCount = (typeof affectNetClassCounts)[number];

export interface AffectNetOptions extends ImageFilesOptions {
  /** 8 (default): all. 7: without contempt. */
  readonly classes?: AffectNetClassCount | undefined;
}

/**
 * AffectNet (Mollahosseini et al., 2017): faces from the web, eight expressions, colour. `root` is, or has below it,
 * either of
 *
 * - the manually annotated part: `training.csv` and `validation.csv` (with a header or without) beside or in a folder
 *   beside `Manually_Annotated_Images/<folder>/<image>`; the face is cropped as the square about its box (`face_x` …);
 * - the release of 2021 that is widely passed on: `train_set/images/<n>.jpg` with
 *   `train_set/annotations/<n>_exp.npy`, and `val_set` alike; its images are cropped already.
 *
 * Either split may be missing. The numbers are 0 neutral, 1 happy, 2 sad, 3 surprise, 4 fear, 5 disgust, 6 angry,
 * 7 contempt; images that are none of them are left out, as are those in a format that is not read (some are BMP), which
 * `onNote` hears of. There is no test split.
 *
 * Throws a `UserError` naming the file, row or folder at fault.
 */
export async function loadAffectNet(
  root: string,
  { classes = 8, ...options }: AffectNetOptions = {},
): Promise<Dataset> {
  const { base, files, besides } = findReduced(root) ?? (await findAnnotated(root, options));
  const dataset = await loadImages(
    {
      name: 'affectnet',
      version: loaderVersion,
      root: base,
      classNames: eightExpressions,
      files,
      besides,
      prepare: cropFace,
    },
    options,
  );
  return classes === 8 ? dataset : selectClasses(dataset, eightExpressions.slice(0, classes));
}

interface AffectNetFile extends ImageFile {
  /** Absent where the image is cropped already. */
  readonly face?: Square;
}

interface Found {
  readonly base: string;
  readonly files: readonly AffectNetFile[];
  readonly besides: readonly SourceFile[];
}

const reducedParts: readonly (readonly [Split, string])[] = [
  ['train', 'train_set'],
  ['validation', 'val_set'],
];

function findReduced(root: string): Found | undefined {
  const hasPart = (folder: string) =>
    reducedParts.some(([, part]) => existsSync(join(folder, part, 'images')));
  const base = [root, join(root, 'AffectNet')].find(hasPart);
  if (base === undefined) return undefined;
  const files = reducedParts.flatMap(([split, part]) => {
    if (!existsSync(join(base, part))) return [];
    return listImages(base, `${part}/images`, 'folder').map((file): AffectNetFile => {
      const annotation = join(base, part, 'annotations', `${posix.parse(file.path).name}_exp.npy`);
      const number = readNpyNumber(annotation);
      if (emotions[number] === undefined)
        throw new UserError(
          `${annotation}: holds ${number}, but a number from 0 to 7 was expected. Unpack it again.`,
        );
      return { ...file, sample: { label: labelOf(number), split } };
    });
  });
  return { base, files, besides: [] };
}

const lists: readonly (readonly [Split, string])[] = [
  ['train', 'training.csv'],
  ['validation', 'validation.csv'],
];

const columns = [
  'subDirectory_filePath',
  'face_x',
  'face_y',
  'face_width',
  'face_height',
  'expression',
] as const;
type Row = CsvRow<(typeof columns)[number], never>;

/** Of copies of the lists that have no header. */
const header = [...columns.slice(0, 5), 'facial_landmarks', 'expression', 'valence', 'arousal'];

async function findAnnotated(root: string, { onNote }: ImageFilesOptions): Promise<Found> {
  const places = ['', 'Manually_Annotated', 'Manually_Annotated_file_lists'];
  const folders = [...places, 'Manually_Annotated/Manually_Annotated_file_lists'];
  const folder = folders
    .map((name) => join(root, name))
    .find((path) => lists.some(([, list]) => existsSync(join(path, list))));
  if (folder === undefined)
    throw new UserError(
      `${root}: neither training.csv and validation.csv nor train_set/images was found (${holds(root)}). Name the ` +
        'folder that AffectNet was unpacked in.',
    );
  const images = findFolders(root, 2, (name) => name === 'manuallyannotatedimages');
  if (images.length > 1)
    throw new UserError(
      `${root}: the folder Manually_Annotated_Images is there more than once: ${images.join(', ')}. Name one.`,
    );
  const base = join(root, images[0] ?? '');
  const files: AffectNetFile[] = [];
  const besides: SourceFile[] = [];
  let unknown = 0;
  const seen = new Set<string>();
  for (const [split, list] of lists) {
    const path = join(folder, list);
    if (!existsSync(path)) continue;
    const { size, mtimeMs } = statSync(path);
    besides.push({ path: list, size, modified: mtimeMs });
    for await (const row of readCsv(path, {
      required: columns,
      header,
      advice: 'Is this a list of AffectNet?',
    })) {
      const number = expressionOf(row);
      if (number >= emotions.length) continue;
      const file = row.values.subDirectory_filePath;
      if (!/^[^/\\]+\/[^/\\]+$/.test(file) || file.startsWith('.'))
        throw row.problem(
          `subDirectory_filePath is ${JSON.stringify(file.slice(0, 80))}, but a folder and a file were expected, such as ` +
            '"1/a.jpg"',
        );
      if (seen.has(file)) throw row.problem(`${file} is listed already. Fetch the list again`);
      seen.add(file);
      if (!isImage(file)) {
        unknown++;
        continue;
      }
      const status = look(base, file, row);
      files.push({
        path: file,
        size: status.size,
        modified: status.mtimeMs,
        face: faceOf(row),
        sample: { label: labelOf(number), split },
      });
    }
  }
  if (unknown > 0) onNote?.(`AffectNet: ${unknown} images are left out, as their formats are not read.`);
  if (files.length === 0)
    throw new UserError(`${folder}: its lists have no image of an expression. Fetch them again.`);
  return { base, files, besides };
}

function look(base: string, file: string, { problem }: Row): Stats {
  try {
    return statSync(join(base, file));
  } catch (error) {
    throw problem(fileError(join(base, file), error).message.replace(/\.$/, ''));
  }
}

function expressionOf({ values: { expression }, problem }: Row): number {
  if (/^\d{1,2}$/.test(expression) && Number(expression) <= highestNumber) return Number(expression);
  throw problem(
    `expression is ${JSON.stringify(expression.slice(0, 40))}, but a number from 0 (neutral) to ${highestNumber} was expected`,
  );
}

/** The square about the face's box. */
function faceOf({ values, problem }: Row): Square {
  const box = (['face_x', 'face_y', 'face_width', 'face_height'] as const).map((column) => {
    const text = values[column];
    const value = /^-?\d{1,9}(\.\d*)?$/.test(text) ? Number(text) : NaN;
    if (Number.isFinite(value) && (value > 0 || column === 'face_x' || column === 'face_y')) return value;
    throw problem(`${column} is ${JSON.stringify(text.slice(0, 40))}, but a number of pixels was expected`);
  });
  const [x, y, width, height] = box as [number, number, number, number];
  const side = Math.max(1, Math.round(Math.max(width, height)));
  return { left: Math.round(x + (width - side) / 2), top: Math.round(y + (height - side) / 2), side };
}

function cropFace(image: DecodedImage, { face }: AffectNetFile, name: string): DecodedImage {
  if (!face) return image;
  const { left, top, side } = face;
  const isOutside = left + side <= 0 || top + side <= 0 || left >= image.width || top >= image.height;
  // A box of another image could otherwise ask for any amount of memory.
  if (isOutside || side > 2 * Math.max(image.width, image.height))
    throw new UserError(
      `${name}: the box of its face (${side}×${side} at ${left}, ${top}) does not lie on the image ` +
        `(${image.width}×${image.height}). Unpack both again.`,
    );
  return cropSquare(image, face);
}
