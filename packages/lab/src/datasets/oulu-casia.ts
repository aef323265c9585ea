import { basename, dirname, join, posix, resolve } from 'node:path';
import { type Dataset, expressions, UserError } from '@sdnet/training';
import type { SourceFile } from '../files/source-file.js';
import type { DecodedImage } from 'sdnet';
import { findFolders, spelling } from '../files/find-folders.js';
import { holds } from '../files/holds.js';
import { cropAdvice } from './crop-advice.js';
import { listClassFolders } from './list-class-folders.js';
import { listFolder } from '../files/list-folder.js';
import { listImages } from '../images/list-images.js';
import { type ImageFile, type ImageFilesOptions, loadImages } from './load-images.js';
import { framesInTime } from './frames-in-time.js';
import { listSubjects } from './list-subjects.js';

/** Raise where the loader would make other pixels of the same files. */
const loaderVersion = 1;

/** At the end of a sequence, which runs from the neutral face to the peak of the expression. */
const peakFrames = 3;

export const ouluCasiaClasses = expressions.filter((expression) => expression !== 'neutral');
const classNames = ouluCasiaClasses;

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
 * which it was. Sources are paths below `Strong`, so that they are the same from whichever level. The last three
 * frames of each sequence are samples: 480 sequences, 1,440 images. Subject (`P001`) and sequence (`P001_angry`) are
 * known; there are no official splits.
 *
 * Throws a `UserError` naming the file or folder at fault, also where it finds only the raw frames
 * (`OriginalImg/VL/Strong`), whose faces are not cropped.
 */
export async function loadOuluCasia(
  root: string,
  { onNote, ...options }: ImageFilesOptions = {},
): Promise<Dataset> {
  const strong = findStrong(baseOf(root));
  const subjects = listSubjects(strong, /^p\d+$/i, 'P001');
  if (subjects.length === 0) throw new UserError(`${strong}: is empty. Unpack Oulu-CASIA again.`);
  const files = subjects.flatMap(({ subject, folder }) =>
    listClassFolders(strong, folder, classNames, 'Oulu-CASIA').flatMap(({ path, label }) => {
      const sequence = `${subject}_${classNames[label]}`;
      return listFrames(strong, path)
        .slice(-peakFrames)
        .map((file): ImageFile => ({ ...file, sample: { label, subject, sequence } }));
    }),
  );
  onNote?.(
    `Oulu-CASIA: ${strong} was taken for the cropped faces in visible light and strong illumination; ` +
      `${subjects.length * classNames.length} sequences (${publishedSequences} were published).`,
  );
  return loadImages(
    { name: 'oulu-casia', version: loaderVersion, root: strong, classNames, files, prepare: refuseFrame },
    options,
  );
}

/** A folder may be given below the one whose name counts. */
const baseOf = (root: string): string =>
  isStrong(spelling(basename(resolve(root)))) ? dirname(resolve(root)) : root;

/**
 * The folder with the subjects' raw frames in visible light and strong illumination, `…/VL/Strong`.
 *
 * @throws UserError where there is none, or more than one
 */
export function findRawOuluCasia(root: string): string {
  const base = baseOf(root);
  const raw = findFolders(base, 4, isRaw);
  if (raw.length === 1) return strongIn(join(base, raw[0]!));
  throw new UserError(
    raw.length === 0
      ? `${root}: the folder VL/Strong with the raw frames was not found (${holds(base)}). Name the folder that ` +
          'Oulu-CASIA was unpacked in.'
      : `${root}: several folders could be the raw frames: ${raw.join(', ')}. Name one of them.`,
  );
}

/** The folder with the subjects. */
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
            `Oulu-CASIA, with the folder VL_Acropped/Strong. ${cropAdvice('oulu-casia', base)}`
        : `${base}: the folder VL_Acropped/Strong was not found (${holds(base)}). Name the folder that ` +
            'Oulu-CASIA was unpacked in.',
    );
  }
  return strongIn(join(base, cropped[0]!));
}

function strongIn(folder: string): string {
  const strong = listFolder(folder).filter(({ name, isFolder }) => isFolder && isStrong(spelling(name)));
  if (strong.length === 1) return join(folder, strong[0]!.name);
  throw new UserError(
    `${folder}: one folder Strong was expected (${holds(folder)}). Unpack Oulu-CASIA again.`,
  );
}

/** The frames of a sequence in time. */
function listFrames(strong: string, folder: string): SourceFile[] {
  const frames = listImages(strong, folder, 'sequence').map((file) => {
    const number = /^(\d+)\.\w+$/.exec(posix.basename(file.path))?.[1];
    if (number === undefined) {
      throw new UserError(
        `${join(strong, file.path)}: not a frame; a number such as 000.jpeg was expected. Remove it.`,
      );
    }
    return { file, number: Number(number) };
  });
  if (frames.length < peakFrames) {
    throw new UserError(
      `${join(strong, folder)}: has ${frames.length} frame(s), but at least ${peakFrames} were expected. Unpack it again.`,
    );
  }
  return framesInTime(strong, frames).map(({ file }) => file);
}

/** The cameras' frames are 320×240; a crop is narrower or lower than that. */
function refuseFrame(image: DecodedImage, _file: unknown, name: string): DecodedImage {
  if (image.width < 320 || image.height < 240) return image;
  throw new UserError(
    `${name}: is ${image.width}×${image.height}, a whole frame, but cropped faces were expected. Take the ` +
      `pre-processed part of Oulu-CASIA, with the folder VL_Acropped/Strong. ${cropAdvice('oulu-casia', 'PATH')}`,
  );
}
