/**
 * What random numbers are drawn for: the last of the keys of `random(seed, key0, key1, purpose)`, so that no
 * two purposes share a stream. The other keys:
 *
 * | purpose | key0 | key1 |
 * | --- | --- | --- |
 * | order | epoch | 0 |
 * | augmentation | epoch | index of the sample in its data set |
 */
export const randomStreams = {
  initialisation: 0,
  order: 1,
  augmentation: 2,
  dropout: 3,
  holdOut: 4,
} as const;
