import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { nameKey, UserError } from '@sdnet/training';
import { listFolder } from './list-folder.js';

/**
 * Finds files whose names are written in another way than on disk: composed here and decomposed there, or in another
 * case, as they come from another system (see `nameKey`). Gives the path as it is on disk, or nothing where there is
 * none; a path that is there as it is written is that one. Folders are listed once.
 *
 * @throws UserError where two names on disk fit
 */
export function findByName(root: string): (path: string) => string | undefined {
  const listed = new Map<string, Map<string, string[]>>();
  const namesIn = (folder: string) => {
    let names = listed.get(folder);
    if (!names) {
      names = new Map();
      for (const { name } of listFolder(join(root, folder)))
        names.set(nameKey(name), [...(names.get(nameKey(name)) ?? []), name]);
      listed.set(folder, names);
    }
    return names;
  };
  return (path) => {
    if (existsSync(join(root, path))) return path;
    let found = '';
    for (const part of path.split('/')) {
      const below = (name: string) => (found === '' ? name : `${found}/${name}`);
      if (existsSync(join(root, below(part)))) {
        found = below(part);
        continue;
      }
      let fitting: string[];
      try {
        fitting = namesIn(found).get(nameKey(part)) ?? [];
      } catch {
        return undefined;
      }
      if (fitting.length > 1)
        throw new UserError(
          `${join(root, below(part))}: is not there as it is written, and several names are like it ` +
            `(${fitting.join(', ')}). Write it as it is on disk`,
        );
      if (fitting.length === 0) return undefined;
      found = below(fitting[0]!);
    }
    return found;
  };
}
