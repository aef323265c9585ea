import { nameKey, oneSpelling, shownName } from './names.js';
import { eightExpressions, expressionCalled } from './expressions.js';

/** What a class is called here: an expression by its canonical name, anything else as it is written. */
export const canonicalClass = (name: string): string =>
  expressionCalled(name, eightExpressions) ?? shownName(name);

/** What makes two names those of one class. */
export const classKey = (name: string): string => nameKey(canonicalClass(name));

/**
 * The different classes among `names`, so that the same classes always have the same order: the expressions in
 * their canonical order, then all others by name (UTF-16 code units). Of spellings that are one name (see `nameKey`)
 * the first by code units is the class's.
 */
export function canonicalClasses(names: Iterable<string>): string[] {
  const all = [...names].map(canonicalClass);
  const present = new Set(all.map(oneSpelling(all)));
  const known: readonly string[] = eightExpressions.filter((expression) => present.has(expression));
  return [...known, ...[...present].filter((name) => !known.includes(name)).sort()];
}

/** Gives the index of a class in `classNames` by any of its names; -1 where it is none of them. */
export function classIndex(classNames: readonly string[]): (name: string) => number {
  const indices = new Map(classNames.map((name, index) => [classKey(name), index]));
  return (name) => indices.get(classKey(name)) ?? -1;
}
