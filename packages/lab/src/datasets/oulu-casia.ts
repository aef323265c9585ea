import { basename, dirname, join, posix, resolve } from 'node:path';
import type { SourceFile } from '../dataset-cache.js';
import type { DecodedImage } from '../decode-image.js';
import { findFolders, spelling } from '../find-folders.js';
import { holds } from '../holds.js';
import { listClassFolders } from '../list-class-folders.js';
import { listFolder } from '../list-folder.js';
import { listImages } from '../list-images.js';
import { type ImageFile, type ImageFilesOptions, loadImages } from '../load-images.js';
import { UserError } from '../user-error.js';
import type { Dataset } from './dataset.js';
import { expressions } from './expressions.js';

/** Raise where the loader would make other pixels of the same files. */
const loaderVersion = 1;

/** At the end of a sequence, which runs from the neutral face to the peak of the expression. */
const peakFrames = 3;

const classNames = expressions.filter((expression) => expression !== 'neutral');

const publishedSequences = 480;

const isCropped = (name: string) => name.startsWith('vl') && name.includes('crop');
const isRaw = (name: string) => name === 'vl';
const isStrong = (name: string) => name.startsWith('strong');

/**
 * Oulu-CASIA (Zhao et al., 2011): six expressions of 80 people, filmed in visible light (VIS) under strong
 * illumination, from the pre-processed crops `…/VL_Acropped/Strong/P001/Anger/000.jpeg` (subject, expression,
 * frame).
 *
 * `root` is any folder from four levels above `VL_Acropped` to `Strong` itself. The spelling of both varies
 * between copies, so every folder counts whose letters begin with VL and have "crop" among them; `onNote` hears
 * which it was. The last three frames of each sequence are samples: 480 sequences, 1,440 images. Subject
 * (`P001`) and sequence (`P001_angry`) are known; there are no official splits.
 *
 * Throws a `UserError` naming the file or folder at fault, also where it finds only the raw frames
 * (`OriginalImg/VL/Strong`), whose faces are not cropped.
 */
export async function loadOuluCasia(
  root: string,
  { onNote, ...options }: ImageFilesOptions = {},
): Promise<Dataset> {
  // A folder given below the one whose name counts.
  const base = isStrong(spelling(basename(resolve(root)))) ? dirname(resolve(root)) : root;
  const folder = findStrong(base);
  const subjects = listSubjects(base, folder);
  const files = subjects.flatMap(({ name, path }) =>
    listClassFolders(base, path, classNames, 'Oulu-CASIA').flatMap((classFolder) => {
      const subject = name.toUpperCase();
      const sequence = `${subject}_${classNames[classFolder.label]}`;
      return listFrames(base, classFolder.path)
        .slice(-peakFrames)
        .map((file): ImageFile => ({ ...file, sample: { label: classFolder.label, subject, sequence } }));
    }),
  );
  onNote?.(
    `Oulu-CASIA: ${join(base, folder)} was taken for the cropped faces in visible light and strong illumination; ` +
      `${subjects.length * classNames.length} sequences (${publishedSequences} were published).`,
  );
  return loadImages(
    { name: 'oulu-casia', version: loaderVersion, root: base, classNames, files, prepare: refuseFrame },
    options,
  );
}

/** The folder with the subjects, as a path from `base`. */
function findStrong(base: string): string {
  const cropped = findFolders(base, 4, isCropped);
  if (cropped.length > 1) {
    throw new UserError(
      `${base}: several folders could be the cropped faces: ${cropped.join(', ')}. Name one of them.`,
    );
  }
  if (cropped.length === 0) {
    const raw = findFolders(base, 4, isRaw).map((folder) => join(base, folder));
    throw new UserError(
      raw.length > 0
        ? `${raw[0]}: holds raw frames, on which the faces are not cropped. Take the pre-processed part of ` +
            'Oulu-CASIA, with the folder VL_Acropped/Strong.'
        : `${base}: the folder VL_Acropped/Strong was not found (${holds(base)}). Name the folder that ` +
            'Oulu-CASIA was unpacked in.',
    );
  }
  const folder = cropped[0]!;
  const strong = listFolder(join(base, folder)).filter(
    ({ name, isFolder }) => isFolder && isStrong(spelling(name)),
  );
  if (strong.length === 1) return posix.join(folder, strong[0]!.name);
  throw new UserError(
    `${join(base, folder)}: one folder Strong was expected (${holds(join(base, folder))}). Unpack Oulu-CASIA again.`,
  );
}

function listSubjects(base: string, folder: string): { name: string; path: string }[] {
  const entries = listFolder(join(base, folder));
  if (entries.length === 0) throw new UserError(`${join(base, folder)}: is empty. Unpack Oulu-CASIA again.`);
  return entries.map(({ name, isFolder }) => {
    const path = posix.join(folder, name);
    if (!isFolder || !/^p\d+$/i.test(name)) {
      throw new UserError(`${join(base, path)}: not a folder of a subject, such as P001. Move it elsewhere.`);
    }
    return { name, path };
  });
}

/** The frames of a sequence in time. */
function listFrames(base: string, folder: string): SourceFile[] {
  const frames = listImages(base, folder, 'sequence').map((file) => {
    const number = /^(\d+)\.\w+$/.exec(posix.basename(file.path))?.[1];
    if (number === undefined) {
      throw new UserError(
        `${join(base, file.path)}: not a frame; a number such as 000.jpeg was expected. Remove it.`,
      );
    }
    return { file, number: Number(number) };
  });
  if (frames.length < peakFrames) {
    throw new UserError(
      `${join(base, folder)}: has ${frames.length} frame(s), but at least ${peakFrames} were expected. Unpack it again.`,
    );
  }
  return frames.sort((a, b) => a.number - b.number).map(({ file }) => file);
}

/** The cameras' frames are 320×240; a crop is less than that. */
function refuseFrame(image: DecodedImage, _file: unknown, name: string): DecodedImage {
  if (image.width < 320 && image.height < 240) return image;
  throw new UserError(
    `${name}: is ${image.width}×${image.height}, a whole frame, but cropped faces were expected. Take the ` +
      'pre-processed part of Oulu-CASIA, with the folder VL_Acropped/Strong.',
  );
}
