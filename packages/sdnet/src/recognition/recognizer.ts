import type { Face } from './face.js';
import type { RecognizeOptions } from './recognizer-options.js';

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
  /** The faces in each of several images. The first that is none ends the call. */
  recognize(images: readonly Image[], options?: RecognizeOptions): Promise<Face[][]>;
  /** Frees all memory once the calls made so far are answered. Later calls are refused. */
  release(): Promise<void>;
}
