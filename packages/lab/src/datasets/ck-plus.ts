import { join, posix } from 'node:path';
import { type AnyExpression, type Dataset, eightExpressions, UserError } from '@sdnet/training';
import { cropSquare, type Square } from '../images/crop-square.js';
import type { SourceFile } from '../files/source-file.js';
import type { DecodedImage } from 'sdnet';
import { findFolders, spelling } from '../files/find-folders.js';
import { holds } from '../files/holds.js';
import { cropAdvice, requireSquare } from './crop-advice.js';
import { listFolder } from '../files/list-folder.js';
import { readText } from '../files/read-text.js';
import { listImages } from '../images/list-images.js';
import { type ImageFile, type ImageFilesOptions, loadImages } from './load-images.js';
import { type CkPlusClassCount, ckPlusClasses } from './ck-plus-classes.js';
import { type Frame, framesInTime } from './frames-in-time.js';
import { listSubjects } from './list-subjects.js';
import { selectClasses } from './select-images.js';

/** Raise where the loader would make other pixels of the same files. */
const loaderVersion = 1;

/** At the end of a sequence, which runs from the neutral face to the peak of the expression. */
const peakFrames = 3;

/** What the numbers 0 … 7 in the files of `Emotion/` mean. */
const emotions: readonly AnyExpression[] = [
  'neutral',
  'angry',
  'contempt',
  'disgust',
  'fear',
  'happy',
  'sad',
  'surprise',
];

const landmarkCount = 68;

/**
 * Around the bounding box of the landmarks on each side, as a fraction of its longer side. They run from the
 * brows to the chin and from ear to ear, so this adds half of the forehead.
 */
const margin = 0.1;

export interface CkPlusOptions extends ImageFilesOptions {
  /** Default 7. */
  readonly classes?: CkPlusClassCount | undefined;
}

/**
 * The Extended Cohn-Kanade set, CK+ (Lucey et al., 2010), as its authors distribute it: in `root` or up to two
 * levels below it the folders
 *
 * - `cohn-kanade-images/S005/001/S005_001_00000011.png`: subject, sequence, frame;
 * - `Emotion/S005/001/S005_001_00000011_emotion.txt`: one number, 0 … 7. A sequence without such a file or
 *   folder has no label and is left out, as 266 of the 593 are;
 * - `Landmarks/S005/001/S005_001_00000011_landmarks.txt`: 68 lines `x y`, of which each frame's face is cropped
 *   as a square, 1.2 times as long as the longer side of their bounding box and about its centre. Where there is no
 *   such folder, the images must be cropped already, as `sdnet datasets crop` does: they are square then.
 *
 * The case of folder names does not matter. Sources are paths below `cohn-kanade-images`, so that they are the same
 * from whichever level. Of each labelled sequence the last three frames are samples of its emotion and, with 8
 * classes, the first is one of neutral: of the whole set 927 images with 6 classes, 981 with 7, 1,308 with 8. Subject
 * (`S005`) and sequence (`S005_001`) are known; there are no official splits.
 *
 * Throws a `UserError` naming the file or folder at fault.
 */
export async function loadCkPlus(
  root: string,
  { classes = 7, onNote, ...options }: CkPlusOptions = {},
): Promise<Dataset> {
  const trees: Trees = { ...findCkPlus(root), landmarks: findTree(root, 'Landmarks') };
  const { files, labelled, sequences } = listCkPlus(trees);
  const missing = `${root}: the folder Landmarks was not found (${holds(root)}). ${sideBySide} ${cropAdvice('ck+', root)}`;
  onNote?.(`CK+: ${labelled} of ${sequences} sequences have an emotion label.`);
  const dataset = await loadImages(
    {
      name: 'ck+',
      version: loaderVersion,
      root: trees.images,
      classNames: eightExpressions,
      files,
      besides: files.flatMap(({ landmarks }) => landmarks ?? []),
      prepare: (image, { landmarks }, name) =>
        landmarks
          ? cropFace(image, join(trees.landmarks!, landmarks.path), name)
          : requireSquare(image, name, missing),
    },
    options,
  );
  return selectClasses(dataset, ckPlusClasses(classes));
}

/** The folders of `<subject>/<sequence>`. */
interface Trees {
  readonly images: string;
  readonly labels: string;
  readonly landmarks: string | undefined;
}

/** The folders of images and labels, wherever below `root` they are. Throws a `UserError` where one is not. */
export const findCkPlus = (root: string): Pick<Trees, 'images' | 'labels'> => ({
  images: requireTree(root, 'cohn-kanade-images'),
  labels: requireTree(root, 'Emotion', 'Emotion_labels'),
});

