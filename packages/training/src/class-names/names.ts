/**
 * What makes two names one: they are the same but for the way letters with marks are composed (é as one character or
 * as two), case, blanks around and their number between words, and characters nobody sees (such as a zero-width
 * space). The one rule for subjects, labels, class folders and files; what is shown, and what opens a file, stays as
 * it is written.
 */
export const nameKey = (name: string): string =>
  name
    .normalize('NFC')
    .replace(/\p{Cf}/gu, '')
    .trim()
    .replace(/\s+/gu, ' ')
    .toLowerCase()
    // A lower-case letter may be a pair of characters.
    .normalize('NFC');

/** A name as it is shown: composed, with single blanks. */
export const shownName = (name: string): string => name.normalize('NFC').trim().replace(/\s+/gu, ' ');

/**
 * Gives one spelling for all of a name's among `names`, as it is shown: the first by code units, whatever their order.
 * `onOne` hears of those that were written in several ways.
 */
export function oneSpelling(
  names: Iterable<string>,
  onOne: (spellings: readonly string[]) => void = () => {},
): (name: string) => string {
  const groups = new Map<string, string[]>();
  for (const name of [...new Set(names)].sort()) {
    const group = groups.get(nameKey(name));
    if (group) group.push(name);
    else groups.set(nameKey(name), [name]);
  }
  for (const group of groups.values()) if (group.length > 1) onOne(group);
  return (name) => shownName(groups.get(nameKey(name))?.[0] ?? name);
}
