import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manifestOf, packAll, packageFolders, root, type Tarball } from './support/packages.js';

let folder: string;
let tarballs: ReadonlyMap<string, Tarball>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sdnet-packages-'));
  tarballs = packAll(folder);
  for (const packageFolder of packageFolders) {
    const into = join(folder, packageFolder);
    mkdirSync(into, { recursive: true });
    execFileSync('tar', ['-xzf', tarballs.get(manifestOf(packageFolder).name)!.path, '-C', into]);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The files of an `exports` field, under whatever conditions. */
const filesOf = (target: unknown): string[] =>
  typeof target === 'string' ? [target] : Object.values(target as object).flatMap(filesOf);

describe.each(packageFolders)('the package in %s', (packageFolder) => {
  const manifest = manifestOf(packageFolder);
  const tarball = () => tarballs.get(manifest.name)!;
  const content = (file: string) => readFileSync(join(folder, packageFolder, 'package', file), 'utf8');
  const scripts = () => tarball().files.filter((file) => file.endsWith('.js') && file.startsWith('dist/'));

  it('says what it is', () => {
    expect(manifest.description).toMatch(/\.$/);
    expect(manifest.keywords?.length).toBeGreaterThan(2);
    expect(manifest.license).toMatch(/^(MIT|Apache-2\.0)$/);
    expect(manifest.engines).toEqual(manifestOf('.').engines);
    expect(manifest.repository).toMatchObject({ type: 'git', directory: packageFolder });
    expect(manifest.sideEffects).toBeDefined();
  });

  it('brings a README of its own and the license', () => {
    expect(content('README.md')).toMatch(/^# .+\n\n\S/);
    // Of what is not ours, its own.
    const ours = readFileSync(join(root, 'LICENSE'), 'utf8');
    expect(content('LICENSE')).toContain(manifest.license === 'MIT' ? ours : 'Apache License');
  });

  it('brings what it exports, and neither sources nor tests', () => {
    const exported = filesOf(manifest.exports);
    for (const file of exported) expect(tarball().files).toContain(file.slice('./'.length));
    expect(tarball().files.filter((file) => /^(src|test)\/|tsbuildinfo$/.test(file))).toEqual([]);
  });

  it('has types and a source map, with the source in it, for every script', () => {
    for (const script of scripts()) {
      expect(tarball().files).toContain(script.replace(/\.js$/, '.d.ts'));
      const map = JSON.parse(content(`${script}.map`)) as { sources: string[]; sourcesContent?: string[] };
      expect(map.sourcesContent, script).toHaveLength(map.sources.length);
      for (const source of map.sourcesContent!) expect(source, script).toMatch(/\S/);
    }
  });

  it('is found well by publint', async () => {
    const bytes = readFileSync(tarball().path);
    const { messages, pkg } = await publint({
      pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) },
    });
    expect(messages.map((message) => formatMessage(message, pkg!))).toEqual([]);
  });

  it('is found well by attw, where it has scripts', () => {
    if (!tarball().files.some((file) => file.endsWith('.js'))) return;
    // ESM only: who uses `require` imports it dynamically. Data has no types.
    const data = Object.entries(manifest.exports).filter(([, target]) => typeof target === 'string');
    const args = ['--profile', 'esm-only', ...data.flatMap(([entry]) => ['--exclude-entrypoints', entry])];
    const { status, stdout } = spawnSync(
      process.execPath,
      [join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js'), tarball().path, ...args],
      { encoding: 'utf8' },
    );
    expect(status, stdout).toBe(0);
  });
});
