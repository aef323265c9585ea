import { eightExpressions, expressionCalled } from './expressions.js';

/** What a class is called here: an expression by its canonical name, anything else as it is. */
export const canonicalClass = (name: string): string => expressionCalled(name, eightExpressions) ?? name;

/**
 * The different classes among `names`, so that the same classes always have the same order: the expressions in
 * their canonical order, then all others by name (UTF-16 code units).
 */
export function canonicalClasses(names: Iterable<string>): string[] {
  const present = new Set([...names].map(canonicalClass));
  const known: readonly string[] = eightExpressions.filter((expression) => present.has(expression));
  return [...known, ...[...present].filter((name) => !known.includes(name)).sort()];
}
