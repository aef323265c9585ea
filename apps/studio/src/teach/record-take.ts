import { shippedRecognizer } from '../recognition/engine.js';
import { largest } from './add-files.js';
import { addImages } from './images.js';

/** Faces a second: more would hardly differ. */
const rate = 5;

export interface TakeOptions {
  readonly className: string;
  readonly seconds: number;
  readonly signal: AbortSignal;
  /** Hears of each look at the video: how far the take is, 0 … 1, and how many faces it has. */
  readonly onLook: (done: number, faces: number) => void;
}

/**
 * Records the largest face that a `<video>` shows, for some seconds. Each is stored at once, so that none is lost where the
 * page is closed.
 *
 * @returns how many faces were recorded
 * @throws Error with a `code` where the storage is full or not there; what was recorded until then is kept
 */
export async function recordTake(
  video: HTMLVideoElement,
  { className, seconds, signal, onLook }: TakeOptions,
): Promise<number> {
  const recognizer = await shippedRecognizer();
  // The first look takes longest, and is not to shorten the take.
  await recognizer.recognize(video);
  const take = crypto.randomUUID();
  const begun = performance.now();
  let faces = 0;
  for (let due = begun; !signal.aborted; due = Math.max(due + 1000 / rate, performance.now())) {
    await until(due, signal);
    const done = (performance.now() - begun) / (1000 * seconds);
    if (done >= 1 || signal.aborted) break;
    const face = largest(await recognizer.recognize(video));
    if (face) {
      await addImages([Uint8Array.from(recognizer.cropOf(face).pixels)], { className, take });
      faces++;
    }
    onLook(done, faces);
  }
  return faces;
}

const until = (time: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, time - performance.now());
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
