import type { RawImage } from '../preprocess.js';
import { copyOf, isRawImage, type RecognizerBackend } from '../recognition/recognizer.js';
import { type ImageSource, readShown, type ShownImage } from './read-image.js';

/** What computes: a worker, or the page's own thread. */
export type Backend = RecognizerBackend<ImageSource, ShownImage | RawImage>;

/** The picture as it is now. */
export const take: Backend['take'] = async (image) => (isRawImage(image) ? copyOf(image) : readShown(image));

/** Of what `take` took. */
export const discard = (taken: ShownImage | RawImage): void => {
  if (!isRawImage(taken)) taken.close();
};
