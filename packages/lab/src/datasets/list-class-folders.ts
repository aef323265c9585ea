import { join, posix } from 'node:path';
import { type AnyExpression, expressionCalled, UserError } from '@sdnet/training';
import { listFolder } from '../files/list-folder.js';

/** A folder named after a class: its path below the root, and the class as an index. */
export interface ClassFolder {
  readonly path: string;
  readonly label: number;
}

/**
 * The folders in `root`'s folder `folder`, one for each of the `classes` under any of its usual names, in the
 * order of the classes. `whose` is what error messages call the data set.
 *
 * Throws a `UserError` where one of those `required` is missing, one is twofold, or anything else is there.
 */
export function listClassFolders(
  root: string,
  folder: string,
  classes: readonly AnyExpression[],
  whose: string,
  required: readonly AnyExpression[] = classes,
): ClassFolder[] {
  const found = new Map<AnyExpression, string>();
  for (const { name, isFolder } of listFolder(join(root, folder))) {
    const expression = expressionCalled(name, classes);
    if (!isFolder || !expression) {
      throw new UserError(
        `${join(root, folder, name)}: not a class folder of ${whose}; expected ${classes.join(', ')}. ` +
          'Rename or move it.',
      );
    }
    const other = found.get(expression);
    if (other !== undefined) {
      throw new UserError(
        `${join(root, folder)}: ${other} and ${name} are both the class ${expression}. Merge the two folders.`,
      );
    }
    found.set(expression, name);
  }
  const missing = required.find((expression) => !found.has(expression));
  if (missing !== undefined) {
    throw new UserError(
      `${join(root, folder)}: the class folder ${missing} is missing. Expected ${required.join(', ')}.`,
    );
  }
  return classes.flatMap((expression, label) => {
    const name = found.get(expression);
    return name === undefined ? [] : [{ path: posix.join(folder, name), label }];
  });
}
