import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { UserError } from '../../user-error.js';
import { fileError } from '../file-error.js';

/** In bytes. More than any picture of `maximumPixels` needs in one of the formats that are read. */
export const maximumBytes = 512 * 2 ** 20;

/**
 * The content of a regular file. Throws a `UserError` where there is none, where it is something else (a pipe would
 * be waited for, a device has no end), or where it is larger than `maximumBytes`.
 */
export async function fileBytes(path: string, name: string): Promise<Uint8Array> {
  try {
    // Without O_NONBLOCK, opening a pipe already waits for its other end.
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const status = await file.stat();
      if (status.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
      if (!status.isFile())
        throw new UserError(`${name}: a pipe or device; a file was expected.`, { code: 'image-unreadable' });
      if (status.size > maximumBytes) {
        throw new UserError(
          `${name}: ${status.size} bytes are more than the limit of ${maximumBytes / 2 ** 20} MB for an image.`,
          { code: 'image-too-large' },
        );
      }
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(fileError(name, error).message, { code: 'image-unreadable', cause: error });
  }
}
