import type { DetectOptions } from '../detection/detector.js';
import type { Explanation } from '../explanation/explainer.js';
import type { AffineMap } from '../explanation/map-to-image.js';
import { largestImagePixels, type RawImage, requireImage } from '../preprocess.js';
import { UserError } from '../user-error.js';
import type { Face } from './face.js';
import type { ExplainOptions, FollowOptions, SeenFace, SeenTrackedFace } from './face-recognizer.js';
import { inOrder } from './in-order.js';
import { type RecognizeOptions, type RecognizerOptions, requireOptions } from './recognizer-options.js';
import type { TrackedFace } from './tracked-face.js';

/** Where a network found what speaks for an expression, and where that is in the image. */
export interface FaceExplanation extends Explanation {
  /** From the maps' coordinates to the image's: `mapToImage(explanation.gradCam, explanation.toImage, image)`. */
  readonly toImage: AffineMap;
}

/** Reads the expressions of the faces in images. Images stay on the device and are not kept. */
export interface Recognizer<Image> {
  readonly classNames: readonly string[];
  /**
   * The faces in an image, the most certain first; an image without faces has none. Calls are answered in the order they
   * were made, one image after the other.
   *
   * @throws UserError (see its `code`) where the image is none; the next call works all the same
   */
  recognize(image: Image, options?: RecognizeOptions): Promise<Face[]>;
  /** The faces in each of several images. The first that is none ends the call: those after it are not looked at. */
  recognize(images: readonly Image[], options?: RecognizeOptions): Promise<Face[][]>;
  /**
   * Why a face was read as it was: Grad-CAM, and CBAM's spatial attention where the network has it.
   *
   * @param face as this recognizer answered it; the crop of a face is kept as long as the face itself
   * @throws UserError where the face is no such answer, or there is no such class
   */
  explain(face: Face, options?: ExplainOptions): Promise<FaceExplanation>;
  /**
   * A face as the network saw it, before normalisation: upright, with as many pixels and channels as its input has (SDNet:
   * 68×68, grey). Where the image was given as a face (`detector: false`), that image.
   *
   * @param face as this recognizer answered it
   * @throws UserError where the face is no such answer
   */
  cropOf(face: Face): RawImage;
  /** Frees all memory once the calls made so far are answered. Later calls are refused. */
  release(): Promise<void>;
}

/** What a recognizer works with on its platform. */
export interface RecognizerBackend<Image, Taken> {
  readonly classNames: readonly string[];
  /** What is needed of an image as it is at the call; the rest is done when its turn comes. */
  take(image: Image): Promise<Taken>;
  /** Frees what was taken, where its turn never came. Default: there is nothing to free. */
  discard?(taken: Taken): void;
  recognize(taken: Taken, options: DetectOptions): Promise<readonly SeenFace[]>;
  explain(crop: RawImage, options: ExplainOptions): Promise<Explanation>;
  /** Begins to follow the faces of a stream. */
  follow(options: FollowOptions): Follower<Taken, SeenTrackedFace>;
  release(): Promise<void>;
}

/** Follows the faces of one stream, one frame after the other. */
export interface Follower<Image, Tracked> {
  next(image: Image, time: number): Promise<readonly Tracked[]>;
  /** Forgets all faces and the time. */
  forget(): Promise<void>;
  /** Forgets everything, for good. */
  release(): Promise<void>;
}

/** How the recognizers that were made here follow faces. */
const followings = new WeakMap<object, (options: FollowOptions) => Follower<unknown, TrackedFace>>();

/** What follows faces by a recognizer, in the order of its calls; undefined where it does not look for faces. */
export const followerOf = <Image>(
  recognizer: Recognizer<Image>,
  options: FollowOptions,
): Follower<Image, TrackedFace> | undefined => followings.get(recognizer)?.(options);

/** What may end a call before its turn. */
interface Ending {
  /** The user's, who then gets its reason at once. */
  readonly signal?: AbortSignal | undefined;
  /** The call of which this is a part: where this fails, so does the whole, before what comes next. */
  readonly call?: AbortController | undefined;
}

/** The options that are given: `undefined` is as good as none. */
const defined = <Options extends object>(options: Options): Options =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options;

