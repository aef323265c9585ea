import { UserError } from '../user-error.js';

/** What a failed look at `path` means to the user: `error` is what the file system threw. */
export function fileError(path: string, error: unknown): UserError {
  const code = (error as NodeJS.ErrnoException).code;
  const meaning =
    code === 'ENOENT' && path.includes('\ufffd')
      ? 'cannot be found, for its name is not UTF-8. Rename it'
      : code === 'ENOENT'
        ? 'there is no such file or folder. Check the path'
        : code === 'ENOTDIR'
          ? 'a file is there where a folder was expected. Check the path'
          : code === 'EISDIR'
            ? 'is a folder, but a file was expected'
            : code === 'EACCES' || code === 'EPERM'
              ? 'may not be read. Check its permissions'
              : `cannot be read (${(error as Error).message})`;
  return new UserError(`${path}: ${meaning}.`, { cause: error });
}
