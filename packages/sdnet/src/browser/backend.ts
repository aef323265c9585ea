import type { RawImage } from '../preprocess.js';
import { copyOf, isRawImage, type RecognizerBackend } from '../recognition/recognizer.js';
import { type ImageSource, readShown, type ShownImage } from './read-image.js';

/** A picture as it was at the call; of a file or an address, which keep it themselves, only where it is. */
export type TakenImage = ShownImage | RawImage | Blob | string;

/** What computes: a worker, or the page's own thread. */
export type Backend = RecognizerBackend<ImageSource, TakenImage>;

/** The picture as it is now. Files and addresses are not decoded before their turn: a list of them has room for all its pictures at once in no page. */
export const take: Backend['take'] = async (image) => {
  if (isRawImage(image)) return copyOf(image);
  if (image instanceof URL) return image.href;
  return isStored(image) ? image : readShown(image);
};

/** The picture itself, when its turn has come. */
export const shownOf = async (taken: TakenImage): Promise<ShownImage | RawImage> =>
  isStored(taken) ? readShown(taken) : taken;

/** Of what `take` took. */
export function discard(taken: TakenImage): void {
  if (!isRawImage(taken) && !isStored(taken)) taken.close();
}

const isStored = (image: ImageSource | TakenImage): image is Blob | string =>
  typeof image === 'string' || image instanceof Blob;
