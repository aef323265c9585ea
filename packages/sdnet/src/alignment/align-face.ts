import type { Detection } from '../detection/detection.js';
import { normalise, type Preprocessing, type RawImage } from '../preprocess.js';
import { cutSquare, type Square } from '../sample-square.js';
import { faceSquare } from './face-square.js';

/** A face as a network sees it. */
export interface AlignedFace {
  /** `channels × size × size` values, normalised: what `preprocess` gives for a crop. */
  readonly input: Float32Array;
  /** Where the face was cut out; `squareToImage(square, size)` leads back from the input to the image. */
  readonly square: Square;
}

/**
 * A detected face as a network's input: cut out of the image by `faceSquare`, upright, resized in the same step with
 * antialiasing and normalised. Where the square reaches beyond the image, the pixels at the border are repeated.
 *
 * @throws where the image's pixels do not fit its size
 */
export function alignFace(image: RawImage, detection: Detection, preprocessing: Preprocessing): AlignedFace {
  const { size, channels } = preprocessing;
  const square = faceSquare(detection);
  const input = new Float32Array(channels * size * size);
  for (const [channel, plane] of cutSquare(image, channels, square, size, 'edge').entries())
    normalise(plane, preprocessing, input.subarray(channel * size * size));
  return { input, square };
}

/** A detected face as an image of `size × size` pixels, the same as `alignFace` makes; grey (1 channel) or RGB. */
export function cropFace(
  image: RawImage,
  detection: Detection,
  size: number,
  channels: 1 | 3 = image.channels === 1 ? 1 : 3,
): RawImage {
  const planes = cutSquare(image, channels, faceSquare(detection), size, 'edge');
  const pixels = new Uint8Array(channels * size * size);
  for (const [channel, plane] of planes.entries())
    for (let index = 0; index < plane.length; index++)
      pixels[index * channels + channel] = Math.round(plane[index]!);
  return { width: size, height: size, channels, pixels };
}
