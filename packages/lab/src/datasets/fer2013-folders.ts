import { join } from 'node:path';
import { type Dataset, expressions, type Split, splits, UserError } from '@sdnet/training';
import type { SourceFile } from '../files/source-file.js';
import { holds } from '../files/holds.js';
import { listClassFolders } from './list-class-folders.js';
import { listFolder } from '../files/list-folder.js';
import { listImages } from '../images/list-images.js';
import { type ReadImagesOptions, readImages } from '../images/read-images.js';
import { requireSize } from '../images/require-size.js';

const side = 48;

/** An image file of FER2013's folders; its path is `<split folder>/<class folder>/<file>`. */
export interface Fer2013File extends SourceFile {
  readonly label: number;
  readonly split: Split;
}

/**
 * The image files in `root`'s folders `train/<class>/`, `validation/<class>/` and `test/<class>/`, as far as they are
 * there, sorted by path. Whatever its folder, `PublicTest_*` is a validation and `PrivateTest_*` a
 * test image, as in the competition the data set was made for.
 *
 * Only looks at names, sizes and times. Throws a `UserError` naming what is missing or should not be there.
 */
export function listFer2013Folders(root: string): Fer2013File[] {
  const entries = listFolder(root);
  const found = new Map<Split, string>();
  for (const { name, isFolder } of entries) {
    if (!isFolder) continue;
    const split = splits.find((known) => known === name.toLowerCase());
    if (split) found.set(split, name);
  }
  if (found.size === 0) {
    throw new UserError(
      `${root}: neither fer2013.csv nor a folder train/ was found (${holds(root)}). Expected fer2013.csv, or ` +
        `train/<class>/ and test/<class>/ with the classes ${expressions.join(', ')}.`,
    );
  }
  const folders = entries.filter(({ isFolder }) => isFolder).map(({ name }) => name);
  const unknown = folders.find((name) => ![...found.values()].includes(name));
  if (unknown !== undefined) {
    throw new UserError(
      `${join(root, unknown)}: not a folder of FER2013; expected ${splits.join(', ')}. Rename or move it.`,
    );
  }
  return [...found].flatMap(([split, folder]) => listClasses(root, split, folder)).sort(byPath);
}

function byPath(a: SourceFile, b: SourceFile): number {
  return a.path < b.path ? -1 : 1;
}

function listClasses(root: string, split: Split, folder: string): Fer2013File[] {
  return listClassFolders(root, folder, expressions, 'FER2013').flatMap(({ path, label }) =>
    listImages(root, path).map((file) => ({ ...file, label, split: splitOfFile(file.path) ?? split })),
  );
}

function splitOfFile(path: string): Split | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name.startsWith('PublicTest_')) return 'validation';
  return name.startsWith('PrivateTest_') ? 'test' : undefined;
}

/**
 * Decodes the listed files of `root`. Images stored in colour are reduced to their luma (ITU-R 601).
 * `onProgress` hears how many images are done. Throws a `UserError` naming the file that is no image, damaged
 * or not 48×48, unless `onUnreadable` is there to hear of it.
 */
export async function readFer2013Folders(
  root: string,
  files: readonly Fer2013File[],
  options: Pick<ReadImagesOptions<Fer2013File>, 'onProgress' | 'onUnreadable' | 'onWarning'> = {},
): Promise<Dataset> {
  const packed = await readImages(root, files, {
    channels: 1,
    prepare: requireSize("FER2013's images are", side, side),
    ...options,
  });
  return {
    name: 'fer2013',
    classNames: expressions,
    width: side,
    height: side,
    channels: 1,
    pixels: packed.pixels,
    samples: packed.files.map(({ path, label, split }) => ({ source: path, label, split })),
  };
}
