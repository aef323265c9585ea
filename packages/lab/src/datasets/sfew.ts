import { join, posix } from 'node:path';
import { type Dataset, expressions, type Split, UserError } from '@sdnet/training';
import type { DecodedImage } from 'sdnet';
import { findFolders, spelling } from '../files/find-folders.js';
import { holds } from '../files/holds.js';
import { cropAdvice } from './crop-advice.js';
import { listClassFolders } from './list-class-folders.js';
import { listFolder } from '../files/list-folder.js';
import { listImages } from '../images/list-images.js';
import { type ImageFile, type ImageFilesOptions, loadImages } from './load-images.js';

/** Raise where the loader would make other pixels of the same files. */
const loaderVersion = 1;

/** In the paper; releases differ. */
const published = { train: 879, validation: 406 };

/** The labelled splits, and how the names of their folders begin. */
export const sfewSplits: readonly (readonly [Split, string])[] = [
  ['train', 'train'],
  ['validation', 'val'],
];

/**
 * SFEW 2.0 (Dhall et al., 2015): faces from films, seven expressions, from the release's aligned faces
 * (143×181). In `root`, a folder whose name begins with `Train` and one that begins with `Val`; in each the seven
 * class folders (`Angry`, `Disgust` …), either directly or up to three levels below it in a folder with "aligned" in
 * its name (`Train_Aligned_Faces`, `Val_Aligned_Faces_new/Val_Aligned_Faces`). Its test images have no labels, and
 * everything else in `root` is passed over.
 *
 * The numbers of images differ between releases, so they are told to `onNote` and not demanded.
 *
 * Throws a `UserError` naming the file or folder at fault, also where an image is a whole film frame.
 */
export async function loadSfew(
  root: string,
  { onNote, ...options }: ImageFilesOptions = {},
): Promise<Dataset> {
  const parts = sfewSplits.map(([split, beginning]) => {
    const folder = findAligned(root, findSplit(root, beginning));
    const files = listClassFolders(root, folder, expressions, 'SFEW').flatMap(({ path, label }) =>
      listImages(root, path).map((file): ImageFile => ({ ...file, sample: { label, split } })),
    );
    return { folder, files };
  });
  const [train, validation] = parts.map(({ folder, files }) => `${files.length} images in ${folder}`);
  onNote?.(
    `SFEW: ${train} for training, ${validation} for validation (the paper has ${published.train} and ` +
      `${published.validation}).`,
  );
  return loadImages(
    {
      name: 'sfew',
      version: loaderVersion,
      root,
      classNames: expressions,
      files: parts.flatMap(({ files }) => files),
      prepare: refuseFrame,
    },
    options,
  );
}

/** The name of the folder of a split. */
export function findSplit(root: string, beginning: string): string {
  const found = listFolder(root).filter(
    ({ name, isFolder }) => isFolder && spelling(name).startsWith(beginning),
  );
  if (found.length === 1) return found[0]!.name;
  throw new UserError(
    `${root}: one folder was expected whose name begins with ${beginning} (${holds(root)}). SFEW has the folders ` +
      'Train and Val, each with seven class folders of aligned faces.',
  );
}

/** The folder with the class folders: the one that says "aligned", or the split's own. */
function findAligned(root: string, folder: string): string {
  const aligned = findFolders(join(root, folder), 3, (name) => name.includes('aligned'));
  if (aligned.length > 1) {
    throw new UserError(
      `${join(root, folder)}: several folders say "aligned": ${aligned.join(', ')}. Remove all but one.`,
    );
  }
  return posix.join(folder, aligned[0] ?? '');
}

/** Aligned faces stand upright (143×181); film frames lie (720×576). */
function refuseFrame(image: DecodedImage, _file: unknown, name: string): DecodedImage {
  if (image.width <= 1.1 * image.height) return image;
  throw new UserError(
    `${name}: is ${image.width}×${image.height}, a whole frame, but an aligned face was expected. Take SFEW's ` +
      `Train_Aligned_Faces and Val_Aligned_Faces. ${cropAdvice('sfew', 'PATH')}`,
  );
}
