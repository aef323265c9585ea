import { readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Ended, sdnetHere } from './sdnet-command.js';

/** The repository. */
export const repository: string = resolve(import.meta.dirname, '../../../..');

/** A fenced block of a README. */
export interface ReadmeBlock {
  readonly language: string;
  readonly code: string;
}

/** The fenced blocks under one heading of the README (`Your own images`), up to the next heading of its level. */
export function readmeBlocks(heading: string, file = join(repository, 'README.md')): ReadmeBlock[] {
  const text = readFileSync(file, 'utf8');
  const escaped = heading.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const start = new RegExp(`^(#+) ${escaped}$`, 'm').exec(text);
  if (!start) throw new Error(`${file} has no heading ${heading}.`);
  const below = text.slice(start.index + start[0].length);
  const next = new RegExp(`^#{1,${start[1]!.length}} `, 'm').exec(below);
  const section = below.slice(0, next?.index);
  return [...section.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language, code]) => ({
    language: language!,
    code: code!,
  }));
}

/** The commands of a block, `sdnet` being their program: each as its arguments. Lines end in `\` to be continued. */
export const commandsOf = ({ code }: ReadmeBlock): string[][] =>
  code
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line.startsWith('npx sdnet '))
    .map((line) => line.split(/\s+/).slice(2));

/** Runs one of the commands in a folder, within this process. */
export async function runIn(folder: string, args: readonly string[]): Promise<Ended> {
  const before = process.cwd();
  process.chdir(folder);
  try {
    return await sdnetHere(...args);
  } finally {
    process.chdir(before);
  }
}

/** Lets programs in `folder` import this repository's packages, as if they were installed there. */
export const installIn = (folder: string): void =>
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
