import { join } from 'node:path';
import { type Dataset, type Split, UserError } from '@sdnet/training';
import { holds } from '../files/holds.js';
import { listFolder } from '../files/list-folder.js';
import { isImage, listImages } from '../images/list-images.js';
import { type ImageFile, type ImageFilesOptions, loadImages } from './load-images.js';
import { canonicalClass, canonicalClasses } from './canonical-classes.js';
import { holdOutValidation } from './hold-out.js';
import { splitCalled } from './split-called.js';

/** Raise where the loader would make other pixels of the same files. */
const loaderVersion = 1;

export interface ImageFolderOptions extends ImageFilesOptions {
  /** Chooses the validation images where there are splits, but none for validation. Default 0. */
  readonly holdOutSeed?: number | undefined;
}

/**
 * Any folder of class folders with images: `<class>/<image>`, or `<split>/<class>/<image>` with the splits train,
 * validation and test (or training, val, valid, dev, testing). A class folder named after an expression is that
 * expression; any other name is a class of its own (see `canonicalClasses` for their order). Other files beside
 * the folders, such as a licence, are passed over.
 *
 * With splits, `train` must be there and have every class; without one for validation, a tenth of each class's
 * training images becomes it. Throws a `UserError` naming the file or folder at fault.
 */
export async function loadImageFolder(
  root: string,
  { holdOutSeed = 0, ...options }: ImageFolderOptions = {},
): Promise<Dataset> {
  const parts = findSplits(root).map(({ split, folder }) => ({
    split,
    folder,
    classes: listClasses(root, folder),
  }));
  const trained = parts.find(({ split }) => split === undefined || split === 'train')!;
  const classNames = canonicalClasses(trained.classes.keys());
  if (classNames.length < 2) {
    throw new UserError(
      `${join(root, trained.folder)}: at least two class folders were expected (${holds(join(root, trained.folder))}).`,
    );
  }
  const files = parts.flatMap(({ split, folder, classes }) =>
    [...classes].flatMap(([name, path]) => {
      const label = classNames.indexOf(name);
      if (label < 0) {
        throw new UserError(
          `${join(root, path)}: ${trained.folder} has no such class (it has ${classNames.join(', ')}), so it cannot ` +
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
  if (!found.some(({ split }) => split === 'train')) {
    throw new UserError(`${root}: the folder train is missing (${holds(root)}).`);
  }
  return found;
}

/** The class folders in `folder` by the class's canonical name. */
function listClasses(root: string, folder: string): Map<string, string> {
  const classes = new Map<string, string>();
  for (const { name, isFolder } of listFolder(join(root, folder))) {
    if (!isFolder) {
      if (isImage(name)) {
        throw new UserError(
          `${join(root, folder, name)}: is in no class folder, so its class is unknown. Move it into one.`,
        );
      }
      continue;
    }
    const className = canonicalClass(name);
    const path = folder === '' ? name : `${folder}/${name}`;
    if (classes.has(className)) {
      throw new UserError(
        `${join(root, classes.get(className)!)} and ${join(root, path)} are both the class ${className}. Merge the ` +
          'two folders.',
      );
    }
    classes.set(className, path);
  }
  return classes;
}
