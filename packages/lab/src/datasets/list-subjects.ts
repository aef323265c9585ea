import { join } from 'node:path';
import { UserError } from '@sdnet/training';
import { listFolder } from '../files/list-folder.js';

/** The folder of one person's images. */
export interface SubjectFolder {
  /** The folder's name in upper case. */
  readonly subject: string;
  readonly folder: string;
}

/**
 * The folders of people in `tree`, sorted by name. Throws a `UserError` where anything else is there, or one person
 * twice, as names that differ in case are the same.
 *
 * @param pattern which names are people's
 * @param example one of them, for error messages
 */
export function listSubjects(tree: string, pattern: RegExp, example: string): SubjectFolder[] {
  const found = new Map<string, string>();
  for (const { name, isFolder } of listFolder(tree)) {
    if (!isFolder || !pattern.test(name)) {
      throw new UserError(
        `${join(tree, name)}: not a folder of a subject, such as ${example}. Move it elsewhere.`,
      );
    }
    const subject = name.toUpperCase();
    const other = found.get(subject);
    if (other !== undefined) {
      throw new UserError(
        `${join(tree, other)} and ${join(tree, name)} are the same subject. Merge the two folders.`,
      );
    }
    found.set(subject, name);
  }
  return [...found].map(([subject, folder]) => ({ subject, folder }));
}
