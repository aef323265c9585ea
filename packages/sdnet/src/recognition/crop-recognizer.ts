import type { Runtime, SessionOptions } from '@sdnet/autograd';
import { preprocess, type RawImage, requireImage } from '../preprocess.js';
import { requireFiniteScores } from '../scores.js';
import { exportOnnx, type Weights } from '../weights.js';

/** What a face shows. */
export interface Recognition {
  /** The class with the highest score. */
  readonly expression: string;
  /** Its score, in [0, 1]. */
  readonly confidence: number;
  /** Every class and its score; they sum to 1. */
  readonly scores: Readonly<Record<string, number>>;
}

export interface CropRecognizer {
  readonly classNames: readonly string[];
  /**
   * Reads the expression of each image, which must already be cropped to a face.
   *
   * The images of a list are taken at once: what is done to their pixels afterwards changes nothing. Others are asked
   * for one after the other, and each is reduced to the network's input before the next: a generator that decodes never
   * has two in memory. They go through the network in batches, so memory does not grow with their number. Calls are
   * answered in the order they were made; a generator must not wait for a later one.
   *
   * @throws where an image is none (see `requireImage`), the scores are no numbers (`ScoresError`), or the recognizer
   * has been released
   */
  recognize(images: Iterable<RawImage> | AsyncIterable<RawImage>): Promise<Recognition[]>;
  /** Frees the network's memory once the calls made so far are answered. Later calls are refused. */
  release(): Promise<void>;
}

export interface CropRecognizerOptions extends SessionOptions {
  /**
   * Whether an image's scores are the same bits whatever shares its batch: batches are then filled up to multiples of 16.
   * Default: the last bits may differ, since a processor computes what is left over by other instructions.
   */
  readonly sameBits?: boolean | undefined;
}

/** The widest vector of floats that a processor computes at once. */
const widestVector = 16;
/** Most images that go through the network together. */
const largestBatch = 32;
/** And most of their pixels: an image of 512×512 takes as much memory as 57 of 68×68. */
const largestBatchPixels = largestBatch * 68 * 68;

/**
 * Makes a recognizer of trained weights, on `nodeRuntime` (`@sdnet/autograd/node`) or `webRuntime`
 * (`@sdnet/autograd/web`). Images stay on the device and are not kept.
 *
 * @throws where the weights are such that its scores would be none
 */
export async function createCropRecognizer(
  runtime: Runtime,
  weights: Weights,
  { sameBits = false, ...options }: CropRecognizerOptions = {},
): Promise<CropRecognizer> {
  const session = await runtime.createSession(exportOnnx(weights), {
    ...options,
    variableShapes: true,
    takesTurns: true,
  });
  const { classNames, preprocessing } = weights;
  const { channels, size } = preprocessing;
  const length = channels * size * size;
  const most = Math.max(1, Math.min(largestBatch, Math.floor(largestBatchPixels / size ** 2)));
  // Where images are so large that fewer fit, all batches have one size.
  const multiple = sameBits ? Math.min(widestVector, most) : 1;
  const batch = most - (most % multiple);

  /** An image's input when it is asked for, from its pixels as they are now. Keeps the smaller of the two. */
  function taken(image: RawImage): () => Float32Array {
    requireImage(image);
    if (image.pixels.length > 4 * length) {
      const input = preprocess(image, preprocessing);
      return () => input;
    }
    const copy = { ...image, pixels: new Uint8Array(image.pixels) };
    return () => preprocess(copy, preprocessing);
  }

  async function scoresOf(inputs: readonly Float32Array[], first: number): Promise<Recognition[]> {
    const filled = Math.ceil(inputs.length / multiple) * multiple;
    const data = new Float32Array(filled * length);
    for (const [index, input] of inputs.entries()) data.set(input, index * length);
    const images = { shape: [filled, channels, size, size], data };
    const { scores } = await session.run({ images });
    requireFiniteScores(
      scores!.data.subarray(0, inputs.length * classNames.length),
      classNames.length,
      first,
    );
    return inputs.map((_, index) =>
      recognition(
        classNames,
        scores!.data.subarray(index * classNames.length, (index + 1) * classNames.length),
      ),
    );
  }

  async function answer(inputs: Iterable<() => Float32Array> | AsyncIterable<() => Float32Array>) {
    const results: Recognition[] = [];
    let waiting: Float32Array[] = [];
    const flush = async () => {
      results.push(...(await scoresOf(waiting, results.length)));
      waiting = [];
    };
    for await (const input of inputs) {
      waiting.push(input());
      if (waiting.length === batch) await flush();
    }
    if (waiting.length > 0) await flush();
    return results;
  }

  let last: Promise<unknown> = Promise.resolve();
  let released: Promise<void> | undefined;
  return {
    classNames,
    // Not async: what is taken of the images is taken before anything else can run.
    recognize(images) {
      try {
        if (released)
          throw new Error('The recognizer has been released. Make another one by createCropRecognizer.');
        const inputs = inputsOf(images, taken);
        const answered = last.then(() => answer(inputs));
        last = answered.catch(() => {});
        return answered;
      } catch (error) {
        return Promise.reject(error as Error);
      }
    },
    release: () => (released ??= last.then(session.release)),
  };
}

/** What is asked of each image, of a list at once. Errors say of which. */
function inputsOf<T>(images: Iterable<RawImage> | AsyncIterable<RawImage>, take: (image: RawImage) => T) {
  const taken = (image: RawImage, index: number) => {
    try {
      return take(image);
    } catch (error) {
      throw new Error(`Image ${index + 1}: ${(error as Error).message}`, { cause: error });
    }
  };
  if (Array.isArray(images)) return images.map(taken);
  const given: unknown = images;
  if (
    typeof given !== 'object' ||
    given === null ||
    !(Symbol.iterator in given || Symbol.asyncIterator in given)
  )
    throw new Error('A list of images is expected, also of a single one.');
  return (async function* () {
    let index = 0;
    for await (const image of images) yield taken(image, index++);
  })();
}

function recognition(classNames: readonly string[], row: Float32Array): Recognition {
  let best = 0;
  for (let index = 1; index < classNames.length; index++) if (row[index]! > row[best]!) best = index;
  return {
    expression: classNames[best]!,
    confidence: row[best]!,
    scores: Object.fromEntries(classNames.map((name, index) => [name, row[index]!])),
  };
}
