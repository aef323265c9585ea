import { randomBytes } from 'node:crypto';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '@sdnet/training';
import { fileProblem } from 'sdnet';
import { isRunning, thisMachine } from './this-machine.js';

/** In milliseconds; no file takes that long to write. */
const day = 24 * 60 * 60 * 1000;

/** Files that are being written are called so: by a process of a machine. One that is left was interrupted by a crash. */
const temporaryName = (path: string): string =>
  `${path}.${thisMachine()}-${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
const temporary = /\.([\da-f]{8})-(\d+)-[\da-f]{8}\.tmp$/;

/**
 * Writes a file completely or not at all: beside it first, flushed to disk, then renamed over it. What was there
 * before stays until then. Rejects with the file system's error.
 */
export async function replaceFile(
  path: string,
  chunks: readonly (Uint8Array | string)[],
  mode = 0o666,
): Promise<void> {
  const beside = temporaryName(path);
  try {
    const handle = await open(beside, 'wx', mode);
    try {
      for (const chunk of chunks) await handle.writeFile(chunk);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Without it, the new name itself may be lost with the machine's power. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    // Windows and some file systems have no such thing; the file is written all the same.
  }
}

/** Like `replaceFile`, for a file the user asked for: what goes wrong is a `UserError` that says what to do. */
export async function writeFile(path: string, content: Uint8Array | string): Promise<void> {
  try {
    await replaceFile(path, [content]);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reasons: Readonly<Record<string, string>> = {
      ENOSPC: 'the disk is full. Make room and try again',
      EDQUOT: 'your share of the disk is full. Make room and try again',
      ENOENT: `there is no folder ${dirname(path)}. Make it first`,
      ENOTDIR: `${dirname(path)} is no folder`,
      EISDIR: 'it is a folder; name a file',
      EACCES: 'its folder may not be written to',
      EPERM: 'its folder may not be written to',
    };
    throw new UserError(
      `${path} could not be written: ${reasons[code ?? ''] ?? fileProblem(error)}. What it held before is unchanged.`,
      {
        cause: error,
      },
    );
  }
  // They take room, no more.
  await removeInterrupted(dirname(path)).catch(() => {});
}

/**
 * Removes what crashes left of files that were being written in `folder`: those of processes of this machine that have
 * ended, and those of others that are older than a day. `all` of them, where nobody else may be writing there.
 */
export async function removeInterrupted(folder: string, { all = false } = {}): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, machine, pid] = temporary.exec(name) ?? [];
    if (machine === undefined) continue;
    const path = join(folder, name);
    const isLeft =
      all || (machine === thisMachine() ? !isRunning(Number(pid)) : await isOlderThan(path, day));
    if (isLeft) await rm(path, { force: true });
  }
}

/** It may just have been renamed. */
async function isOlderThan(path: string, milliseconds: number): Promise<boolean> {
  const status = await stat(path).catch(() => undefined);
  return status !== undefined && Date.now() - status.mtimeMs > milliseconds;
}
