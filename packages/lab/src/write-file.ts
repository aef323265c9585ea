import writeFileAtomic from 'write-file-atomic';
import { UserError } from './user-error.js';

/**
 * Writes a file completely or not at all: beside it first, flushed to disk, then renamed over it. What was there
 * before stays until then.
 */
export async function writeFile(path: string, content: Uint8Array | string): Promise<void> {
  try {
    await writeFileAtomic(path, typeof content === 'string' ? content : Buffer.from(content.buffer, content.byteOffset, content.byteLength));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason =
      code === 'ENOSPC' || code === 'EDQUOT'
        ? 'the disk is full. Make room and try again'
        : code === 'ENOENT'
          ? 'its folder does not exist'
          : code === 'EACCES' || code === 'EPERM' || code === 'EROFS'
            ? 'its folder may not be written to'
            : message;
    throw new UserError(`${path} could not be written: ${reason}. What it held before is unchanged.`, { cause: error });
  }
}
