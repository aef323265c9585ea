import { describe, expect, it } from 'vitest';
import { anchorCount, blazeFaces, decodeFaces } from '../src/detection/blazeface.js';
import { type Detection, keypointNames, keypointsBy, mapDetection } from '../src/detection/detection.js';
import { containment, overlap } from '../src/detection/geometry.js';
import { blendDoubles, dropNested, uniteLevels } from '../src/detection/merge-faces.js';

/** A face whose every keypoint is the middle of its box. */
function face(x: number, y: number, side: number, confidence: number): Detection {
  return {
    box: { x, y, width: side, height: side },
    keypoints: keypointsBy(() => ({ x: x + side / 2, y: y + side / 2 })),
    confidence,
  };
}

describe('decodeFaces', () => {
  const { back, shortRange } = blazeFaces;
  // 64×32 pixels: 4×2 cells of 2 anchors, then 2×1 cells of 6.
  const [width, height] = [64, 32];
  const outputs = () => ({ scores: new Float32Array(28).fill(-9), boxes: new Float32Array(28 * 16) });

  it('has the 896 anchors of the published models at their own sizes', () => {
    expect(anchorCount(back, 256, 256)).toBe(896);
    expect(anchorCount(shortRange, 128, 128)).toBe(896);
    expect(anchorCount(back, width, height)).toBe(28);
  });

  it('reads box and keypoints from the middle of the anchor’s cell, x first', () => {
    const { scores, boxes } = outputs();
    // The second anchor of the third cell in the second row of the fine grid: centre (40, 24).
    scores[13] = 0;
    boxes.set([3, -2, 20, 24, -4, -5, 4, -5, 0, 1, 0, 6, -9, -3, 9, -3], 13 * 16);
    expect(decodeFaces(back, width, height, scores, boxes, 0.5)).toEqual([
      {
        box: { x: 40 + 3 - 10, y: 24 - 2 - 12, width: 20, height: 24 },
        keypoints: {
          rightEye: { x: 36, y: 19 },
          leftEye: { x: 44, y: 19 },
          nose: { x: 40, y: 25 },
          mouth: { x: 40, y: 30 },
          rightEar: { x: 31, y: 21 },
          leftEar: { x: 49, y: 21 },
        },
        confidence: 0.5,
      },
    ]);
  });

  it('finds the coarse grid behind the fine one', () => {
    const { scores, boxes } = outputs();
    // The last anchor of all: cell (48, 16).
    scores[27] = Math.log(3);
    boxes.set([0, 0, 40, 40], 27 * 16);
    const [found, ...others] = decodeFaces(back, width, height, scores, boxes, 0.5);
    expect(others).toEqual([]);
    expect(found!.box).toEqual({ x: 28, y: -4, width: 40, height: 40 });
    expect(found!.confidence).toBeCloseTo(0.75, 6);
  });

  it('leaves out what is less likely than the threshold, no number, or has no size', () => {
    const { scores, boxes } = outputs();
    for (let anchor = 0; anchor < 28; anchor++) boxes.set([0, 0, 10, 10], anchor * 16);
    scores.set([1, 0.9, NaN, 1.1]);
    boxes.set([0, 0, 0, 10], 3 * 16);
    expect(decodeFaces(back, width, height, scores, boxes, 1 / (1 + Math.exp(-0.95)))).toHaveLength(1);
  });
});

describe('boxes', () => {
  const box = (x: number, y: number, width: number, height: number) => ({ x, y, width, height });
  it('overlap by shared over covered area', () => {
    expect(overlap(box(0, 0, 10, 10), box(5, 0, 10, 10))).toBeCloseTo(1 / 3);
    expect(overlap(box(0, 0, 10, 10), box(10, 0, 10, 10))).toBe(0);
    expect(overlap(box(0, 0, 10, 10), box(0, 0, 10, 10))).toBe(1);
  });
  it('contain each other by shared over the smaller area', () => {
    expect(containment(box(0, 0, 100, 100), box(20, 30, 10, 10))).toBe(1);
    expect(containment(box(0, 0, 100, 100), box(95, 30, 10, 10))).toBe(0.5);
  });
});

describe('merging', () => {
  it('blends doubles by their confidence and keeps the best one’s confidence', () => {
    const [both, other, ...rest] = blendDoubles([
      face(0, 0, 10, 0.3),
      face(2, 0, 10, 0.9),
      face(50, 0, 10, 0.5),
    ]);
    expect(rest).toEqual([]);
    // (0 · 0.3 + 2 · 0.9) / 1.2
    expect(both!.box.x).toBeCloseTo(1.5);
    expect(both!.keypoints.nose.x).toBeCloseTo(6.5);
    expect(both!.confidence).toBe(0.9);
    expect(other).toEqual(face(50, 0, 10, 0.5));
  });

  it('does not chain: what overlaps a double but not the best is a face of its own', () => {
    const faces = blendDoubles([face(0, 0, 10, 0.9), face(5, 0, 10, 0.8), face(10, 0, 10, 0.7)]);
    expect(faces.map(({ confidence }) => confidence)).toEqual([0.9, 0.7]);
  });

  it('keeps of the same proposal in two inputs the better, but an eye beside its face', () => {
    const eye = face(20, 30, 20, 0.8);
    const faces = uniteLevels([face(0, 0, 100, 0.6), face(4, 4, 100, 0.7), eye]);
    expect(faces).toEqual([eye, face(4, 4, 100, 0.7)]);
  });

  it('drops the eye within a face and keeps the neighbour', () => {
    const [large, eye, neighbour] = [face(0, 0, 100, 0.9), face(20, 30, 20, 0.8), face(90, 0, 80, 0.5)];
    expect(dropNested([eye, neighbour, large])).toEqual([large, neighbour]);
  });
});

describe('mapDetection', () => {
  it('maps every point, and the box by its centre', () => {
    const mapped = mapDetection(face(10, 20, 4, 0.5), ({ x, y }) => ({ x: 100 - 2 * y, y: 2 * x }), 2);
    expect(mapped.box).toEqual({ x: 100 - 44 - 4, y: 24 - 4, width: 8, height: 8 });
    expect(keypointNames.map((name) => mapped.keypoints[name])).toEqual(Array(6).fill({ x: 56, y: 24 }));
    expect(mapped.confidence).toBe(0.5);
  });
});
