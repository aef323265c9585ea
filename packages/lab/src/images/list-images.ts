import { extname, join, posix } from 'node:path';
import { UserError } from '@sdnet/training';
import type { SourceFile } from '../files/source-file.js';
import { listFolder } from '../files/list-folder.js';

/** The endings of the formats that `decodeImage` reads, wherever images are listed. */
const imageExtensions = '.png .jpg .jpeg .jpe .jfif .webp .gif .tif .tiff .avif'.split(' ');

/** Whether a file's name has the ending of an image. */
export const isImage = (name: string): boolean => imageExtensions.includes(extname(name).toLowerCase());

/**
 * The image files of `root`'s folder `folder`, sorted by name. Only looks at names, sizes and times.
 *
 * Throws a `UserError` where there is none, or anything else is among them; `what` is what it calls the folder.
 */
export function listImages(root: string, folder: string, what = 'class folder'): SourceFile[] {
  const entries = listFolder(join(root, folder));
  if (entries.length === 0) throw new UserError(`${join(root, folder)}: the ${what} is empty.`);
  return entries.map(({ name, isFile, size, modified }) => {
    // Reading a pipe would wait for ever.
    if (!isFile || !isImage(name)) {
      const problem = isFile ? 'not an image' : 'not a file';
      throw new UserError(
        `${join(root, folder, name)}: ${problem}; expected ${imageExtensions.join(', ')}. Remove it.`,
      );
    }
    return { path: posix.join(folder, name), size, modified };
  });
}
