import type { Runtime, SessionOptions } from '@sdnet/autograd';
import { preprocess, type RawImage } from './preprocess.js';
import { exportOnnx, type Weights } from './weights.js';

/** What a face shows. */
export interface Recognition {
  /** The class with the highest score. */
  readonly expression: string;
  /** Its score, in [0, 1]. */
  readonly confidence: number;
  /** Every class and its score; they sum to 1. */
  readonly scores: Readonly<Record<string, number>>;
}

export interface Recognizer {
  readonly classNames: readonly string[];
  /**
   * Reads the expression of each image, which must already be cropped to a face. All go through the network together,
   * but each is reduced to its input before the next is asked for: a generator that decodes one image after the other
   * never has two in memory.
   */
  recognize(images: Iterable<RawImage> | AsyncIterable<RawImage>): Promise<Recognition[]>;
  /** Frees the network's memory. */
  release(): Promise<void>;
}

/**
 * Makes a recognizer of trained weights, on `nodeRuntime` (`@sdnet/autograd/node`) or `webRuntime`
 * (`@sdnet/autograd/web`). Images stay on the device and are not kept.
 */
export async function createRecognizer(
  runtime: Runtime,
  weights: Weights,
  options: SessionOptions = {},
): Promise<Recognizer> {
  const session = await runtime.createSession(exportOnnx(weights), options);
  const { classNames, preprocessing } = weights;
  const { channels, size } = preprocessing;
  return {
    classNames,
    async recognize(images) {
      const inputs: Float32Array[] = [];
      for await (const image of images) inputs.push(preprocess(image, preprocessing));
      if (inputs.length === 0) return [];
      const planes = channels * size * size;
      const batch = new Float32Array(inputs.length * planes);
      for (const [index, input] of inputs.entries()) batch.set(input, index * planes);
      const { scores } = await session.run({
        images: { shape: [inputs.length, channels, size, size], data: batch },
      });
      return inputs.map((_, index) =>
        recognition(classNames, scores!.data.subarray(index * classNames.length)),
      );
    },
    release: session.release,
  };
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
