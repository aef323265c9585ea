import { classKey, UserError } from '@sdnet/training';

/**
 * Gives the names of classes that are numbers: the n-th of `classNames` is the n-th number's, from 0 or from 1,
 * whichever of the two the numbers `found` say. Without `classNames` every class keeps its own name, also a number:
 * what it means is never guessed.
 *
 * @param where what error messages name
 * @throws UserError where the names and the numbers do not fit
 */
export function classNamer(
  where: string,
  found: Iterable<string>,
  classNames?: readonly string[],
): (name: string) => string {
  if (!classNames) return (name) => name;
  checkNames(classNames);
  const names = [...found];
  const other = names.find((name) => !/^\d+$/.test(name.trim()));
  if (other !== undefined)
    throw new UserError(
      `${where}: its class ${JSON.stringify(other)} is no number, and class names are given for numbered classes ` +
        'only. Leave them out.',
    );
  const numbers = names.map(Number);
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  const last = classNames.length;
  if (most > last || (least === 0 && most === last))
    throw new UserError(
      `${where}: its classes are the numbers ${least} to ${most}, but ${last} class names are given ` +
        `(${classNames.join(', ')}). Name each class once, in the order of the numbers.`,
    );
  if (least > 0 && most < last)
    throw new UserError(
      `${where}: its classes are the numbers ${least} to ${most}, of which it cannot be said whether the first of ` +
        `${last} class names is number 0 or 1. Rename them to what they mean.`,
    );
  const first = least === 0 ? 0 : 1;
  return (name) => classNames[Number(name) - first]!;
}

function checkNames(classNames: readonly string[]): void {
  if (classNames.length < 2 || classNames.some((name) => name.trim() === ''))
    throw new UserError(`The class names ${JSON.stringify(classNames.join(','))} are not two or more names.`);
  const keys = classNames.map(classKey);
  const twice = classNames.find((_, index) => keys.indexOf(keys[index]!) < index);
  if (twice !== undefined)
    throw new UserError(
      `The class names have ${twice} twice (${classNames.join(', ')}). Name each class once.`,
    );
}
