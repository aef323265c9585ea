import { createTracker, type ImageSource, type Recognizer, type TrackedFace, type TrackedFrame } from 'sdnet';
import type { Video } from './probe-video.js';
import { frameScale, readFrames } from './read-frames.js';

/** The whole picture is searched that often, in ms, so that a new face is seen by then; see `TrackerOptions.detectEvery`. */
const searchEvery = 400;
const mostFramesBetween = 10;

/**
 * Follows the faces of a video through all of its frames, or the first in every `every` ms; boxes and keypoints are in its
 * own pixels. One frame is in memory at a time.
 *
 * @throws UserError as `readFrames` does
 */
export async function* trackVideo(
  video: Video,
  recognizer: Recognizer<ImageSource>,
  every?: number,
): AsyncGenerator<TrackedFrame, void, undefined> {
  const detectEvery =
    every === undefined ? mostFramesBetween : Math.min(mostFramesBetween, Math.ceil(searchEvery / every));
  const tracker = createTracker(recognizer, { detectEvery });
  const scale = frameScale(video);
  for await (const { time, faces } of tracker.track(readFrames(video, every)))
    yield { time, faces: faces.map((face) => enlarged(face, scale)) };
}

/** A face of a reduced frame as it is in the video's own pixels. */
function enlarged(face: TrackedFace, scale: number): TrackedFace {
  if (scale === 1) return face;
  const { box, keypoints, quality } = face;
  return {
    ...face,
    box: { x: box.x * scale, y: box.y * scale, width: box.width * scale, height: box.height * scale },
    ...(keypoints && {
      keypoints: Object.fromEntries(
        Object.entries(keypoints).map(([name, { x, y }]) => [name, { x: x * scale, y: y * scale }]),
      ) as unknown as typeof keypoints,
    }),
    ...(quality && { quality: { ...quality, size: quality.size * scale } }),
  };
}
