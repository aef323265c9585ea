import { randomUUID } from 'node:crypto';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '@sdnet/training';

/** Files that are being written are called so; one that is left was interrupted by a crash. */
const temporaryName = (path: string): string => `${path}.${randomUUID()}.tmp`;
const isTemporary = (name: string): boolean => /\.[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\.tmp$/.test(name);

/**
 * Writes a file completely or not at all: beside it first, flushed to disk, then renamed over it. What was there
 * before stays until then. Rejects with the file system's error.
 */
export async function replaceFile(
  path: string,
  chunks: readonly (Uint8Array | string)[],
  mode = 0o666,
): Promise<void> {
  const temporary = temporaryName(path);
  try {
    const handle = await open(temporary, 'wx', mode);
    try {
      for (const chunk of chunks) await handle.writeFile(chunk);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Like `replaceFile`, for a file the user asked for: what goes wrong is a `UserError` that says what to do. */
export async function writeFile(path: string, content: Uint8Array | string): Promise<void> {
  try {
    await replaceFile(path, [content]);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reasons: Readonly<Record<string, string>> = {
      ENOSPC: 'the disk is full. Make room and try again',
      EDQUOT: 'your share of the disk is full. Make room and try again',
      ENOENT: `there is no folder ${dirname(path)}. Make it first`,
      ENOTDIR: `${dirname(path)} is no folder`,
      EISDIR: 'it is a folder; name a file',
      EACCES: 'its folder may not be written to',
      EPERM: 'its folder may not be written to',
      EROFS: 'the disk is read-only',
    };
    throw new UserError(
      `${path} could not be written: ${reasons[code ?? ''] ?? message}. What it held before is unchanged.`,
      {
        cause: error,
      },
    );
  }
}

/**
 * Removes what a crash left of files that were being written in `folder`. Where other processes write too, `age` in
 * milliseconds keeps what is younger: it may be growing still.
 */
export async function removeInterrupted(folder: string, age = 0): Promise<void> {
  for (const name of (await readdir(folder)).filter(isTemporary)) {
    const path = join(folder, name);
    if (age > 0) {
      // It may just have been renamed.
      const status = await stat(path).catch(() => undefined);
      if (!status || Date.now() - status.mtimeMs < age) continue;
    }
    await rm(path, { force: true });
  }
}
