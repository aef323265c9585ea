import type { Runtime } from '@sdnet/autograd';
import { allOrNone } from '../all-or-none.js';
import { cropFace } from '../alignment/align-face.js';
import { faceSquare } from '../alignment/face-square.js';
import type { Detection } from '../detection/detection.js';
import {
  createDetector,
  type Detector,
  type DetectOptions,
  type DetectorModels,
} from '../detection/detector.js';
import { smallestMinimumFace } from '../detection/smallest-face.js';
import { createExplainer, type Explainer, type Explanation } from '../explanation/explainer.js';
import { type AffineMap, scaleTo } from '../explanation/map-to-image.js';
import type { RawImage } from '../preprocess.js';
import { faceQuality } from '../quality.js';
import {
  createCropRecognizer,
  type CropRecognizer,
  type CropRecognizerOptions,
  type Recognition,
} from './crop-recognizer.js';
import { type Square, squareToImage } from '../sample-square.js';
import type { Weights } from '../weights.js';
import { createFaceTracker } from '../tracking/face-tracker.js';
import type { TrackerOptions } from '../tracking/tracker-options.js';
import { type Face, faceOf, wholeFace } from './face.js';
import { type ImageOutcome, type ImageTask, recognizeTogether } from './recognize-together.js';
import { throwForUsers } from './runtime-error.js';
import type { TrackedFace } from './tracked-face.js';
import { recognizeViews, type Views } from './views.js';

export interface FaceRecognizerOptions extends CropRecognizerOptions {
  /** How many views of a face are read: 1, or 2 with its mirror image, whose mean scores count. Default 1. */
  readonly views?: Views | undefined;
}

/** A face with what is needed to look at it again. */
export interface SeenFace {
  readonly face: Face;
  /** The face as the network sees it, before normalisation. */
  readonly crop: RawImage;
  /** From the network's input, `size × size`, to the image. */
  readonly toImage: AffineMap;
}

/** A face known from earlier frames, with what is needed to look at it again. */
export interface SeenTrackedFace extends SeenFace {
  readonly face: TrackedFace;
}

/** How faces are followed through a stream. */
export interface FollowOptions extends TrackerOptions {
  /** Side in pixels of the smallest faces to look for, from 16 on; default: a sixteenth of a frame's long side, 16 at least. */
  readonly minimumFace?: number | undefined;
}

/** A search of a whole frame so takes the same time whatever its size, and those in between need not wait for it long. */
const smallestPartOfFrame = 16;

export interface ExplainOptions {
  /** The class to explain; default: the one with the highest score. */
  readonly expression?: string | undefined;
}

/** Finds faces and reads their expressions, one image at a time: callers put calls in order. */
export interface FaceRecognizer {
  readonly classNames: readonly string[];
  /** The faces in an image, the most certain first; none is an empty list. */
  recognize(image: RawImage, options?: DetectOptions): Promise<SeenFace[]>;
  /**
   * The faces in several images, whose crops go through the network together: what serves many at once. Never are two
   * images in memory, and what goes wrong with one is its own outcome.
   */
  recognizeTogether(tasks: readonly ImageTask[]): Promise<ImageOutcome[]>;
  /** Reads faces whose places are known. */
  read(image: RawImage, detections: readonly Detection[]): Promise<SeenFace[]>;
  /** Explains what was read in a crop (see `Explainer`). */
  explain(crop: RawImage, options?: ExplainOptions): Promise<Explanation>;
  /**
   * Begins to follow the faces of a stream, one frame at a time.
   *
   * @throws UserError where an option is out of range; Error where it has no detector
   */
  follow(options: FollowOptions): FrameFollower;
  /** Frees the networks' memory. */
  release(): Promise<void>;
}

/** Follows the faces of one stream (see `FaceTracker`). */
export interface FrameFollower {
  next(image: RawImage, time: number): Promise<SeenTrackedFace[]>;
  forget(): void;
}

/**
 * The whole way from an image to expressions, on any runtime: detection, alignment, recognition. What is not there yet may be
 * promised: the runtime starts with what comes first.
 *
 * @param models of the detector; without them each image is a face as a whole
 * @throws UserError where the runtime's package or the device is not there
 */
