import { readFile } from 'node:fs/promises';
import { nodeRuntime } from '@sdnet/autograd/node';
import { back, shortRange } from '@sdnet/model-blazeface';
import { weights as shippedWeights } from '@sdnet/model-fer2013';
import type { RawImage } from '../preprocess.js';
import { createFaceRecognizer } from '../recognition/face-recognizer.js';
import { copyOf, isRawImage, type Recognizer, recognizerOn } from '../recognition/recognizer.js';
import { type RecognizerOptions, requireOptions } from '../recognition/recognizer-options.js';
import { UserError } from '../user-error.js';
import { decodeWeights, type Weights } from '../weights.js';
import { decodeImage } from './images/decode-image.js';
import { pathOf } from './path-of.js';
import { readWeights } from './read-weights.js';

/** A path, a `file:` URL, the bytes of an image file (PNG, JPEG, WebP, AVIF, GIF, TIFF), or decoded pixels. */
export type ImageSource = string | URL | Uint8Array | ArrayBuffer | Blob | RawImage;

export interface NodeRecognizerOptions extends RecognizerOptions {
  /** Path, `file:` URL or content of a file of weights, of any of the five networks. Default: the shipped ones. */
  readonly weights?: string | URL | Uint8Array | undefined;
}

/**
 * Makes a recognizer: finds the faces in images and reads their expressions, with the shipped detector and weights.
 * ONNX Runtime computes on the calling thread.
 *
 * @throws UserError where an option has no meaning, weights cannot be read, or a package is not installed or a
 * device not offered
 */
export async function createRecognizer(
  options: NodeRecognizerOptions = {},
): Promise<Recognizer<ImageSource>> {
  requireOptions(options);
  const { weights = shippedWeights, detector = true, views, threads, device } = options;
  const models = detector
    ? { back: await readFile(back), shortRange: await readFile(shortRange) }
    : undefined;
  const engine = await createFaceRecognizer(nodeRuntime, await weightsOf(weights), models, {
    views,
    ...(threads !== undefined && { threads }),
    ...(device !== undefined && { device }),
  });
  return recognizerOn(
    {
      classNames: engine.classNames,
      // A file is read when its turn comes.
      take: async (image: ImageSource) => {
        if (isRawImage(image)) return copyOf(image);
        if (image instanceof ArrayBuffer) return new Uint8Array(image.slice(0));
        return image instanceof Uint8Array ? new Uint8Array(image) : image;
      },
      recognize: async (image, call) => engine.recognize(await pixelsOf(image), call),
      explain: engine.explain,
      follow(options) {
        const { next, forget } = engine.follow(options);
        return {
          next: async (image, time) => next(await pixelsOf(image), time),
          forget: async () => forget(),
          release: async () => forget(),
        };
      },
      release: engine.release,
    },
    options,
  );
}

async function pixelsOf(image: ImageSource): Promise<RawImage> {
  if (isRawImage(image)) return image;
  if (image instanceof Uint8Array) return decodeImage(image);
  if (image instanceof ArrayBuffer) return decodeImage(new Uint8Array(image));
  if (image instanceof Blob) return decodeImage(new Uint8Array(await image.arrayBuffer()));
  const path = pathOf(image, 'image-unreadable');
  if (path !== undefined) return decodeImage(path);
  const isAddress = image instanceof URL || typeof image === 'string';
  const what = isAddress ? String(image).slice(0, 200) : image === null ? 'null' : typeof image;
  throw new UserError(
    `${what} is no image that can be read here: a path, a file: URL, the bytes of a file (Uint8Array, ArrayBuffer, Blob), or raw pixels ` +
      '({ width, height, channels, pixels }) are expected. ' +
      'Nothing is fetched.',
    { code: 'image-unreadable' },
  );
}

async function weightsOf(weights: string | URL | Uint8Array): Promise<Weights> {
  if (!(weights instanceof Uint8Array)) return readWeights(weights);
  return decodeWeights(weights).catch((error: Error) => {
    throw new UserError(error.message, { code: 'weights-invalid', cause: error });
  });
}
