import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** An empty folder that is removed when the file's tests have ended. */
export function suiteFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sdnet-suite-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
