import type { Detection } from '../detection/detection.js';
import type { Square } from '../sample-square.js';

/** A face is turned back by what it is turned by more than this, in radians: smaller eye angles are mostly noise. */
const tolerated = (10 * Math.PI) / 180;
/** Side of the square, and how far below the middle of the eyes its centre lies, in sides of the detector's box. */
const side = 1.15;
const below = 0.12;

/**
 * The square around a face that shows SDNet what FER2013's crops have taught it: forehead to chin, turned upright where
 * the eyes are far from level.
 */
export function faceSquare({ box, keypoints: { rightEye, leftEye } }: Detection): Square {
  const turned = Math.atan2(leftEye.y - rightEye.y, leftEye.x - rightEye.x);
  const angle = Math.sign(turned) * Math.max(0, Math.abs(turned) - tolerated);
  const length = Math.sqrt(box.width * box.height);
  return {
    centre: {
      x: (rightEye.x + leftEye.x) / 2 - Math.sin(angle) * below * length,
      y: (rightEye.y + leftEye.y) / 2 + Math.cos(angle) * below * length,
    },
    side: side * length,
    angle,
  };
}
