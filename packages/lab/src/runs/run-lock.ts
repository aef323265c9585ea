import { constants, existsSync } from 'node:fs';
import { type FileHandle, open, rm, stat, statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@sdnet/training';
import { z } from 'zod';
import { fileProblem } from 'sdnet';
import { thisMachine } from '../files/this-machine.js';

const lockFile = 'run.lock';

/**
 * A run folder that nobody else may write to. The lock is the operating system's: it ends with the process, however
 * that ends, and holds between containers of a machine and, on NFS and SMB, between machines.
 */
export interface RunLock {
  /**
   * @throws UserError where the folder was moved away, or the lock's file removed: what is written there now could be
   * another run's
   */
  requireHeld(): Promise<void>;
  release(): Promise<void>;
}

/** Another training holds the lock, and will release it one day. */
export class RunOccupiedError extends UserError {}

/** For people, and for file systems whose locks do not reach other machines. */
const ownerSchema = z.object({ process: z.int(), host: z.string(), machine: z.string() });
type Owner = z.output<typeof ownerSchema>;

/** The byte that is locked: behind all content, which stays readable on Windows. */
const lockedByte = 2 ** 30;

/** How Linux calls the file systems whose locks other machines do not see: FUSE, 9P, VirtualBox' shared folders. */
const localLocks: ReadonlySet<number> = new Set([0x65735546, 0x01021997, 0x786f4256]);

/**
 * Keeps other trainings out of the run folder `out` until its lock is released or this process ends.
 *
 * @throws RunOccupiedError where another training is writing there; UserError where no lock can be had
 */
export async function lockRun(out: string): Promise<RunLock> {
  const path = join(out, lockFile);
  const handle = await take(out, path);
  const isMine = () => isFileAt(handle, path);
  return {
    async requireHeld() {
      if (!(await isMine()))
        throw new UserError(
          `${out} was moved away or replaced, or its ${lockFile} removed, while the training was running. It stops, so that ` +
            'no other run is written over; where the folder is now, it holds the run up to its last finished epoch: go on with --resume.',
        );
    },
    async release() {
      // Removed while it is held: whoever waits for it looks again.
      if (await isMine()) await rm(path, { force: true }).catch(() => {});
      await handle.close();
    },
  };
}

/** Removes the file of a lock that a killed training left. Throws a `UserError` where the lock is held. */
export async function removeLeftLock(out: string): Promise<void> {
  if (existsSync(join(out, lockFile))) await (await lockRun(out)).release();
}

/** The open file of the lock, which is held. */
async function take(out: string, path: string): Promise<FileHandle> {
  const tryLock = await loadTryLock();
  // Who held it may just have removed it: then it was a file that nobody else finds.
  for (;;) {
    let handle: FileHandle | undefined;
    try {
      // A link is not followed: what it leads to is not ours to write to.
      handle = await open(path, constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0), 0o666);
      if (!(await handle.stat()).isFile()) throw new UserError(`${path} is no file. Remove it.`);
      const owner = await readOwner(handle);
      if (!tryLock(handle.fd, lockedByte, 1)) throw occupied(out, owner);
      if (await isFileAt(handle, path)) {
        await requireNoOther(out, path, handle);
        await writeOwner(handle);
        return handle;
      }
      await handle.close();
    } catch (error) {
      await handle?.close();
      if (error instanceof UserError) throw error;
      throw new UserError(
        `${path} could not be locked: ${fileProblem(error)}. Choose another folder by --out.`,
        { cause: error },
      );
    }
  }
}

async function loadTryLock() {
  try {
    return (await import('fs-native-extensions')).tryLock;
  } catch (error) {
    throw new UserError(
      'The library fs-native-extensions, which locks run folders, cannot be loaded on this system; without it two ' +
        `trainings could write over each other. (${(error as Error).message})`,
      { cause: error },
    );
  }
}

async function isFileAt(handle: FileHandle, path: string): Promise<boolean> {
  const mine = await handle.stat({ bigint: true });
  const there = await stat(path, { bigint: true }).catch(() => undefined);
  return there !== undefined && there.ino === mine.ino && there.dev === mine.dev;
}

const occupied = (out: string, owner: Owner | undefined): RunOccupiedError =>
  new RunOccupiedError(
    `Another training${owner ? `, process ${owner.process} on ${owner.host},` : ''} is writing to ${out}. ` +
      'Wait for it, or choose another folder by --out.',
  );

/** Where locks do not reach other machines, what one of them left is all that is known. */
async function requireNoOther(out: string, path: string, handle: FileHandle): Promise<void> {
  const owner = await readOwner(handle);
  if (!owner || owner.machine === thisMachine() || owner.host === hostname()) return;
  if (localLocks.has((await statfs(out)).type))
    throw new UserError(
      `A training on ${owner.host} has not ended its run in ${out}, and this file system does not say whether it is still ` +
        `writing there. If it is not, remove ${path}.`,
    );
}

async function readOwner(handle: FileHandle): Promise<Owner | undefined> {
  const buffer = Buffer.alloc(1024);
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
  try {
    return ownerSchema.parse(JSON.parse(buffer.toString('utf8', 0, bytesRead)));
  } catch {
    return undefined;
  }
}

async function writeOwner(handle: FileHandle): Promise<void> {
  const owner: Owner = { process: process.pid, host: hostname(), machine: thisMachine() };
  await handle.truncate(0);
  await handle.write(`${JSON.stringify(owner)}\n`, 0);
}
