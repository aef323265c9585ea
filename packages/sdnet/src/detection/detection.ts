import type { Box, Point } from './geometry.js';

/** The points BlazeFace knows, in its order. Right and left are the subject's: its right eye is at the image's left. */
export const keypointNames = ['rightEye', 'leftEye', 'nose', 'mouth', 'rightEar', 'leftEar'] as const;

export type Keypoints = Readonly<Record<(typeof keypointNames)[number], Point>>;

/** A face found in an image. */
export interface Detection {
  /** From the middle of the forehead to the chin, about as wide as high. */
  readonly box: Box;
  readonly keypoints: Keypoints;
  /** How sure the detector is that this is a face, 0 … 1. */
  readonly confidence: number;
}

/** A detection whose every coordinate went through `map`; the box becomes the upright one of the same size around its mapped centre. */
export function mapDetection(
  { box, keypoints, confidence }: Detection,
  map: (point: Point) => Point,
  scale: number,
): Detection {
  const centre = map({ x: box.x + box.width / 2, y: box.y + box.height / 2 });
  const [width, height] = [box.width * scale, box.height * scale];
  return {
    box: { x: centre.x - width / 2, y: centre.y - height / 2, width, height },
    keypoints: keypointsBy((name) => map(keypoints[name])),
    confidence,
  };
}

const mirrorImages: Readonly<Record<keyof Keypoints, keyof Keypoints>> = {
  rightEye: 'leftEye',
  leftEye: 'rightEye',
  nose: 'nose',
  mouth: 'mouth',
  rightEar: 'leftEar',
  leftEar: 'rightEar',
};

/** A detection in an image of that width, as it is in the image mirrored left to right. */
export const mirrorDetection = ({ box, keypoints, confidence }: Detection, width: number): Detection => ({
  box: { ...box, x: width - box.x - box.width },
  keypoints: keypointsBy((name) => {
    const { x, y } = keypoints[mirrorImages[name]];
    return { x: width - x, y };
  }),
  confidence,
});

// Spelled out, since this is made for every anchor that may be a face.
export const keypointsBy = (point: (name: keyof Keypoints) => Point): Keypoints => ({
  rightEye: point('rightEye'),
  leftEye: point('leftEye'),
  nose: point('nose'),
  mouth: point('mouth'),
  rightEar: point('rightEar'),
  leftEar: point('leftEar'),
});
