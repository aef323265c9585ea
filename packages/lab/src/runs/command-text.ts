import { basename } from 'node:path';

/** What stands for folders that are another on every machine, and nobody else's business. */
const placeholders: Readonly<Record<string, string>> = { data: 'PATH', out: 'FOLDER' };

/** Options that name a file, or something else that is no path. */
const files: ReadonlySet<string> = new Set(['init', 'teacher', 'recipe']);

/**
 * A command as it is typed, to be kept with its results: where data and results lie is written as PATH and FOLDER, of
 * other files the name alone. Options that are not given, or what they are by default, are left out.
 */
export function commandText(command: string, options: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(options).filter(
    ([name, value]) => value !== undefined && !(name === 'data-seed' && value === 0),
  );
  const words = given.flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap((one: unknown) => [
      `--${name}`,
      placeholders[name] ?? quoted(files.has(name) ? basename(String(one)) : String(one)),
    ]),
  );
  return ['npx sdnet', command, ...words].join(' ');
}

/** As a shell reads it as one word. */
export const quoted = (word: string): string =>
  /^[\p{L}\p{N}._,:@%+=/-]+$/u.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
