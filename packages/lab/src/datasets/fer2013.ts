import { existsSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type Dataset, UserError } from '@sdnet/training';
import type { SourceFile } from '../files/source-file.js';
import { loadCached } from './dataset-cache.js';
import { fileError } from 'sdnet';
import { readFer2013Csv } from './fer2013-csv.js';
import { listFer2013Folders, readFer2013Folders } from './fer2013-folders.js';
import { holdOutValidation } from './hold-out.js';

/** Raise where the readers would make another data set of the same files. */
const loaderVersion = 1;

export interface Fer2013Options {
  /** Chooses the validation images where the data has none; an integer, 0 ≤ seed < 2^53. Default 0. */
  readonly holdOutSeed?: number | undefined;
  readonly cacheDirectory?: string | undefined;
  /** Hears of the first, slow reading; in bytes of the CSV file, or in images. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Hears, in a sentence, of what was chosen, such as validation images held out. */
  readonly onNote?: ((message: string) => void) | undefined;
  /**
   * Hears of each image file that cannot be read, which is then left out; the files themselves are read then,
   * never the cache. Default: the first such image is an error, as a row of the CSV file always is.
   */
  readonly onUnreadable?: ((message: string) => void) | undefined;
}

/**
 * FER2013 (Goodfellow et al., "Challenges in representation learning", 2013): 48×48 grey faces, seven classes.
 *
 * `path` is `fer2013.csv`, a folder that holds it, or a folder with `train/<class>/` and, where there are any,
 * `validation/<class>/` and `test/<class>/`. Without validation images a tenth of each class's training images
 * becomes the validation split.
 *
 * Throws a `UserError` naming the file, row or folder at fault.
 */
export async function loadFer2013(
  path: string,
  { holdOutSeed = 0, onNote, ...options }: Fer2013Options = {},
): Promise<Dataset> {
  return holdOutValidation(await loadPublishedFer2013(path, options), holdOutSeed, onNote);
}

/** Like `loadFer2013`, with the splits as they are in the files. */
export async function loadPublishedFer2013(
  path: string,
  {
    cacheDirectory,
    onProgress,
    onWarning,
    onUnreadable,
  }: Omit<Fer2013Options, 'holdOutSeed' | 'onNote'> = {},
): Promise<Dataset> {
  const { root, files, read } = findFer2013(path, { onProgress, onUnreadable, onWarning });
  if (onUnreadable) return read();
  const key = { dataset: 'fer2013', version: loaderVersion, source: resolve(root), files };
  return loadCached(key, read, { cacheDirectory, onWarning });
}

interface Source {
  readonly root: string;
  readonly files: readonly SourceFile[];
  readonly read: () => Promise<Dataset>;
}

function findFer2013(
  path: string,
  reading: Pick<Fer2013Options, 'onProgress' | 'onUnreadable' | 'onWarning'>,
): Source {
  const status = look(path);
  if (!status.isDirectory()) {
    if (status.size === 0) {
      throw new UserError(`${path}: the file is empty, but FER2013 as CSV (fer2013.csv) was expected.`);
    }
    const file = { path: basename(path), size: status.size, modified: status.mtimeMs };
    return { root: path, files: [file], read: () => readFer2013Csv(path, reading.onProgress) };
  }
  const csv = join(path, 'fer2013.csv');
  if (existsSync(csv)) return findFer2013(csv, reading);
  const files = listFer2013Folders(path);
  return { root: path, files, read: () => readFer2013Folders(path, files, reading) };
}

function look(path: string) {
  try {
    return statSync(path);
  } catch (error) {
    throw fileError(path, error);
  }
}
