/** A command line that cannot be understood, as opposed to one whose files or data are wrong. */
export class UsageError extends Error {}
