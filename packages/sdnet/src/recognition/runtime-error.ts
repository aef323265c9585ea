import { type ErrorCode, UserError } from '../user-error.js';

/** Names of a runtime's errors that are its users' to mend (see `Runtime` of `@sdnet/autograd`); each has a code. */
const forUsers: readonly string[] = ['MissingPackageError', 'DeviceError'];

/** Throws a runtime's error on as one for its users, where it is theirs to mend. */
export function throwForUsers(error: unknown): never {
  const { name, message, code } = error as Error & { code: ErrorCode };
  throw forUsers.includes(name) ? new UserError(message, { code, cause: error }) : error;
}
