import { type ErrorCode, UserError } from '../user-error.js';

/** What a runtime's errors mean, by their names (see `Runtime` of `@sdnet/autograd`). */
const codes: Readonly<Record<string, ErrorCode>> = {
  MissingPackageError: 'package-missing',
  DeviceError: 'device-unavailable',
};

/** Throws a runtime's error on as one for its users, where it is theirs to mend. */
export function throwForUsers(error: unknown): never {
  const { name, message } = error as Error;
  const code = codes[name];
  throw code ? new UserError(message, { code, cause: error }) : error;
}
