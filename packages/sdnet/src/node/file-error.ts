import { UserError } from '../user-error.js';

/** What the file system's codes mean, as it follows on "could not be read" or "could not be written". */
const meanings: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a file is there where a folder was expected',
  EISDIR: 'it is a folder, but a file was expected',
  EEXIST: 'something else is called like that already',
  ENOTEMPTY: 'the folder is not empty',
  EACCES: 'it may not be used by you: check its permissions',
  EPERM: 'it may not be used by you: check its permissions',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your share of the disk is full',
  EFBIG: 'the file would be larger than is allowed here',
  EIO: 'the disk reports an error',
  EBUSY: 'another program is using it',
  ETXTBSY: 'another program is using it',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  EINVAL: 'the file system does not allow this',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open on this machine',
  ENOMEM: 'there is not enough memory',
  ENXIO: 'it is neither a file nor a folder',
  ENODEV: 'it is neither a file nor a folder',
  ENOTSUP: 'the file system does not allow this',
  EOPNOTSUPP: 'the file system does not allow this',
  ENOLCK: 'the file system has no locks',
  ESTALE: 'it has gone from the shared folder',
  ETIMEDOUT: 'the shared folder does not answer',
  EPIPE: 'nobody reads it any more',
  ERR_FS_FILE_TOO_LARGE: 'the file is larger than 2 GiB',
  ERR_INVALID_ARG_VALUE: 'it is no name a file can have',
};

/** What an error of the file system means, for a sentence: without a capital letter or a full stop. */
export function fileProblem(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const known = code === undefined ? undefined : meanings[code];
  // Messages of the system are "ENOENT: no such file or directory, open '…'".
  return known ?? message.replace(/^[A-Z]+: /, '').replace(/, \w+ '.*$/s, '');
}

/** What a failed look at `path` means to the user: `error` is what the file system threw. */
export function fileError(path: string, error: unknown): UserError {
  const code = (error as NodeJS.ErrnoException).code;
  const meaning =
    code === 'ENOENT' && path.includes('\ufffd')
      ? 'cannot be found, for its name is not UTF-8. Rename it'
      : code === 'ENOENT' || code === 'ENOTDIR'
        ? `${fileProblem(error)}. Check the path`
        : code === 'EISDIR'
          ? 'is a folder, but a file was expected'
          : code === 'EACCES' || code === 'EPERM'
            ? 'may not be read. Check its permissions'
            : `cannot be read: ${fileProblem(error)}`;
  return new UserError(`${path}: ${meaning}.`, { cause: error });
}
