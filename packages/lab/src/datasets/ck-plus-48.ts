import { join, posix } from 'node:path';
import { type Dataset, expressionCalled, UserError } from '@sdnet/training';
import { findFolders } from '../files/find-folders.js';
import { holds } from '../files/holds.js';
import { listClassFolders } from './list-class-folders.js';
import { listFolder } from '../files/list-folder.js';
import { listImages } from '../images/list-images.js';
import { type ImageFile, loadImages } from './load-images.js';
import { requireSize } from '../images/require-size.js';
import type { CkPlusOptions } from './ck-plus.js';
import { ckPlusClasses } from './ck-plus-classes.js';
import { selectClasses } from './select-images.js';

/** Raise where the loader would make other pixels of the same files. */
const loaderVersion = 1;

const side = 48;

const classNames = ckPlusClasses(7);

/**
 * "CK+48": the peak frames of CK+ as 48×48 face crops in class folders, as they are widely passed on:
 * `anger/S010_004_00000017.png` (subject, sequence, frame) and so on for contempt, disgust, fear, happy, sadness
 * and surprise, in `root` or its folder `CK+48`, below which sources are paths. The whole set has 981 images; with 6
 * classes 927, without contempt, which may then be missing. It has no neutral faces, and there are no official splits.
 *
 * Throws a `UserError` naming the file or folder at fault.
 */
export async function loadCkPlus48(
  root: string,
  { classes = 7, ...options }: CkPlusOptions = {},
): Promise<Dataset> {
  if (classes === 8) {
    throw new UserError(
      'CK+48 has no neutral faces, so it has 6 or 7 classes. For 8, take the original CK+ (the data set ck+).',
    );
  }
  const chosen = ckPlusClasses(classes);
  const tree = findTree(root);
  const files = listClassFolders(tree, '', classNames, 'CK+48', chosen).flatMap(({ path, label }) =>
    listImages(tree, path).map((file): ImageFile => ({
      ...file,
      sample: { label, ...readName(tree, file.path) },
    })),
  );
  checkLabels(tree, files);
  const dataset = await loadImages(
    {
      name: 'ck+48',
      version: loaderVersion,
      root: tree,
      classNames,
      files,
      prepare: requireSize("CK+48's images are", side, side),
    },
    options,
  );
  return selectClasses(dataset, chosen);
}

/** The folder with the class folders. The original CK+, whose name is spelled alike, may lie beside it. */
function findTree(root: string): string {
  const candidates = new Set(['', ...findFolders(root, 1, (spelling) => spelling === 'ck')]);
  const found = [...candidates].map((folder) => join(root, folder)).filter(hasClassFolders);
  if (found.length === 1) return found[0]!;
  if (found.length > 1) {
    throw new UserError(
      `${root}: the class folders are there more than once, in ${found.join(' and ')}. Name one of them, or ` +
        'remove the others.',
    );
  }
  throw new UserError(
    `${root}: no class folder of CK+48 was found (${holds(root)}). Name the folder that has ${classNames.join(', ')}.`,
  );
}

const hasClassFolders = (folder: string): boolean =>
  listFolder(folder).some(({ name, isFolder }) => isFolder && expressionCalled(name, classNames));

function readName(root: string, path: string): { subject: string; sequence: string } {
  const match = /^(s\d+)_(\d+)_\d+\.\w+$/i.exec(posix.basename(path));
  if (!match) {
    throw new UserError(
      `${join(root, path)}: the name does not say whose face it is; <subject>_<sequence>_<frame>.png was expected, ` +
        'such as S010_004_00000017.png. Rename or remove it.',
    );
  }
  const subject = match[1]!.toUpperCase();
  return { subject, sequence: `${subject}_${match[2]}` };
}

/** The frames of a sequence show one expression. */
function checkLabels(root: string, files: readonly ImageFile[]): void {
  const firsts = new Map<string, ImageFile>();
  for (const file of files) {
    const sequence = file.sample.sequence!;
    const first = firsts.get(sequence) ?? file;
    firsts.set(sequence, first);
    if (first.sample.label !== file.sample.label) {
      throw new UserError(
        `${join(root, file.path)}: its sequence ${sequence} is also in another class, as ${first.path}. Remove one.`,
      );
    }
  }
}