export async function createFaceRecognizer(
  runtime: Runtime,
  weights: Weights | Promise<Weights>,
  models: DetectorModels | Promise<DetectorModels> | undefined,
  { views = 1, sameBits, ...sessionOptions }: FaceRecognizerOptions = {},
): Promise<FaceRecognizer> {
  const makeDetector = async () => models && createDetector(runtime, await models, sessionOptions);
  const makeExpressions = async () =>
    createCropRecognizer(runtime, await weights, { ...sessionOptions, sameBits }).catch(throwForUsers);
  const [expressions, detector] = await allOrNone<[CropRecognizer, Detector | undefined]>(
    makeExpressions(),
    makeDetector(),
  );
  const known = await weights;
  const { size, channels } = known.preprocessing;

  const expressionsOf = (crops: readonly RawImage[]): Promise<Recognition[]> =>
    recognizeViews(
      expressions,
      crops.map((crop) => ({ crop, views })),
    );

  async function read(image: RawImage, detections: readonly Detection[]): Promise<SeenFace[]> {
    const crops = detections.map((detection) => cropFace(image, detection, size, channels));
    const read = await expressionsOf(crops);
    return detections.map((detection, index) => ({
      face: faceOf(detection, read[index]!, faceQuality(image, detection, crops[index])),
      crop: crops[index]!,
      toImage: affineOf(faceSquare(detection), size),
    }));
  }

  function follow({ minimumFace, ...options }: FollowOptions): FrameFollower {
    if (!detector) throw new Error('Faces are followed by a detector; this recognizer has none.');
    const tracker = createFaceTracker(
      {
        detect: (image: RawImage) =>
          detector.detect(image, {
            minimumFace: minimumFace ?? smallestInFrame(image),
          }),
        follow: (image, detections) => detector.follow(image, detections),
        recognizeFaces: async (image, detections) =>
          (await read(image, detections)).map((seen) => ({ seen, scores: seen.face.scores })),
      },
      options,
    );
    return {
      async next(image, time) {
        return (await tracker.next(image, time)).map(({ read: { seen }, face: _detection, ...smoothed }) => ({
          ...seen,
          face: { ...seen.face, ...smoothed },
        }));
      },
      forget: tracker.reset,
    };
  }

  let explainer: Promise<Explainer> | undefined;
  /** Its network is another one, which most programs never need. What fails is not kept: the next call tries again. */
  async function explainerMade(): Promise<Explainer> {
    const made = (explainer ??= createExplainer(runtime, known, sessionOptions));
    try {
      return await made;
    } catch (error) {
      if (explainer === made) explainer = undefined;
      throw error;
    }
  }

  return {
    classNames: expressions.classNames,
    read,
    recognizeTogether: (tasks) =>
      recognizeTogether(
        { expressions, detector, preprocessing: known.preprocessing },
        tasks.map((task) => ({ ...task, views: task.views ?? views })),
      ),
    follow,
    explain: async (crop, options) => (await explainerMade()).explain(crop, options),
    async recognize(image, detectOptions) {
      if (detector) return read(image, await detector.detect(image, detectOptions));
      const [recognition] = await expressionsOf([image]);
      const toImage = scaleTo({ width: size, height: size }, image);
      return [{ face: wholeFace(image, recognition!), crop: image, toImage }];
    },
    async release() {
      await expressions.release();
      await detector?.release();
      const made = await explainer?.catch(() => undefined);
      await made?.release();
    },
  };
}

/** Side of the smallest faces that are looked for in a stream's frame, unless it is said. */
const smallestInFrame = ({ width, height }: RawImage): number =>
  Math.max(smallestMinimumFace, Math.max(width, height) / smallestPartOfFrame);

/** The affine map from a square's `size × size` pixels to its image. */
function affineOf(square: Square, size: number): AffineMap {
  const at = squareToImage(square, size);
  const [origin, right, down] = [at({ x: 0, y: 0 }), at({ x: 1, y: 0 }), at({ x: 0, y: 1 })];
  return [right.x - origin.x, down.x - origin.x, origin.x, right.y - origin.y, down.y - origin.y, origin.y];
}
