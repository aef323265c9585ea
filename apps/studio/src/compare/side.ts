import { createRecognizer, createTracker, type ImageSource, type Tracker } from 'sdnet';
import type { NumberedFace } from '../drawing/draw-faces.js';
import type { OfferedModel } from '../models/offered-models.js';
import { withWebGpu } from '../models/web-gpu.js';
import { threads } from '../recognition/engine.js';

export type Device = 'cpu' | 'webgpu';

/** What one of two models found in a picture. */
export interface Found {
  readonly faces: readonly NumberedFace[];
  readonly ms: number;
}

/** One of two models that look at the same. */
export interface Side {
  /** Finds and reads faces in one picture. */
  read(picture: ImageSource): Promise<Found>;
  /** Follows faces into the next frame of a stream, taken at `time` (ms). */
  next(frame: ImageSource, time: number): Promise<Found>;
  release(): Promise<void>;
}

/** @throws UserError where the weights are none or the device is not offered */
export async function createSide(model: OfferedModel, device: Device): Promise<Side> {
  const built = device === 'webgpu' ? await withWebGpu() : { createRecognizer, createTracker };
  const weights = await model.weights();
  const recognizer = await built.createRecognizer({ weights, device, threads }).catch((error: unknown) => {
    // Nothing that could not be loaded, but a file that the user has chosen.
    if (weights instanceof Uint8Array && (error as { readonly code?: string }).code === 'weights-invalid')
      throw Object.assign(new Error('No weights.', { cause: error }), { code: 'weights-unknown' });
    throw error;
  });
  let isWarm = false;
  let tracker: Tracker<ImageSource> | undefined;
  const timed = async <Face extends object>(
    look: () => Promise<readonly Face[]>,
    numberOf: (face: Face, index: number) => number,
  ) => {
    const started = performance.now();
    const faces = await look();
    const ms = performance.now() - started;
    return { ms, faces: faces.map((face, index) => ({ ...face, number: numberOf(face, index) })) };
  };
  return {
    async read(picture) {
      // The first time a network runs tells nothing of its speed.
      if (!isWarm) await recognizer.recognize(picture);
      isWarm = true;
      return timed(
        () => recognizer.recognize(picture),
        (_, index) => index + 1,
      );
    },
    next: (frame, time) =>
      timed(
        () => (tracker ??= built.createTracker(recognizer)).next(frame, time),
        ({ id }) => id,
      ),
    release: recognizer.release,
  };
}
