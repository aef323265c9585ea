/**
 * A line that says whether a claim holds.
 *
 * @param measured the figure it is decided by, as text; undefined where something it needs was not measured
 */
export function claim(statement, measured, holds) {
  if (measured === undefined) return `  not measured  ${statement}`;
  return `  ${holds ? 'holds' : 'DOES NOT HOLD'}  ${statement}: ${measured}`;
}
