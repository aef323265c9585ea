import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@sdnet/training';

const lockFile = 'run.lock';
/** The locks this process holds: after a restart, another may have had its number. */
const held = new Set<string>();

/**
 * Keeps other trainings out of the run folder `out` until the function that it returns is called. A lock whose
 * process has ended is taken over.
 *
 * @throws UserError where another training is writing there
 */
export async function lockRun(out: string): Promise<() => Promise<void>> {
  const path = join(out, lockFile);
  const take = async () => {
    const handle = await open(path, 'wx');
    try {
      await handle.writeFile(String(process.pid));
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
  };
  try {
    await take().catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      const owner = Number(await readFile(path, 'utf8').catch(() => ''));
      if (held.has(path) || (owner !== process.pid && isRunning(owner)))
        throw new UserError(
          `Another training, process ${owner}, is writing to ${out}. Wait for it, or choose another folder by --out; ` +
            `if there is none, remove ${path}.`,
        );
      await rm(path, { force: true });
      await take();
    });
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${path} could not be written: ${(error as Error).message}.`, { cause: error });
  }
  held.add(path);
  return async () => {
    held.delete(path);
    await rm(path, { force: true });
  };
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process may not be signalled, but is there.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
