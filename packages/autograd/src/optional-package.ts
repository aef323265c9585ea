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
    const { code, message } = cause as { code?: unknown; message: string };
    // Node's words; a bundler has found it, or has failed.
    if (code !== 'ERR_MODULE_NOT_FOUND' || !message.includes(`'${name}'`)) throw cause;
    throw missingPackageError(`The package ${name} is not installed. Install it with: ${install}`, cause);
  }
}

/** An error whose message is all that a person needs; its `code` is `package-missing`. */
export const missingPackageError = (message: string, cause: unknown): Error =>
  Object.assign(new Error(message, { cause }), { name: 'MissingPackageError', code: 'package-missing' });
