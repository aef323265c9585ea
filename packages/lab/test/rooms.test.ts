import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

/** From the ground up; a room imports from those before it, never from those after it. */
const floors = {
  packages: ['autograd', 'sdnet', 'training', 'lab', 'server'],
  rooms: [
    'files',
    'drawing',
    'images',
    'video',
    'datasets',
    'datasets-check',
    'datasets-crop',
    'runs',
    'training',
    'evaluation',
    'experiments',
    'reports',
    'cli',
  ],
} as const;

const packages = resolve(import.meta.dirname, '../..');
const names: Readonly<Record<string, string>> = {
  '@sdnet/autograd': 'autograd',
  sdnet: 'sdnet',
  '@sdnet/training': 'training',
  '@sdnet/server': 'server',
  '@sdnet/lab': 'lab',
};

/** What each source file below `folder` imports. */
function imports(folder: string): { file: string; specifier: string }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => {
      const file = join(folder, name);
      return [...readFileSync(file, 'utf8').matchAll(/(?:from|import\(|URL\()\s*'([^']+)'/g)].map(
        ([, specifier]) => ({ file, specifier: specifier! }),
      );
    });
}

describe('the house', () => {
  it.each(floors.packages)('has no arrow from %s to a package above it', (name) => {
    const found = imports(join(packages, name, 'src'));
    expect(found.length).toBeGreaterThan(10);
    const upwards = found.filter(({ specifier }) => {
      const [first, second] = specifier.split('/');
      const imported = names[first!.startsWith('@') ? `${first}/${second}` : first!];
      return (
        imported !== undefined && floors.packages.indexOf(imported as never) >= floors.packages.indexOf(name)
      );
    });
    expect(upwards).toEqual([]);
  });

  it('has no arrow from a room of lab to one above it', () => {
    const lab = join(packages, 'lab/src');
    const roomOf = (file: string) => floors.rooms.indexOf(relative(lab, file).split(sep)[0] as never);
    const entries = readdirSync(lab, { withFileTypes: true });
    const rooms = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    expect(rooms.sort()).toEqual([...floors.rooms].sort());
    const upwards = floors.rooms
      .flatMap((room) => imports(join(lab, room)))
      .filter(
        ({ file, specifier }) =>
          specifier.startsWith('.') && !(roomOf(file) >= roomOf(resolve(dirname(file), specifier))),
      );
    expect(upwards).toEqual([]);
  });
});