interface CkPlusFile extends ImageFile {
  /** Its path is below the tree of landmarks; absent where there is none. */
  readonly landmarks: SourceFile | undefined;
}

function listCkPlus(trees: Trees): { files: CkPlusFile[]; labelled: number; sequences: number } {
  const images = listSequences(trees.images);
  const labels = listSequences(trees.labels);
  const landmarks = trees.landmarks === undefined ? undefined : listSequences(trees.landmarks);
  // By name, whatever the case of the folders.
  const labelled = [...labels]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([sequence, folder]) => {
      const label = readLabel(trees.labels, folder, sequence);
      if (label === undefined) return [];
      const imageFolder = images.get(sequence);
      if (imageFolder === undefined) {
        throw new UserError(
          `${join(trees.labels, folder)}: labels the sequence ${sequence}, but there is no such folder in ` +
            `${trees.images}. Unpack the images again.`,
        );
      }
      return [{ sequence, ...label, imageFolder }];
    });
  if (labelled.length === 0) {
    throw new UserError(`${trees.labels}: no sequence has a label. Unpack the labels again.`);
  }
  const files = labelled.flatMap(({ sequence, label, labelledFrame, imageFolder }) => {
    const frames = listFrames(trees.images, imageFolder, sequence, labelledFrame);
    const marks =
      trees.landmarks === undefined
        ? undefined
        : listLandmarks(trees.landmarks, landmarks!.get(sequence), sequence);
    const sample = (frame: NamedFrame, expression: AnyExpression): CkPlusFile => ({
      ...frame.file,
      landmarks: marks && landmarksOf(frame, marks, join(trees.images, frame.file.path)),
      sample: { label: eightExpressions.indexOf(expression), subject: sequence.split('_')[0]!, sequence },
    });
    return [
      sample(frames[0]!, 'neutral'),
      ...frames.slice(-peakFrames).map((frame) => sample(frame, emotions[label]!)),
    ];
  });
  return { files, labelled: labelled.length, sequences: images.size };
}

const sideBySide = 'CK+ needs cohn-kanade-images/, Emotion/ and Landmarks/ side by side.';

/** Throws a `UserError` where there is no folder of one of the names. */
function requireTree(root: string, ...names: readonly [string, ...string[]]): string {
  const found = findTree(root, ...names);
  if (found !== undefined) return found;
  throw new UserError(`${root}: the folder ${names[0]} was not found (${holds(root)}). ${sideBySide}`);
}

/** The folder of one of the names, the first of which error messages use. */
function findTree(root: string, ...names: readonly [string, ...string[]]): string | undefined {
  const spellings = names.map(spelling);
  const found = findFolders(root, 2, (name) => spellings.includes(name));
  if (found.length > 1) {
    throw new UserError(
      `${root}: the folder ${names[0]} is there more than once: ${found.join(', ')}. Remove all but one.`,
    );
  }
  return found[0] === undefined ? undefined : join(root, found[0]);
}

/** The folders `<subject>/<sequence>` in one of the three trees, by `<SUBJECT>_<sequence>`. */
export function listSequences(tree: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const { subject, folder } of listSubjects(tree, /^s\d+$/i, 'S005')) {
    for (const { name, isFolder } of listFolder(join(tree, folder))) {
      const path = posix.join(folder, name);
      if (!isFolder || !/^\d+$/.test(name)) {
        throw new UserError(
          `${join(tree, path)}: not a folder of a sequence, such as 001. Move it elsewhere.`,
        );
      }
      found.set(`${subject}_${name}`, path);
    }
  }
  return found;
}

/** A sequence's label, 0 … 7, and the frame it was given to; nothing where it has none. */
function readLabel(
  tree: string,
  folder: string,
  sequence: string,
): { label: number; labelledFrame: number } | undefined {
  const entries = listFolder(join(tree, folder));
  if (entries.length === 0) return undefined;
  if (entries.length > 1) {
    throw new UserError(
      `${join(tree, folder)}: holds ${entries.map(({ name }) => name).join(', ')}, but one file with a label was ` +
        'expected. Remove the others.',
    );
  }
  const { name, isFile } = entries[0]!;
  const file = join(tree, folder, name);
  const match = /^(s\d+_\d+)_(\d+)_emotion\.txt$/i.exec(name);
  if (!isFile || !match || match[1]!.toUpperCase() !== sequence) {
    throw new UserError(
      `${file}: not the label of the sequence ${sequence}; ${sequence}_<frame>_emotion.txt was expected. Remove it.`,
    );
  }
  const text = readText(file).trim();
  const label = decimal(text);
  if (!(label in emotions)) {
    throw new UserError(
      `${file}: holds ${JSON.stringify(text.slice(0, 40))}, but one number from 0 (neutral) to 7 (surprise) was ` +
        'expected. Unpack the file again.',
    );
  }
  return { label, labelledFrame: Number(match[2]) };
}

