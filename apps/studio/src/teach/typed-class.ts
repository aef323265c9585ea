import { classKey } from '@sdnet/training';
import { texts } from '../texts/texts.js';

/** The class that is meant by a name as it is typed: an expression may be named in the language shown. */
export function typedClass(name: string): string {
  const key = classKey(name);
  const known = Object.entries(texts.peek().expressions).find(([, shown]) => classKey(shown) === key);
  return known?.[0] ?? name;
}
