import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import {
  type Dataset,
  type Expression,
  expressions,
  type Split,
  splitCalled,
  UserError,
} from '@sdnet/training';
import { findFolders } from '../files/find-folders.js';
import { holds } from '../files/holds.js';
import { listFolder } from '../files/list-folder.js';
import { readText } from '../files/read-text.js';
import { listImages } from '../images/list-images.js';
import { cropAdvice } from './crop-advice.js';
import { holdOutValidation } from './hold-out.js';
import { type ImageFile, type ImageFilesOptions, loadImages } from './load-images.js';

/** Raise where the loader would make other pixels of the same files. */
const loaderVersion = 1;

/** What the numbers from 1 mean. */
const emotions: readonly Expression[] = ['surprise', 'fear', 'disgust', 'happy', 'sad', 'angry', 'neutral'];

const labelOf = (number: number): number => expressions.indexOf(emotions[number - 1]!);

const numbering = emotions.map((emotion, index) => `${index + 1} ${emotion}`).join(', ');

const alignedFolder = 'Image/aligned';

/** The release spells it so; who writes it anew tends to correct it. */
const listNames = ['list_patition_label.txt', 'list_partition_label.txt'];

/** In the paper. */
const published = { train: 12_271, test: 3_068 };

export interface RafDbOptions extends ImageFilesOptions {
  /** Chooses the validation images, as the data has none. Default 0. */
  readonly holdOutSeed?: number | undefined;
}

/**
 * RAF-DB's basic expressions (Li, Deng, Du, 2017): faces from the web in seven classes, aligned (100×100, colour).
 * `root` is, or has up to two levels below it, either of
 *
 * - the release: `basic/EmoLabel/list_patition_label.txt` (lines `train_00001.jpg 5`) beside
 *   `basic/Image/aligned/train_00001_aligned.jpg`;
 * - the folders in which it is widely passed on: `DATASET/train/1` … `7` and `DATASET/test/1` … `7`.
 *
 * The numbers are 1 surprise, 2 fear, 3 disgust, 4 happy, 5 sad, 6 angry, 7 neutral. There are no validation images: a
 * tenth of each class's training images becomes them. `onNote` hears how many images there are.
 *
 * Throws a `UserError` naming the file, line or folder at fault.
 */
export async function loadRafDb(
  root: string,
  { holdOutSeed = 0, ...options }: RafDbOptions = {},
): Promise<Dataset> {
  const { base, files } = findRelease(root) ?? findRepacked(root);
  const count = (split: Split) => files.filter(({ sample }) => sample.split === split).length;
  options.onNote?.(
    `RAF-DB: ${count('train')} images in training, ${count('test')} in test (the paper has ${published.train} and ` +
      `${published.test}).`,
  );
  const dataset = await loadImages(
    { name: 'rafdb', version: loaderVersion, root: base, classNames: expressions, files },
    options,
  );
  return holdOutValidation(dataset, holdOutSeed, options.onNote);
}

interface Found {
  readonly base: string;
  readonly files: readonly ImageFile[];
}

function findRelease(root: string): Found | undefined {
  const release = findEmoLabel(root);
  if (!release) return undefined;
  const { base, list } = release;
  if (!existsSync(join(base, alignedFolder)))
    throw new UserError(
      `${base}: the folder ${alignedFolder} with the aligned faces was not found (${holds(base)}). Unpack aligned.zip ` +
        `there; the original images are not cropped. ${cropAdvice('rafdb', root)}`,
    );
  return { base, files: readList(list, base) };
}

/** The release's folder `basic`, and its list of labels. */
export function findEmoLabel(root: string): { readonly base: string; readonly list: string } | undefined {
  const found = findFolders(root, 2, (name) => name === 'emolabel');
  if (found.length === 0) return undefined;
  // Beside the seven basic expressions lie the compound ones, under the same names.
  const basic = found.filter((folder) => posix.basename(posix.dirname(folder)).toLowerCase() === 'basic');
  const folders = basic.length > 0 ? basic : found;
  if (folders.length > 1)
    throw new UserError(
      `${root}: the folder EmoLabel is there more than once: ${folders.join(', ')}. Name one.`,
    );
  // The folder itself may have been named.
  const base = folders[0] === '' ? join(root, '..') : join(root, posix.dirname(folders[0]!));
  const labels = folders[0] === '' ? root : join(root, folders[0]!);
  const list = listNames.map((name) => join(labels, name)).find((file) => existsSync(file));
  if (!list)
    throw new UserError(`${labels}: ${listNames[0]} was not found (${holds(labels)}). Unpack RAF-DB again.`);
  return { base, list };
}

function readList(list: string, base: string): ImageFile[] {
  const images = new Map(listImages(base, alignedFolder).map((file) => [posix.parse(file.path).name, file]));
  const found = new Map<string, ImageFile>();
  for (const [index, line] of readText(list).split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const problem = (text: string) => new UserError(`${list}, line ${index + 1}: ${text}.`);
    const match = /^((train|test)_\d+)(?:_aligned)?\.\w+\s+([1-7])$/i.exec(line.trim());
    if (!match)
      throw problem(
        `is ${JSON.stringify(line.slice(0, 40))}, but an image and its number were expected, such as ` +
          `"train_00001.jpg 5" (${numbering})`,
      );
    const name = `${match[1]}_aligned`;
    const image = images.get(name);
    if (!image) throw problem(`${alignedFolder} has no ${name}.jpg. Unpack aligned.zip again`);
    if (found.has(name)) throw problem(`${match[1]} is listed already. Fetch the list again`);
    const split = match[2]!.toLowerCase() === 'train' ? 'train' : 'test';
    found.set(name, { ...image, sample: { label: labelOf(Number(match[3])), split } });
  }
  if (found.size === 0) throw new UserError(`${list}: lists no image. Fetch it again.`);
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The folders `train/1` and so on, and the images in them. */
export function findRepacked(root: string): Found {
  const isTrain = (name: string) => splitCalled(name) === 'train';
  const isSplit = (name: string) => splitCalled(name) !== undefined;
  const below = (folder: string, fits: (name: string) => boolean) =>
    listFolder(folder).some(({ name, isFolder }) => isFolder && fits(name));
  const inner = listFolder(root).flatMap(({ name, isFolder }) => (isFolder ? [join(root, name)] : []));
  const base =
    [root, ...inner].find((folder) => below(folder, isTrain)) ??
    [root].find((folder) => below(folder, isSplit));
  if (base === undefined)
    throw new UserError(
      `${root}: neither EmoLabel/${listNames[0]} nor train/1 to 7 was found (${holds(root)}). Name the folder with ` +
        'basic/ of RAF-DB, or the one with train/ and test/.',
    );
  const files = listFolder(base).flatMap(({ name, isFolder }) => {
    const split = splitCalled(name);
    return isFolder && split ? listNumbered(base, name, split) : [];
  });
  return { base, files };
}

function listNumbered(base: string, folder: string, split: Split): ImageFile[] {
  return listFolder(join(base, folder)).flatMap(({ name, isFolder }) => {
    if (!isFolder) return [];
    if (!/^[1-7]$/.test(name))
      throw new UserError(
        `${join(base, folder, name)}: not a class folder of RAF-DB; expected ${numbering}. If they are numbered ` +
          'otherwise, take the data set folder with class names.',
      );
    const label = labelOf(Number(name));
    return listImages(base, `${folder}/${name}`).map((file): ImageFile => ({
      ...file,
      sample: { label, split },
    }));
  });
}
