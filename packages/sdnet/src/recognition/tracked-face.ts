import type { Face } from './face.js';

/** A face in a frame of a stream, known from earlier ones. Its expression, confidence and scores are smoothed over time. */
export interface TrackedFace extends Face {
  /** The same in every frame; no other face's. From 1 in the order of appearance. */
  readonly id: number;
  /**
   * By how many ms the smoothed scores lag behind: the mean age of what they are the mean of. It grows from 0 to about
   * `smoothing` less half the time between frames.
   */
  readonly lag: number;
  /** Time of the frame in which it was first seen, in ms. */
  readonly since: number;
}
