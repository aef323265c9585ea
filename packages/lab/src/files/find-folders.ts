import { basename, join, posix, resolve } from 'node:path';
import { listFolder } from './list-folder.js';

/** A folder's name as far as its spelling counts: `VL_Acropped`, `VL-ACropped` and `vlacropped` are one. */
export const spelling = (name: string): string => name.toLowerCase().replace(/[^a-z]/g, '');

/**
 * The folders whose spelling `fits`: `root` itself (an empty path) or below it, at most `depth` levels deep, as
 * paths from there, sorted by level and name. Archives often wrap a folder in one of the same name
 * (`Landmarks/Landmarks`): then it is the inner one.
 */
export function findFolders(root: string, depth: number, fits: (spelling: string) => boolean): string[] {
  const found: string[] = [];
  let level = [''];
  for (let below = 0; below <= depth && level.length > 0; below++) {
    const next: string[] = [];
    for (const folder of level) {
      const inner = listFolder(join(root, folder))
        .filter(({ isFolder }) => isFolder)
        .map(({ name }) => posix.join(folder, name));
      const isMatch = fits(spelling(basename(resolve(root, folder))));
      if (isMatch && !inner.some((path) => fits(spelling(basename(path))))) found.push(folder);
      else next.push(...inner);
    }
    level = next;
  }
  return found;
}
