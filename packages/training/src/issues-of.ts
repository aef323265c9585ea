import type { z } from 'zod';

/** Issues that are named; a value of another kind altogether has one for every field. */
const most = 8;

/** What a schema found wrong, in one line; `whole` is what it calls the value itself. */
export function issuesOf({ issues }: z.core.$ZodError, whole = 'it'): string {
  const found = issues.map(({ path, message }) => `${path.join('.') || whole}: ${message}`);
  const rest = found.length - most;
  return [...found.slice(0, most), ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ');
}
