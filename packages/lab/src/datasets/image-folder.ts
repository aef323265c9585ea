import { join } from 'node:path';
import {
  canonicalClass,
  canonicalClasses,
  classIndex,
  classKey,
  type Dataset,
  type Split,
  splitCalled,
  UserError,
} from '@sdnet/training';
import { holds } from '../files/holds.js';
import { listFolder } from '../files/list-folder.js';
import { isImage, listImages } from '../images/list-images.js';
import { type ImageFile, type ImageFilesOptions, loadImages } from './load-images.js';
import { holdOutValidation } from './hold-out.js';
import { classNamer } from './name-classes.js';

/** Raise where the loader would make other pixels of the same files. */
const loaderVersion = 1;

export interface ImageFolderOptions extends ImageFilesOptions {
  /** Chooses the validation images where there are training images, but none for validation. Default 0. */
  readonly holdOutSeed?: number | undefined;
  /** What numbered classes are called, from the lowest number on (see `classNamer`). */
  readonly classNames?: readonly string[] | undefined;
}

/**
 * Any folder of class folders with images: `<class>/<image>`, or `<split>/<class>/<image>` with the splits train,
 * validation and test (or training, val, valid, dev, testing). A class folder named after an expression is that
 * expression; any other name is a class of its own (see `canonicalClasses` for their order). Other files beside
 * the folders, such as a licence, are passed over.
 *
 * Where there is `train`, it must have every class; without `validation` a tenth of each class's training images
 * becomes it. Throws a `UserError` naming the file or folder at fault.
 */
export async function loadImageFolder(
  root: string,
  { holdOutSeed = 0, classNames: given, ...options }: ImageFolderOptions = {},
): Promise<Dataset> {
  const parts = findSplits(root).map(({ split, folder }) => ({
    split,
    folder,
    folders: listClasses(root, folder),
  }));
  const called = classNamer(
    root,
    parts.flatMap(({ folders }) => folders.map(({ name }) => name)),
    given,
  );
  const classes = parts.map((part) => ({ ...part, classes: byClass(root, part.folders, called) }));
  const trained = classes.find(({ split }) => split === 'train');
  const known = (trained ? [trained] : classes).flatMap((part) => [...part.classes.values()]);
  const classNames = canonicalClasses(known.map(({ className }) => className));
  const indexOf = classIndex(classNames);
  if (classNames.length === 0)
    throw new UserError(`${root}: class folders with images were expected (${holds(root)}).`);
  const files = classes.flatMap(({ split, folder, classes: present }) =>
    [...present.values()].flatMap(({ className, path }) => {
      const label = indexOf(className);
      if (label < 0) {
        throw new UserError(
          `${join(root, path)}: ${trained!.folder} has no such class (it has ${classNames.join(', ')}), so it cannot ` +
            `be learned. Remove it from ${folder}, or add it there.`,
        );
      }
      return listImages(root, path).map((file): ImageFile => ({
        ...file,
        sample: { label, ...(split && { split }) },
      }));
    }),
  );
  const dataset = await loadImages(
    { name: 'folder', version: loaderVersion, root, classNames, files },
    options,
  );
  return holdOutValidation(dataset, holdOutSeed, options.onNote);
}

/** The folders that hold class folders: those of the splits, or the root itself (an empty path). */
function findSplits(root: string): { split: Split | undefined; folder: string }[] {
  const folders = listFolder(root).filter(({ isFolder }) => isFolder);
  const found = folders.map(({ name }) => ({ split: splitCalled(name), folder: name }));
  if (!found.some(({ split }) => split)) return [{ split: undefined, folder: '' }];
  for (const [index, { split, folder }] of found.entries()) {
    if (!split) {
      throw new UserError(
        `${join(root, folder)}: not a folder of a split; beside train, only validation and test were expected. ` +
          'Rename or move it.',
      );
    }
    const other = found.slice(0, index).find((earlier) => earlier.split === split);
    if (other) {
      throw new UserError(
        `${root}: ${other.folder} and ${folder} are both the split ${split}. Merge the two folders.`,
      );
    }
  }
  return found;
}

/** A folder of images: its name, and its path below the root. */
interface ClassFolder {
  readonly name: string;
  readonly path: string;
}

function listClasses(root: string, folder: string): ClassFolder[] {
  return listFolder(join(root, folder)).flatMap(({ name, isFolder }) => {
    if (isFolder) return [{ name, path: folder === '' ? name : `${folder}/${name}` }];
    if (!isImage(name)) return [];
    throw new UserError(
      `${join(root, folder, name)}: is in no class folder, so its class is unknown. Move it into one.`,
    );
  });
}

/**
 * The class folders by what makes a class's names one. Two folders of one class are refused: which of two images of
 * one name is the right one, and whether the folders were meant to be one, only their owner knows.
 */
function byClass(root: string, folders: readonly ClassFolder[], called: (name: string) => string) {
  const classes = new Map<string, { readonly className: string; readonly path: string }>();
  for (const { name, path } of folders) {
    const className = canonicalClass(called(name));
    const other = classes.get(classKey(className));
    if (other) {
      throw new UserError(
        `${join(root, other.path)} and ${join(root, path)} are both the class ${other.className}. Merge the two ` +
          'folders.',
      );
    }
    classes.set(classKey(className), { className, path });
  }
  return classes;
}
