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

/** A file that is being written beside the one whose place it takes when it is whole. */
export interface NewFile {
  write(chunk: Uint8Array | string): Promise<void>;
  /** Flushes it to disk and renames it; what was there before stays until then. */
  keep(): Promise<void>;
  /** Removes it; of one that is kept there is nothing to remove. */
  discard(): Promise<void>;
}

/** Begins a file. Rejects, as its methods do, with the file system's error; after that nothing is left of it. */
export async function beginFile(path: string, mode = 0o666): Promise<NewFile> {
  const beside = temporaryName(path);
  const handle = await open(beside, 'wx', mode);
  async function discard(): Promise<void> {
    await handle.close().catch(() => {});
    await rm(beside, { force: true });
  }
  async function orDiscard(task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      await discard();
      throw error;
    }
  }
  return {
    write: (chunk) => orDiscard(() => handle.writeFile(chunk)),
    async keep() {
      await orDiscard(async () => {
        await handle.sync();
        await handle.close();
        await rename(beside, path);
      });
      await syncFolder(dirname(path));
    },
    discard,
  };
}

/**
 * Writes a file completely or not at all: beside it first, flushed to disk, then renamed over it. What was there
 * before stays until then. Rejects with the file system's error.
 */
export async function replaceFile(
  path: string,
  chunks: readonly (Uint8Array | string)[],
  mode?: number,
): Promise<void> {
  const file = await beginFile(path, mode);
  for (const chunk of chunks) await file.write(chunk);
  await file.keep();
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
  await replaceFile(path, [content]).catch((error: unknown) => refuse(path, error));
  // They take room, no more.
  await removeInterrupted(dirname(path)).catch(() => {});
}

/** Like `beginFile`, for a file the user asked for: what goes wrong is a `UserError` that says what to do. */
export async function beginOutput(path: string): Promise<NewFile> {
  const refused = (error: unknown) => refuse(path, error);
  await removeInterrupted(dirname(path)).catch(() => {});
  const { write, keep, discard } = await beginFile(path).catch(refused);
  return { write: (chunk) => write(chunk).catch(refused), keep: () => keep().catch(refused), discard };
}

function refuse(path: string, error: unknown): never {
  const { code } = error as NodeJS.ErrnoException;
  const reasons: Readonly<Record<string, string>> = {
    ENOSPC: 'the disk is full. Make room and try again',
    EDQUOT: 'your share of the disk is full. Make room and try again',
    ENOENT: `there is no folder ${dirname(path)}. Make it first`,
    ENOTDIR: `${dirname(path)} is no folder`,
    EISDIR: 'it is a folder; name a file',
    EACCES: 'its folder may not be written to',
    EPERM: 'its folder may not be written to',
    EROFS: 'its disk can only be read',
  };
  throw new UserError(
    `${path} could not be written: ${reasons[code ?? ''] ?? fileProblem(error)}. What it held before is unchanged.`,
    { cause: error },
  );
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
