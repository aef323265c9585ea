import { STATUS_CODES } from 'node:http';

/** An answer that says what is wrong (RFC 9457), thrown where it is found. */
export class Problem extends Error {
  override readonly name = 'Problem';
  constructor(
    readonly status: number,
    /** For programs to decide by. */
    readonly code: string,
    /** What is wrong, and what to do. */
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

export const problemType = 'application/problem+json';

/** A problem as it is sent. */
export interface ProblemBody {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
}

/** Longest detail, in characters: a client's own text may be part of it. */
const longest = 500;

export const problemBody = (status: number, code: string, detail: string): ProblemBody => ({
  type: 'about:blank',
  title: STATUS_CODES[status] ?? 'Error',
  status,
  detail: detail.length > longest ? `${detail.slice(0, longest)} …` : detail,
  code,
});
