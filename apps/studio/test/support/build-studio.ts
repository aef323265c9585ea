import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { serveStudio } from '../../serve.mjs';

/** Builds the page into a folder, and serves it. */
export async function buildStudio(built: string): Promise<{ address: string; close(): Promise<void> }> {
  // As its users do: within a test Vite would build for tests.
  const { NODE_ENV: _, ...env } = process.env;
  const script = resolve(import.meta.dirname, '../../build.mjs');
  await promisify(execFile)(process.execPath, [script, '--out', built], { env });
  return serveStudio(0, { folder: built });
}
