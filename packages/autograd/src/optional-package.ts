/**
 * Loads a package that its users install as they need it.
 *
 * @param install the command that installs it
 * @throws Error with the name `MissingPackageError` where it is not installed: the message says what to do
 */
export async function optionalPackage<Module>(
  name: string,
  install: string,
  load: () => Promise<Module>,
): Promise<Module> {
  try {
    return await load();
  } catch (cause) {
    if (!isMissing(cause, name)) throw cause;
    throw missingPackageError(`The package ${name} is not installed. Install it with: ${install}`, cause);
  }
}

/** Node's code, or what browsers say of a name without an address (V8: "Failed to resolve module specifier 'name'"). */
function isMissing(cause: unknown, name: string): boolean {
  const { code, message } = cause as { code?: unknown; message: string };
  if (code === 'ERR_MODULE_NOT_FOUND') return message.includes(`'${name}'`);
  return cause instanceof TypeError && new RegExp(`['"“]#?${name}(/|['"”])`).test(message);
}

/** An error whose message is all that a person needs; its `code` is `package-missing`. */
export const missingPackageError = (message: string, cause: unknown): Error =>
  Object.assign(new Error(message, { cause }), { name: 'MissingPackageError', code: 'package-missing' });
