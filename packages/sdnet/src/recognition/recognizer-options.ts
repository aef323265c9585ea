import { largestThreads } from '@sdnet/autograd';
import type { DetectOptions } from '../detection/detector.js';
import { smallestMinimumFace } from '../detection/smallest-face.js';
import { UserError } from '../user-error.js';
import type { Views } from './views.js';

/** What a recognizer is made with, in Node and browser alike. */
export interface RecognizerOptions extends DetectOptions {
  /** `false`: each image is already cropped to a face. Default: faces are looked for. */
  readonly detector?: boolean | undefined;
  /** How many views of a face are read: 1, or 2 with its mirror image, at twice the time. Default 1. */
  readonly views?: Views | undefined;
  /** Threads that compute; default: ONNX Runtime's choice. */
  readonly threads?: number | undefined;
  /**
   * What computes: `cpu` (default), or what else the installed ONNX Runtime offers on this machine, such as `cuda`,
   * `webgpu`, `dml` or `coreml`. One that is not there is refused by name, and never replaced by the CPU.
   */
  readonly device?: string | undefined;
}

/** What one call can be told. */
export interface RecognizeOptions extends DetectOptions {
  /** Gives the call up. */
  readonly signal?: AbortSignal | undefined;
}

/** Throws a `UserError` where an option has no meaning. */
export function requireOptions({
  minimumFace,
  maximumFaces,
  views,
  detector,
  threads,
  device,
}: RecognizerOptions): void {
  const refuse = (name: string, value: unknown, expected: string): never => {
    throw new UserError(`${name} is ${String(value)}; ${expected} is expected.`, { code: 'option-invalid' });
  };
  if (minimumFace !== undefined && !(Number.isFinite(minimumFace) && minimumFace >= smallestMinimumFace))
    refuse('minimumFace', minimumFace, `a number of pixels from ${smallestMinimumFace}`);
  if (maximumFaces !== undefined && !(Number.isSafeInteger(maximumFaces) && maximumFaces >= 1))
    refuse('maximumFaces', maximumFaces, 'a whole number from 1');
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= largestThreads))
    refuse('threads', threads, `a whole number from 1 to ${largestThreads}`);
  if (views !== undefined && views !== 1 && views !== 2) refuse('views', views, '1 or 2');
  if (device !== undefined && !(typeof device === 'string' && /^\w+$/.test(device)))
    refuse('device', device, 'a name such as cpu or webgpu');
  if (detector !== undefined && typeof detector !== 'boolean') refuse('detector', detector, 'true or false');
}
