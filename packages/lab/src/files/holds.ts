import { listFolder } from './list-folder.js';

/** What is in a folder, for a message that says what was found instead of what was expected. */
export function holds(folder: string): string {
  const names = listFolder(folder).map(({ name }) => name);
  if (names.length === 0) return 'it is empty';
  return `it holds ${names.slice(0, 8).join(', ')}${names.length > 8 ? ', …' : ''}`;
}
