import { requireTrackerOptions } from '../tracking/tracker-options.js';
import { UserError } from '../user-error.js';
import type { FollowOptions } from './face-recognizer.js';
import { followerOf, type Recognizer } from './recognizer.js';
import { requireOptions } from './recognizer-options.js';
import type { TrackedFace } from './tracked-face.js';

/** A frame of a stream, and when it was taken, in ms from any beginning. */
export interface TimedFrame<Image> {
  readonly image: Image;
  readonly time: number;
}

/** What was found in a frame. */
export interface TrackedFrame {
  readonly time: number;
  readonly faces: readonly TrackedFace[];
}

/** Follows the faces of one stream of frames. */
export interface Tracker<Image> {
  /**
   * Follows the faces into the next frame, which was taken at `time`: ms from any beginning, at any intervals. Calls are
   * answered in the order they were made; a live stream waits for the answer, and leaves out the frames that come
   * meanwhile. Where a frame fails, everything is as before it.
   *
   * @returns the faces in it, in the order of their identities; none is an empty list
   * @throws UserError where the frame is no image, or comes before the last one (`frame-out-of-order`), or the tracker or
   * its recognizer has been released
   */
  next(image: Image, time: number): Promise<readonly TrackedFace[]>;
  /** Follows the faces through a stream, one frame after the other; none is taken before the last was answered. */
  track(
    frames: Iterable<TimedFrame<Image>> | AsyncIterable<TimedFrame<Image>>,
  ): AsyncGenerator<TrackedFrame, void, undefined>;
  /**
   * Forgets all faces and the time, as for another clip or after a jump, once the calls made so far are answered.
   * Identities are not given again.
   */
  reset(): void;
  /** Forgets everything once the calls made so far are answered. Later calls are refused; the recognizer stays. */
  release(): Promise<void>;
}

/**
 * Makes a tracker, which follows the faces of a video or camera: it gives them stable identities, looks only where each
 * is expected, or not even there while its motion tells its place (every other frame at 30 a second), searches the whole frame where one is lost and in every n-th, and smooths what they show over time. It
 * computes where the recognizer does: in the browser, in its worker. A recognizer may have several, one for each stream.
 *
 * Faces are told apart by place, size and motion alone; what they look like is not remembered. One that is out of sight
 * for less than `memory` keeps its identity where it returns near where it was expected.
 *
 * @throws UserError where an option is out of range, or the recognizer does not look for faces
 */
export function createTracker<Image>(
  recognizer: Recognizer<Image>,
  options: FollowOptions = {},
): Tracker<Image> {
  requireTrackerOptions(options);
  requireOptions({ minimumFace: options.minimumFace });
  const follower = followerOf(recognizer, options);
  if (!follower)
    throw new UserError(
      'A tracker needs a recognizer of createRecognizer that looks for faces, not one with detector: false.',
      { code: 'option-invalid' },
    );
  let released: Promise<void> | undefined;
  async function next(image: Image, time: number): Promise<readonly TrackedFace[]> {
    if (released)
      throw new UserError('The tracker has been released. Make another one.', { code: 'released' });
    return follower!.next(image, time);
  }
  return {
    next,
    async *track(frames) {
      for await (const { image, time } of frames) yield { time, faces: await next(image, time) };
    },
    reset: () => void follower.forget(),
    release: () => (released ??= follower.release()),
  };
}
