import { faceSquare } from './alignment/face-square.js';
import type { Detection, Keypoints } from './detection/detection.js';
import type { RawImage } from './preprocess.js';
import { cutSquare } from './sample-square.js';

/** How well a face can be seen. */
export interface Quality {
  /** Side of its box in pixels of the image. */
  readonly size: number;
  /** 0 (blurred) … 1 (sharp) at the size of `sharpness`' plane. */
  readonly sharpness: number;
  readonly exposure: Exposure;
  /** See `yaw`. */
  readonly yaw: number;
}

/** How a face is lit; all from 0 to 1. */
export interface Exposure {
  /** Mean luma. */
  readonly mean: number;
  /** Parts of its pixels that are nearly black and nearly white: what is there cannot be seen. */
  readonly dark: number;
  readonly bright: number;
}

/** Side at which a face is judged: what SDNet sees of it. */
const judged = 68;

/**
 * How well a detected face can be seen in its image.
 *
 * @param crop what `cropFace` made of the face, which saves cutting it out again where it is grey and has the size at which
 *   faces are judged
 * @throws where the image's pixels do not fit its size
 */
export function faceQuality(image: RawImage, detection: Detection, crop?: RawImage): Quality {
  const plane =
    crop?.channels === 1 && crop.width === judged && crop.height === judged
      ? new Float32Array(crop.pixels)
      : cutSquare(image, 1, faceSquare(detection), judged, 'edge')[0]!;
  return {
    size: Math.sqrt(detection.box.width * detection.box.height),
    sharpness: sharpness(plane, judged),
    exposure: exposure(plane),
    yaw: yaw(detection.keypoints),
  };
}

/**
 * How sharp a plane of levels is, rows of `width`: 0 (blurred) … 1, and 0 for a plane without any detail. It is 1 minus
 * the blur metric of Crété et al. (2007): how much of the differences between neighbours is lost when the plane is blurred
 * once more, along the axis where it is more.
 */
export function sharpness(plane: Float32Array | Uint8Array, width: number): number {
  const height = plane.length / width;
  return Math.min(lostToBlur(plane, width, height, 1, width), lostToBlur(plane, height, width, width, 1));
}

/** Pixels that the second blur takes the mean of. */
const blurLength = 9;

/** The part of the differences along lines of `length` values, `step` apart, that blurring those lines takes away. */
function lostToBlur(
  plane: Float32Array | Uint8Array,
  length: number,
  lines: number,
  step: number,
  lineStep: number,
): number {
  const half = (blurLength - 1) / 2;
  const last = length - 1;
  const values = new Float32Array(length);
  const blurred = new Float64Array(length);
  let differences = 0;
  let lost = 0;
  for (let line = 0; line < lines; line++) {
    for (let index = 0; index < length; index++) values[index] = plane[line * lineStep + index * step]!;
    // The sum moves along with the window, which repeats the values at both ends.
    let sum = 0;
    for (let offset = -half; offset <= half; offset++) sum += values[Math.min(last, Math.max(0, offset))]!;
    for (let index = 0; index < length; index++) {
      blurred[index] = sum / blurLength;
      sum += values[Math.min(last, index + half + 1)]! - values[Math.max(0, index - half)]!;
    }
    for (let index = 1; index < length; index++) {
      const difference = Math.abs(values[index]! - values[index - 1]!);
      differences += difference;
      lost += Math.max(0, difference - Math.abs(blurred[index]! - blurred[index - 1]!));
    }
  }
  return differences === 0 ? 0 : lost / differences;
}

/** How the levels 0 … 255 of a plane are spread. */
export function exposure(plane: Float32Array | Uint8Array): Exposure {
  let sum = 0;
  let dark = 0;
  let bright = 0;
  for (const level of plane) {
    sum += level;
    if (level < 8) dark++;
    if (level > 247) bright++;
  }
  return { mean: sum / plane.length / 255, dark: dark / plane.length, bright: bright / plane.length };
}

/** How far the tip of the nose stands before the plane of the eyes, in distances between the eyes. */
const noseDepth = 0.55;

/**
 * By how much a head is turned to the side, in radians: 0 faces the camera, positive is turned towards the right of the
 * image (the subject's left). Estimated from how far the tip of the nose has moved from the middle between the eyes, on
 * their line, as on a head of average proportions: tan(yaw) = offset / (depth of the nose × distance of the eyes).
 */
export function yaw({ rightEye, leftEye, nose }: Keypoints): number {
  const [dx, dy] = [leftEye.x - rightEye.x, leftEye.y - rightEye.y];
  const squared = dx * dx + dy * dy;
  if (squared === 0) return 0;
  const middle = { x: (rightEye.x + leftEye.x) / 2, y: (rightEye.y + leftEye.y) / 2 };
  const along = ((nose.x - middle.x) * dx + (nose.y - middle.y) * dy) / squared;
  return Math.atan(along / noseDepth);
}
