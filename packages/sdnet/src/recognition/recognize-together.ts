import { cropFace } from '../alignment/align-face.js';
import type { Detection } from '../detection/detection.js';
import type { Detector, DetectOptions } from '../detection/detector.js';
import { type Preprocessing, type RawImage, requireImage } from '../preprocess.js';
import { faceQuality, type Quality } from '../quality.js';
import type { CropRecognizer } from './crop-recognizer.js';
import { type Face, faceOf, wholeFace } from './face.js';
import { recognizeViews, type Views } from './views.js';

/** One of several images, and how it is to be looked at. */
export interface ImageTask extends DetectOptions {
  /** Its pixels, asked for when its turn comes. */
  readonly image: () => Promise<RawImage>;
  /** `false`: the image is already cropped to a face. Default: faces are looked for, where there is a detector. */
  readonly detector?: boolean | undefined;
  /** Default 1. */
  readonly views?: Views | undefined;
}

/** What was read in an image, or why it could not be. */
export type ImageOutcome =
  | {
      readonly width: number;
      readonly height: number;
      readonly faces: readonly Face[];
      readonly error?: never;
    }
  | { readonly error: unknown };

interface Networks {
  readonly expressions: CropRecognizer;
  readonly detector: Detector | undefined;
  readonly preprocessing: Preprocessing;
}

/** What is known of a face before its expression. */
type Found = { readonly detection: Detection; readonly quality: Quality } | undefined;

/**
 * The faces in several images, whose crops go through the network together. The images are asked for one after the
 * other, and of each only crops are kept: never are two in memory. What goes wrong with one is its own outcome.
 */
export async function recognizeTogether(
  { expressions, detector, preprocessing: { size, channels } }: Networks,
  tasks: readonly ImageTask[],
): Promise<ImageOutcome[]> {
  const looked: ({ width: number; height: number; found: Found[] } | { error: unknown })[] = [];

  async function look({ image, detector: search, ...options }: ImageTask) {
    const pixels = await image();
    requireImage(pixels);
    const { width, height } = pixels;
    if (!detector || search === false) return { width, height, found: [undefined], crops: [pixels] };
    const detections = await detector.detect(pixels, options);
    const crops = detections.map((detection) => cropFace(pixels, detection, size, channels));
    return {
      ...{ width, height },
      found: detections.map((detection, index) => ({
        detection,
        quality: faceQuality(pixels, detection, crops[index]),
      })),
      crops,
    };
  }

  async function* crops() {
    for (const task of tasks) {
      let seen: Awaited<ReturnType<typeof look>>;
      try {
        seen = await look(task);
      } catch (error) {
        looked.push({ error });
        continue;
      }
      const { crops: found, ...others } = seen;
      looked.push(others);
      for (const crop of found) yield { crop, views: task.views ?? 1 };
    }
  }

  const read = (await recognizeViews(expressions, crops())).values();
  return looked.map((outcome) => {
    if ('error' in outcome) return outcome;
    const { width, height, found } = outcome;
    const faces = found.map((one) => {
      const recognition = read.next().value!;
      return one
        ? faceOf(one.detection, recognition, one.quality)
        : wholeFace({ width, height }, recognition);
    });
    return { width, height, faces };
  });
}
