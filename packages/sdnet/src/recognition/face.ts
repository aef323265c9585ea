import type { Detection, Keypoints } from '../detection/detection.js';
import type { Box } from '../detection/geometry.js';
import type { Quality } from '../quality.js';
import type { Recognition } from './crop-recognizer.js';

/** A face in an image and what it shows. */
export interface Face extends Recognition {
  /** In pixels of the image; it may reach beyond its border. */
  readonly box: Box;
  /** Absent where the image was given as a face (`detector: false`). */
  readonly keypoints?: Keypoints;
  /** How far the line of the eyes is turned clockwise, in degrees; 0 where there are no keypoints. */
  readonly angle: number;
  /** How sure the detector is that this is a face, 0 … 1; 1 where the image was given as one. */
  readonly faceConfidence: number;
  /** How well it can be seen. Absent where the image was given as a face. */
  readonly quality?: Quality;
}

/** A detected face and what was read in it. */
export function faceOf(
  { box, keypoints, confidence }: Detection,
  recognition: Recognition,
  quality: Quality,
): Face {
  const { rightEye, leftEye } = keypoints;
  const angle = (Math.atan2(leftEye.y - rightEye.y, leftEye.x - rightEye.x) * 180) / Math.PI;
  return { box, keypoints, angle, faceConfidence: confidence, quality, ...recognition };
}

/** An image that is a face as a whole, and what was read in it. */
export const wholeFace = (
  { width, height }: { readonly width: number; readonly height: number },
  recognition: Recognition,
): Face => ({ box: { x: 0, y: 0, width, height }, angle: 0, faceConfidence: 1, ...recognition });
