import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const root: string = resolve(import.meta.dirname, '../..');

/** What is read of a package.json here. */
export interface Manifest {
  readonly name: string;
  readonly description?: string;
  readonly keywords?: readonly string[];
  readonly license?: string;
  readonly private?: boolean;
  readonly engines?: Readonly<Record<string, string>>;
  readonly repository?: { readonly type: string; readonly url: string; readonly directory: string };
  readonly sideEffects?: boolean | readonly string[];
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly workspaces?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
}

export const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest;

/** The folders of the packages that are published. */
export const packageFolders: readonly string[] = manifestOf('.').workspaces!.filter(
  (folder) => !manifestOf(folder).private,
);

/**
 * An environment for npm as a user has it, not as `npm test` in this repository makes it: without what npm tells the
 * programs it runs, and without this repository's own settings.
 */
export function userEnvironment(): NodeJS.ProcessEnv {
  const ours = /^npm_(package_|lifecycle_|command$|config_(onnxruntime_node_install|local_prefix|prefix)$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}

/** Runs npm in a folder, and returns what it prints on standard output. */
export const npm = (folder: string, args: readonly string[], env = userEnvironment()): string =>
  execFileSync('npm', args, {
    cwd: folder,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    // A registry that does not answer is a failure, not a hang.
    timeout: 900_000,
  });

/** A package as it would be published. */
export interface Tarball {
  readonly path: string;
  /** Paths in the package. */
  readonly files: readonly string[];
}

/** The names, and those of our packages that they need. */
export function withOurDependencies(names: readonly string[]): string[] {
  const manifests = new Map(packageFolders.map(manifestOf).map((manifest) => [manifest.name, manifest]));
  const found = new Set(names);
  for (const name of found)
    for (const dependency of Object.keys(manifests.get(name)?.dependencies ?? {}))
      if (manifests.has(dependency)) found.add(dependency);
  return [...found];
}

/** Packs every package into `folder`; by name. */
export function packAll(folder: string): ReadonlyMap<string, Tarball> {
  const chosen = packageFolders.map((packageFolder) => `--workspace=${packageFolder}`);
  const printed = npm(root, ['pack', ...chosen, '--silent', '--json', '--pack-destination', folder]);
  const packed = Object.values(
    JSON.parse(printed) as { name: string; filename: string; files: { path: string }[] }[],
  );
  return new Map(
    packed.map(({ name, filename, files }) => [
      name,
      { path: join(folder, filename), files: files.map(({ path }) => path) },
    ]),
  );
}