/** The number that `text` writes as MATLAB does, such as `3.0000000e+00`; NaN where it is anything else. */
function decimal(text: string): number {
  return /^[+-]?\d+(\.\d*)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
}

interface NamedFrame extends Frame {
  /** The file's name without its ending. */
  readonly stem: string;
}

/** The frames of a labelled sequence in time. */
function listFrames(tree: string, folder: string, sequence: string, labelledFrame: number): NamedFrame[] {
  const found = listImages(tree, folder, 'sequence').map((file): NamedFrame => {
    const match = /^((s\d+_\d+)_(\d+))\.\w+$/i.exec(posix.basename(file.path));
    if (!match || match[2]!.toUpperCase() !== sequence) {
      throw new UserError(
        `${join(tree, file.path)}: not a frame of the sequence ${sequence}; ${sequence}_<frame>.png was expected. ` +
          'Remove it.',
      );
    }
    return { number: Number(match[3]), stem: match[1]!, file };
  });
  const frames = framesInTime(tree, found);
  if (!frames.some(({ number }) => number === labelledFrame)) {
    throw new UserError(
      `${join(tree, folder)}: frame ${labelledFrame}, the peak that its label was given to, is missing. Unpack the ` +
        'sequence again.',
    );
  }
  if (frames.length <= peakFrames) {
    throw new UserError(
      `${join(tree, folder)}: has ${frames.length} frame(s), but a neutral one and ${peakFrames} at the peak were ` +
        'expected. Unpack the sequence again.',
    );
  }
  return frames;
}

/** The landmark files of a sequence by their names in lower case. */
function listLandmarks(tree: string, folder: string | undefined, sequence: string): Map<string, SourceFile> {
  if (folder === undefined) {
    throw new UserError(
      `${tree}: has no folder for the labelled sequence ${sequence}. Unpack the landmarks again.`,
    );
  }
  const found = new Map<string, SourceFile>();
  for (const { name, isFile, size, modified } of listFolder(join(tree, folder))) {
    if (!isFile) continue;
    const path = posix.join(folder, name);
    const other = found.get(name.toLowerCase());
    if (other) {
      throw new UserError(
        `${join(tree, other.path)} and ${join(tree, path)} are landmarks of one frame. Remove one.`,
      );
    }
    found.set(name.toLowerCase(), { path, size, modified });
  }
  return found;
}

function landmarksOf(
  { stem }: NamedFrame,
  landmarks: ReadonlyMap<string, SourceFile>,
  image: string,
): SourceFile {
  const found = landmarks.get(`${stem}_landmarks.txt`.toLowerCase());
  if (found) return found;
  throw new UserError(
    `${image}: its face cannot be cropped, as Landmarks/ has no ${stem}_landmarks.txt. Unpack the landmarks again.`,
  );
}

function cropFace(image: DecodedImage, landmarksFile: string, name: string): DecodedImage {
  const face = squareAround(readLandmarks(readText(landmarksFile), landmarksFile));
  const isOutside =
    face.left + face.side <= 0 ||
    face.top + face.side <= 0 ||
    face.left >= image.width ||
    face.top >= image.height;
  // Landmarks of another image could otherwise ask for any amount of memory.
  if (isOutside || face.side > 2 * Math.max(image.width, image.height)) {
    throw new UserError(
      `${landmarksFile}: the landmarks do not lie on ${name} (${image.width}×${image.height}). Unpack both again.`,
    );
  }
  return cropSquare(image, face);
}

type Point = readonly [x: number, y: number];

function readLandmarks(text: string, file: string): Point[] {
  const lines = text.trim().split(/\r?\n/);
  const points = lines.map((line) => line.trim().split(/\s+/).map(decimal));
  if (points.length !== landmarkCount) {
    throw new UserError(
      `${file}: has ${points.length} lines, but ${landmarkCount} landmarks were expected. Unpack the file again.`,
    );
  }
  return points.map((point, index): Point => {
    if (point.length !== 2 || !point.every(Number.isFinite)) {
      throw new UserError(
        `${file}, line ${index + 1}: is ${JSON.stringify(lines[index]!.slice(0, 40))}, but two numbers "x y" were ` +
          'expected. Unpack the file again.',
      );
    }
    return [point[0]!, point[1]!];
  });
}

function squareAround(points: readonly Point[]): Square {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  const side = Math.max(1, Math.round((1 + 2 * margin) * Math.max(right - left, bottom - top)));
  return {
    left: Math.round((left + right - side) / 2),
    top: Math.round((top + bottom - side) / 2),
    side,
  };
}
