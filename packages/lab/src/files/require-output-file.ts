import { lstatSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UserError } from '@sdnet/training';

/**
 * Throws a `UserError` where `content` (as in "no predictions are written") cannot be written to `file`: it is there and
 * no file, its folder is not, or it is one of the files `read`, which would be lost. To be asked before the work.
 */
export function requireOutputFile(
  file: string,
  content: string,
  read: readonly (string | undefined)[],
): void {
  if (file === '-') throw new UserError(`-: is no file; name one for the ${content}, such as ./- itself.`);
  const status = lstatSync(file, { throwIfNoEntry: false });
  if (status?.isDirectory()) throw new UserError(`${file}: is a folder; name a file for the ${content}.`);
  if (status && !statSync(file, { throwIfNoEntry: false })?.isFile())
    throw new UserError(`${file}: is no file, so no ${content} are written over it. Name another.`);
  if (!statSync(dirname(file), { throwIfNoEntry: false })?.isDirectory())
    throw new UserError(`${file}: there is no folder ${dirname(file)}. Make it first.`);
  const isRead = (path: string | undefined) =>
    path !== undefined &&
    // What is not there yet may be written first, and read then.
    (resolve(path) === resolve(file) ||
      (status && statSync(path, { throwIfNoEntry: false }) && realpathSync(path) === realpathSync(file)));
  if (read.some(isRead))
    throw new UserError(`${file}: is read itself, and the ${content} would replace it. Name another file.`);
}
