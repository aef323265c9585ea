import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/**
 * Files of an npm package that is fetched into a new folder within `parent`, but not installed. `files` holds the SHA-256
 * that each must have.
 */
export async function fetchFiles({ package: name, files }, parent) {
  const folder = await mkdtemp(join(parent, 'package-'));
  const { stdout } = await execute('npm', ['pack', name, '--json', '--pack-destination', folder]);
  const [{ filename }] = JSON.parse(stdout);
  await execute('tar', ['-xzf', join(folder, filename), '-C', folder, ...Object.keys(files)]);
  return Promise.all(
    Object.entries(files).map(async ([file, expected]) => {
      const bytes = await readFile(join(folder, file));
      const found = sha256(bytes);
      if (found !== expected)
        throw new Error(`${file} of ${name} has the SHA-256 ${found}; ${expected} is expected.`);
      return new Uint8Array(bytes);
    }),
  );
}
