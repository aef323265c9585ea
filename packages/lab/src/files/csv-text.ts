import { stringify } from 'csv-stringify/sync';

/** Rows as CSV (RFC 4180, lines ended by a line feed). Blanks at a cell's ends are kept by quotes. */
export const csvText = (rows: readonly (readonly (string | number)[])[]): string =>
  stringify(rows as (string | number)[][], { quoted_match: /\r|^\s|\s$/ });