/** A recognizer on a platform. */
export function recognizerOn<Image, Taken>(
  backend: RecognizerBackend<Image, Taken>,
  { minimumFace, maximumFaces, detector }: RecognizerOptions,
): Recognizer<Image> {
  const calls = inOrder('recognizer');
  const seenAs = new WeakMap<Face, SeenFace>();
  const limits = defined({ minimumFace, maximumFaces });
  let released: Promise<void> | undefined;

  function remembered<Seen extends Face>(seen: readonly (SeenFace & { readonly face: Seen })[]): Seen[] {
    for (const one of seen) seenAs.set(one.face, one);
    return seen.map(({ face }) => face);
  }

  function seenOf(face: Face): SeenFace {
    const seen = seenAs.get(face);
    if (seen) return seen;
    throw new UserError('This is no face that this recognizer has answered. Recognize its image first.', {
      code: 'option-invalid',
    });
  }

  /** Takes the image now, and uses it when its turn comes, if nothing has ended the call by then. */
  async function inTurn<Result>(
    image: Image,
    use: (taken: Taken) => Promise<Result>,
    { signal, call }: Ending = {},
  ): Promise<Result> {
    const taken = backend.take(image);
    // Reported when its turn comes.
    taken.catch(() => {});
    let isUsed = false;
    try {
      return await calls.run(async () => {
        call?.signal.throwIfAborted();
        isUsed = true;
        try {
          return await use(await taken);
        } catch (error) {
          call?.abort();
          throw error;
        }
      }, signal);
    } finally {
      if (!isUsed) taken.then(backend.discard, () => {});
    }
  }

  async function recognizeOne(
    image: Image,
    { signal, ...options }: RecognizeOptions,
    whole?: AbortController,
  ): Promise<Face[]> {
    const call = { ...limits, ...defined(options) };
    requireOptions(call);
    const use = async (taken: Taken) => remembered(await backend.recognize(taken, call));
    return inTurn(image, use, { signal, call: whole });
  }

  async function recognizeAll(images: readonly Image[], options: RecognizeOptions): Promise<Face[][]> {
    const whole = new AbortController();
    return Promise.all(images.map((image) => recognizeOne(image, options, whole)));
  }

  function follow(options: FollowOptions): Follower<Image, TrackedFace> {
    const follower = backend.follow({ ...limits, ...defined(options) });
    return {
      next: (image, time) => inTurn(image, async (taken) => remembered(await follower.next(taken, time))),
      // Of a released recognizer there is nothing to forget.
      forget: () => calls.run(follower.forget).catch(() => {}),
      release: () => calls.run(follower.release).catch(() => {}),
    };
  }

  async function recognize(
    given: Image | readonly Image[],
    options: RecognizeOptions = {},
  ): Promise<Face[] | Face[][]> {
    if (!Array.isArray(given)) return recognizeOne(given as Image, options);
    return recognizeAll(given as readonly Image[], options);
  }

  const recognizer: Recognizer<Image> = {
    classNames: backend.classNames,
    recognize: recognize as Recognizer<Image>['recognize'],
    async explain(face, options = {}) {
      const { crop, toImage } = seenOf(face);
      // Several views, or frames, may have shown something else than this crop alone does.
      const { expression = face.expression } = options;
      const explanation = await calls.run(() => backend.explain(crop, { expression }));
      return { ...explanation, toImage };
    },
    cropOf(face) {
      const { crop } = seenOf(face);
      return { ...crop, pixels: new Uint8Array(crop.pixels) };
    },
    release: () => (released ??= calls.close().then(backend.release)),
  };
  if (detector !== false) followings.set(recognizer, follow);
  return recognizer;
}

/** Whether an image is decoded pixels. */
export const isRawImage = (image: unknown): image is RawImage =>
  typeof image === 'object' && image !== null && 'pixels' in image && 'channels' in image;

/**
 * Pixels that nobody else can change.
 *
 * @throws UserError where they are no image
 */
export function copyOf(image: RawImage): RawImage {
  try {
    requireImage(image);
  } catch (error) {
    const isLarge = image.width * image.height > largestImagePixels;
    throw new UserError((error as Error).message, {
      code: isLarge ? 'image-too-large' : 'image-unreadable',
      cause: error,
    });
  }
  // Not `slice`, which of Node's Buffer is the same memory.
  return { ...image, pixels: new Uint8Array(image.pixels) };
}
