import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './packages.js';

/** The code blocks in `language` of a Markdown file, in its order; below the heading `section`, where one is named. */
export function codeBlocks(file: string, language: string, section?: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const sections = text.split(/^(?=#{1,6} )/m);
  const chosen =
    section === undefined
      ? sections
      : sections.filter((part) => part.replace(/^#+ /, '').startsWith(`${section}\n`));
  if (chosen.length === 0) throw new Error(`${file} has no section “${section}”.`);
  return chosen.flatMap((part) =>
    [...part.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
      .filter(([, found]) => found === language)
      .map(([, , code]) => code!),
  );
}
