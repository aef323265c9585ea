import { fileURLToPath } from 'node:url';
import { UserError, type ErrorCode } from '../user-error.js';

/**
 * The path of a file that is named by its path or by a `file:` URL, given as such or as text (as `import.meta.resolve`
 * gives it); undefined where it is neither, as an address in the network is.
 *
 * @throws UserError with that code where a `file:` URL is no file's, as with a host or an encoded slash
 */
export function pathOf(file: unknown, code: ErrorCode): string | undefined {
  const isUrl = file instanceof URL || (typeof file === 'string' && /^file:/i.test(file));
  if (!isUrl) return typeof file === 'string' && !/^(https?:\/\/|data:|blob:)/i.test(file) ? file : undefined;
  try {
    const url = new URL(file);
    return url.protocol === 'file:' ? fileURLToPath(url) : undefined;
  } catch (error) {
    throw new UserError(`${String(file)} is no file's URL: ${(error as Error).message}.`, {
      code,
      cause: error,
    });
  }
}
