import type { Keypoints } from '../detection/detection.js';
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
