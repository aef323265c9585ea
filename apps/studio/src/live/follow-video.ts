import { createTracker, type TrackedFace } from 'sdnet';
import type { StudioRecognizer } from '../recognition/engine.js';
import { framesOf } from './frames-of.js';

/** What was found in a frame of a video. */
export interface LiveFrame {
  /** In ms: of the clip, or since the camera was opened. */
  readonly time: number;
  readonly faces: readonly TrackedFace[];
  /** How long finding and reading took. */
  readonly ms: number;
}

export interface FollowOptions {
  /** Whether time is the clip's own. */
  readonly isClip: boolean;
  readonly signal: AbortSignal;
  readonly onFrame: (frame: LiveFrame) => void;
  /** The clip has jumped back: faces are others, and time begins again. */
  readonly onRestart: () => void;
}

/**
 * Follows the faces of what a `<video>` shows until the signal aborts. Frames that come while one is looked at are left
 * out. Where the video is paused nothing is done.
 *
 * @throws what the tracker says is wrong
 */
export async function followVideo(
  video: HTMLVideoElement,
  recognizer: StudioRecognizer,
  { isClip, signal, onFrame, onRestart }: FollowOptions,
): Promise<void> {
  const tracker = createTracker(recognizer);
  const begun = performance.now();
  let last = -Infinity;
  try {
    for await (const mediaTime of framesOf(video, signal)) {
      const started = performance.now();
      const time = isClip ? 1000 * mediaTime : started - begun;
      if (time < last) {
        tracker.reset();
        onRestart();
      }
      last = time;
      const faces = await tracker.next(video, time);
      if (signal.aborted) return;
      onFrame({ time, faces, ms: performance.now() - started });
    }
  } finally {
    await tracker.release();
  }
}
