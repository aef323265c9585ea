import { lstatSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { UserError } from '@sdnet/training';
import { glob, isDynamicPattern } from 'tinyglobby';
import { fileError } from 'sdnet';
import { lookIntoFolder } from '../files/list-folder.js';
import { isImage } from '../images/list-images.js';

/** An image file, or why there is none. */
export interface ImageFile {
  /** `-` is standard input. */
  readonly file: string;
  readonly problem?: UserError;
}

/**
 * The image files that operands name, in their order: files, standard input, folders (every image in them and in the
 * folders below, hidden ones left out) and patterns that no shell has expanded, both sorted by name (UTF-16 code units).
 * A file whose name looks like a pattern is that file. What cannot be looked at in a folder hides nothing else in it.
 *
 * @param isTaken which files of a folder are taken, by their names
 * @param nothing what is said of a folder without any
 */
export async function expandImages(
  operands: readonly string[],
  isTaken: (name: string) => boolean = isImage,
  nothing = 'the folder holds no image. (Videos are named one by one.)',
): Promise<ImageFile[]> {
  const files: ImageFile[] = [];
  for (const [index, operand] of operands.entries())
    try {
      if (operand === '-' && operands.indexOf('-') < index)
        throw new UserError('-: standard input is named more than once, and can be read only once.');
      files.push(...(await expand(operand, isTaken, nothing)));
    } catch (error) {
      files.push({ file: operand, problem: error instanceof UserError ? error : fileError(operand, error) });
    }
  return files;
}

async function expand(
  operand: string,
  isTaken: (name: string) => boolean,
  nothing: string,
): Promise<ImageFile[]> {
  if (operand === '-') return [{ file: operand }];
  const status = statSync(operand, { throwIfNoEntry: false });
  if (status?.isDirectory()) {
    const found = imagesBelow(operand, isTaken, new Set());
    if (found.length > 0) return found;
    throw new UserError(`${operand}: ${nothing}`);
  }
  // A link that leads nowhere is a name all the same.
  if (status || lstatSync(operand, { throwIfNoEntry: false })) return [{ file: operand }];
  if (/^([a-z][a-z\d+.-]+:\/\/|data:)/i.test(operand))
    throw new UserError(
      `${operand}: this is an address. Nothing is fetched from the network: save the image, and name the file.`,
    );
  if (!isDynamicPattern(operand)) throw fileError(operand, { code: 'ENOENT' });
  const pattern = process.platform === 'win32' ? operand.replaceAll('\\', '/') : operand;
  // As the pattern is: from the root, or from the working folder.
  const found = await glob(pattern, { expandDirectories: false, absolute: isAbsolute(pattern) });
  if (found.length > 0) return found.sort().map((file) => ({ file }));
  throw new UserError(`${operand}: no file is called like this. Check the path.`);
}

/** @param above the folders on the way here, so that links cannot lead in a circle */
function imagesBelow(
  folder: string,
  isTaken: (name: string) => boolean,
  above: ReadonlySet<string>,
): ImageFile[] {
  const real = realpathSync(folder);
  if (above.has(real)) return [];
  return lookIntoFolder(folder).flatMap((entry): ImageFile[] => {
    const file = join(folder, entry.name);
    if ('problem' in entry) {
      if (!isTaken(entry.name)) return [];
      // What has a name says itself why it cannot be read.
      return [lstatSync(file, { throwIfNoEntry: false }) ? { file } : { file, problem: entry.problem }];
    }
    if (!entry.isFolder) return entry.isFile && isTaken(entry.name) ? [{ file }] : [];
    try {
      return imagesBelow(file, isTaken, new Set([...above, real]));
    } catch (error) {
      return [{ file, problem: error instanceof UserError ? error : fileError(file, error) }];
    }
  });
}
