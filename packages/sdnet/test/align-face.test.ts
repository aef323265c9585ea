import { describe, expect, it } from 'vitest';
import { alignFace, cropFace } from '../src/alignment/align-face.js';
import { faceSquare } from '../src/alignment/face-square.js';
import type { Detection } from '../src/detection/detection.js';
import { preprocess, type RawImage } from '../src/preprocess.js';
import { imageToSquare, squareToImage } from '../src/sample-square.js';

const degrees = Math.PI / 180;

/** A face with a box of `side` around (x, y), turned clockwise: eyes, nose and mouth where the detector has them. */
function face(x: number, y: number, side: number, angle: number): Detection {
  const [cos, sin] = [Math.cos(angle * degrees) * side, Math.sin(angle * degrees) * side];
  const at = (u: number, v: number) => ({ x: x + cos * u - sin * v, y: y + sin * u + cos * v });
  return {
    box: { x: x - side / 2, y: y - side / 2, width: side, height: side },
    keypoints: {
      rightEye: at(-0.2, -0.2),
      leftEye: at(0.2, -0.2),
      nose: at(0, 0),
      mouth: at(0, 0.2),
      rightEar: at(-0.45, -0.1),
      leftEar: at(0.45, -0.1),
    },
    confidence: 0.9,
  };
}

describe('faceSquare', () => {
  it.each([0, 4, -9, 10])('does not turn a face whose eyes are off by %i°', (angle) => {
    expect(faceSquare(face(100, 100, 50, angle)).angle).toBeCloseTo(0, 9);
  });

  it.each([
    [30, 20],
    [-45, -35],
    [100, 90],
  ])('turns a face of %i° by what exceeds 10°: %i°', (angle, turned) => {
    expect(faceSquare(face(100, 100, 50, angle)).angle).toBeCloseTo(turned * degrees, 9);
  });

  it('moves, grows and turns with the face', () => {
    const { centre, side } = faceSquare(face(100, 80, 50, 0));
    const double = faceSquare(face(203, 161, 100, 0));
    expect(double.side).toBeCloseTo(2 * side, 9);
    expect(double.centre.x).toBeCloseTo(2 * centre.x + 3, 9);
    expect(double.centre.y).toBeCloseTo(2 * centre.y + 1, 9);
    // At 40° and at 30° the same place of the face, seen in each square's own pixels up to the angle left over.
    expect(faceSquare(face(100, 80, 50, 30)).side).toBeCloseTo(side, 9);
  });

  it('has the eyes at the same height left and right of the middle, whatever the angle', () => {
    for (const angle of [0, 25, -40]) {
      const detection = face(100, 80, 50, angle);
      const square = faceSquare(detection);
      const toSquare = imageToSquare(square, 68);
      const [right, left] = [toSquare(detection.keypoints.rightEye), toSquare(detection.keypoints.leftEye)];
      const remaining = Math.atan2(left.y - right.y, left.x - right.x) / degrees;
      expect(remaining).toBeCloseTo(Math.sign(angle) * Math.min(10, Math.abs(angle)), 6);
      expect(Math.abs((left.y + right.y) / 2 - 68 * 0.4)).toBeLessThan(4);
    }
  });
});

/** A grey image with two dark discs at a face's eyes and one at its mouth. */
function drawn(detection: Detection, width = 200, height = 160): RawImage {
  const pixels = new Uint8Array(width * height);
  const { rightEye, leftEye, mouth } = detection.keypoints;
  for (let index = 0; index < pixels.length; index++) {
    const [x, y] = [(index % width) + 0.5, Math.floor(index / width) + 0.5];
    const near = [rightEye, leftEye, mouth].some((point) => Math.hypot(x - point.x, y - point.y) < 4);
    pixels[index] = near ? 20 : 200;
  }
  return { width, height, channels: 1, pixels };
}

/** The middle of the dark pixels of a crop within `reach` of a point. */
function darkMiddle({ width, pixels }: RawImage, near: { x: number; y: number }, reach: number) {
  let [sum, x, y] = [0, 0, 0];
  for (const [index, level] of pixels.entries()) {
    const point = { x: (index % width) + 0.5, y: Math.floor(index / width) + 0.5 };
    if (Math.hypot(point.x - near.x, point.y - near.y) > reach) continue;
    const weight = 200 - level;
    [sum, x, y] = [sum + weight, x + weight * point.x, y + weight * point.y];
  }
  return { x: x / sum, y: y / sum };
}

describe('alignFace', () => {
  const preprocessing = { size: 68, channels: 1, mean: 0.5, deviation: 0.25 } as const;

  it.each([0, 8, 30, -45, 170])('shows a face turned by %i° where its square says', (angle) => {
    const detection = face(100, 80, 80, angle);
    const image = drawn(detection);
    const crop = cropFace(image, detection, 68);
    const { square } = alignFace(image, detection, preprocessing);
    for (const name of ['rightEye', 'leftEye', 'mouth'] as const) {
      const expected = imageToSquare(square, 68)(detection.keypoints[name]);
      const found = darkMiddle(crop, expected, 7);
      expect(Math.hypot(found.x - expected.x, found.y - expected.y)).toBeLessThan(0.3);
      // And from the crop back to the photo.
      const back = squareToImage(square, 68)(found);
      expect(
        Math.hypot(back.x - detection.keypoints[name].x, back.y - detection.keypoints[name].y),
      ).toBeLessThan(0.5);
    }
  });

  it('gives the network what preprocess gives for the crop', () => {
    const detection = face(100, 80, 80, 30);
    const image = drawn(detection);
    const { input } = alignFace(image, detection, preprocessing);
    const expected = preprocess(cropFace(image, detection, 68), preprocessing);
    expect(input).toHaveLength(68 * 68);
    // The crop is rounded to whole levels.
    for (const [index, value] of input.entries())
      expect(Math.abs(value - expected[index]!)).toBeLessThan(0.51 / 255 / 0.25);
  });

  it('has three planes for a network that sees colours, and a crop like its image', () => {
    const detection = face(20, 20, 20, 0);
    const pixels = Uint8Array.from({ length: 40 * 40 * 3 }, (_, index) => [10, 20, 30][index % 3]!);
    const image = { width: 40, height: 40, channels: 3 as const, pixels };
    const { input } = alignFace(image, detection, { size: 4, channels: 3, mean: 0, deviation: 1 });
    expect([...input].map((value) => Math.round(value * 255))).toEqual(
      [10, 20, 30].flatMap((level) => Array(16).fill(level)),
    );
    expect(cropFace(image, detection, 4)).toMatchObject({ channels: 3, width: 4, height: 4 });
    expect(cropFace(image, detection, 4).pixels.slice(0, 3)).toEqual(new Uint8Array([10, 20, 30]));
    expect(cropFace(image, detection, 4, 1).channels).toBe(1);
  });

  it('repeats the border where the face is at it', () => {
    const pixels = new Uint8Array(40 * 40).fill(90);
    const image = { width: 40, height: 40, channels: 1 as const, pixels };
    expect(new Set(cropFace(image, face(2, 38, 60, 40), 32).pixels)).toEqual(new Set([90]));
  });
});
