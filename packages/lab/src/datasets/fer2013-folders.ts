import { extname, join } from 'node:path';
import { grey } from 'sdnet';
import type { SourceFile } from '../dataset-cache.js';
import { decodeImage } from '../decode-image.js';
import { forEachParallel } from '../for-each-parallel.js';
import { listFolder } from '../list-folder.js';
import { UserError } from '../user-error.js';
import { type Dataset, type Split, splits } from './dataset.js';
import { type Expression, expressionCalled, expressions } from './expressions.js';

const side = 48;
const imageExtensions = ['.png', '.jpg', '.jpeg', '.webp', '.gif', '.tif', '.tiff', '.avif'];

/** Decoding runs on the four threads of Node's pool; some more are under way to keep them busy. */
const parallelImages = 16;

/** An image file of FER2013's folders; its path is `<split folder>/<class folder>/<file>`. */
export interface Fer2013File extends SourceFile {
  readonly label: number;
  readonly split: Split;
}

/**
 * The image files in `root`'s folders `train/<class>/` and, where they are there, `validation/<class>/` and
 * `test/<class>/`, sorted by path. Whatever its folder, `PublicTest_*` is a validation and `PrivateTest_*` a
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
  if (!found.has('train')) {
    const names = entries.slice(0, 8).map(({ name }) => name);
    const holds = names.length === 0 ? 'it is empty' : `it holds ${names.join(', ')}`;
    throw new UserError(
      `${root}: neither fer2013.csv nor a folder train/ was found (${holds}). Expected fer2013.csv, or ` +
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
  const classFolders = new Map<Expression, string>();
  for (const { name, isFolder } of listFolder(join(root, folder))) {
    const expression = expressionCalled(name);
    if (!isFolder || !expression) {
      throw new UserError(
        `${join(root, folder, name)}: not a class folder of FER2013; expected ${expressions.join(', ')}. ` +
          'Rename or move it.',
      );
    }
    const other = classFolders.get(expression);
    if (other !== undefined) {
      throw new UserError(
        `${join(root, folder)}: ${other} and ${name} are both the class ${expression}. Merge the two folders.`,
      );
    }
    classFolders.set(expression, name);
  }
  return expressions.flatMap((expression, label) => {
    const classFolder = classFolders.get(expression);
    if (classFolder === undefined) {
      throw new UserError(
        `${join(root, folder)}: the class folder ${expression} is missing. Expected ${expressions.join(', ')}.`,
      );
    }
    return listImages(root, `${folder}/${classFolder}`).map((file) => ({
      ...file,
      label,
      split: splitOfFile(file.path) ?? split,
    }));
  });
}

function listImages(root: string, folder: string): SourceFile[] {
  const entries = listFolder(join(root, folder));
  if (entries.length === 0) throw new UserError(`${join(root, folder)}: the class folder is empty.`);
  return entries.map(({ name, isFolder, size, modified }) => {
    if (isFolder || !imageExtensions.includes(extname(name).toLowerCase())) {
      throw new UserError(
        `${join(root, folder, name)}: not an image; expected ${imageExtensions.join(', ')}. Remove it.`,
      );
    }
    return { path: `${folder}/${name}`, size, modified };
  });
}

function splitOfFile(path: string): Split | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name.startsWith('PublicTest_')) return 'validation';
  return name.startsWith('PrivateTest_') ? 'test' : undefined;
}

/**
 * Decodes the listed files of `root`. Images stored in colour are reduced to their luma (ITU-R 601).
 * `onProgress` hears how many images are done. Throws a `UserError` naming the file that is no image, damaged
 * or not 48×48.
 */
export async function readFer2013Folders(
  root: string,
  files: readonly Fer2013File[],
  onProgress: (done: number, total: number) => void = () => {},
): Promise<Dataset> {
  const pixels = new Uint8Array(files.length * side * side);
  let done = 0;
  await forEachParallel(files, parallelImages, async ({ path }, index) => {
    const name = join(root, path);
    const image = await decodeImage(name);
    if (image.width !== side || image.height !== side) {
      throw new UserError(
        `${name}: is ${image.width}×${image.height}, but FER2013's images are ${side}×${side}. Remove it.`,
      );
    }
    pixels.set(grey(image.pixels, side, side, image.channels), index * side * side);
    onProgress(++done, files.length);
  });
  return {
    name: 'fer2013',
    classNames: expressions,
    width: side,
    height: side,
    channels: 1,
    pixels,
    samples: files.map(({ path, label, split }) => ({ source: path, label, split })),
  };
}
