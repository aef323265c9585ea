/**
 * An error the user can mend: its message names the file, row or field, what was expected and what to do.
 * The command line prints the message alone, without a stack, and exits with status 1.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
}
