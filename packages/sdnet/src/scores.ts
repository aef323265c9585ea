/** Scores that are no numbers: the network's weights are damaged, or unfit for its images. */
export class ScoresError extends Error {
  override readonly name = 'ScoresError';
}

/**
 * Throws a `ScoresError` where one of a network's outputs, N×classes row after row, is NaN or infinite: the highest of
 * such scores says nothing.
 *
 * @param first number of the first row's image, from 0
 */
export function requireFiniteScores(scores: Float32Array, classes: number, first = 0): void {
  const place = scores.findIndex((score) => !Number.isFinite(score));
  if (place === -1) return;
  throw new ScoresError(
    `The network's scores of image ${first + Math.floor(place / classes) + 1} are no numbers (${scores[place]}): ` +
      'its weights are damaged or unfit. Choose others.',
  );
}
