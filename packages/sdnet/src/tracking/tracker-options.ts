import { UserError } from '../user-error.js';

export interface TrackerOptions {
  /** The whole frame is searched in every n-th, and where a face was lost; a new face is found by then. Default 10. */
  readonly detectEvery?: number | undefined;
  /** Time constant of the exponential window over which scores are smoothed, in ms; 0: none. Default 200. */
  readonly smoothing?: number | undefined;
  /** How long a face may be out of sight and keep its identity, in ms. Default 1000. */
  readonly memory?: number | undefined;
  /** Most faces that are followed; of more, the largest. Default 200. */
  readonly maximumFaces?: number | undefined;
}

/** Throws a `UserError` where a tracker's option is out of range. */
export function requireTrackerOptions({
  detectEvery,
  smoothing,
  memory,
  maximumFaces,
}: TrackerOptions): void {
  const refuse = (name: string, value: number, expected: string): never => {
    throw new UserError(`The tracker's option ${name} is ${value}; ${expected} is expected.`, {
      code: 'option-invalid',
    });
  };
  for (const [name, value] of Object.entries({ detectEvery, maximumFaces }))
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1))
      refuse(name, value, 'a whole number from 1');
  for (const [name, value] of Object.entries({ smoothing, memory }))
    if (value !== undefined && !(Number.isFinite(value) && value >= 0))
      refuse(name, value, 'a number of ms from 0');
}
