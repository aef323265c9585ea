import { type Detection, keypointsBy } from './detection.js';
import { type Box, containment, overlap } from './geometry.js';

/** Boxes of one network run that overlap by more than this (intersection over union) are the same face. */
const sameFace = 0.3;

/**
 * Detections of the same face become one, their mean weighted by confidence (BlazeFace's "blending": steadier than the
 * best box alone); its confidence is the best one's. The most confident come first.
 */
export function blendDoubles(detections: readonly Detection[]): Detection[] {
  let left = [...detections].sort((a, b) => b.confidence - a.confidence);
  const faces: Detection[] = [];
  while (left.length > 0) {
    const best = left[0]!;
    const [same, others]: [Detection[], Detection[]] = [[], []];
    for (const each of left)
      (each === best || overlap(best.box, each.box) > sameFace ? same : others).push(each);
    left = others;
    faces.push(blend(same));
  }
  return faces;
}

/** The mean of detections of one face, weighted by their confidence; its own confidence is the first one's. */
function blend(same: readonly Detection[]): Detection {
  const total = same.reduce((sum, { confidence }) => sum + confidence, 0);
  const mean = (value: (detection: Detection) => number): number =>
    same.reduce((sum, each) => sum + value(each) * each.confidence, 0) / total;
  return {
    box: {
      x: mean(({ box }) => box.x),
      y: mean(({ box }) => box.y),
      width: mean(({ box }) => box.width),
      height: mean(({ box }) => box.height),
    },
    keypoints: keypointsBy((name) => ({
      x: mean(({ keypoints }) => keypoints[name].x),
      y: mean(({ keypoints }) => keypoints[name].y),
    })),
    confidence: same[0]!.confidence,
  };
}

/** Proposals of several inputs, of which those of the same face and size are one: the most confident. */
export function uniteLevels(proposals: readonly Detection[]): Detection[] {
  return keepApart(proposals, (box, kept) => overlap(box, kept) > united);
}
/** Above this overlap two inputs' boxes are the same proposal; below it, they are looked at again one by one. */
const united = 0.5;

/**
 * Of faces that lie within each other the most confident: what was found twice, and the eye or the mouth that is
 * taken for a face where the whole one is seen too.
 */
export function dropNested(faces: readonly Detection[]): Detection[] {
  return keepApart(faces, (box, kept) => containment(box, kept) > nested);
}
/** Above this part of the smaller box two faces cannot both be there. */
const nested = 0.5;

function keepApart(detections: readonly Detection[], same: (box: Box, kept: Box) => boolean): Detection[] {
  const kept: Detection[] = [];
  for (const detection of [...detections].sort((a, b) => b.confidence - a.confidence))
    if (!kept.some(({ box }) => same(detection.box, box))) kept.push(detection);
  return kept;
}
