/**
 * What random numbers are drawn for: the last of the keys of `random(seed, key0, key1, purpose)`, so that no
 * two purposes share a stream. The other keys:
 *
 * | purpose | key0 | key1 |
 * | --- | --- | --- |
 * | order | epoch | 0 |
 * | augmentation | epoch | index of the sample in its data set |
 * | dropout | epoch | step |
 * | mixup | epoch | batch of the epoch |
 * | holdOut | class | 0 |
 * | subjectFolds | 0 | 0 |
 * | randomFolds | class | 0 |
 * | takes | class | 0 |
 * | bootstrap | resample | 0 |
 * | syntheticFaces | 3 · class + split | number of the face in both |
 * | syntheticNoise | 0 | 0 |
 */
export const randomStreams = {
  initialisation: 0,
  order: 1,
  augmentation: 2,
  dropout: 3,
  holdOut: 4,
  subjectFolds: 5,
  randomFolds: 6,
  bootstrap: 7,
  takes: 8,
  mixup: 9,
  syntheticFaces: 100,
  syntheticNoise: 101,
} as const;
