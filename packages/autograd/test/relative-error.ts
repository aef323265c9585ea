/** ‖actual − expected‖ / ‖expected‖, L2; the plain distance where `expected` is all zeros. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length)
    throw new Error(`${actual.length} values where ${expected.length} are expected.`);
  let distance = 0;
  let size = 0;
  for (let index = 0; index < expected.length; index++) {
    distance += (actual[index]! - expected[index]!) ** 2;
    size += expected[index]! ** 2;
  }
  return Math.sqrt(size === 0 ? distance : distance / size);
}
