import type { RawImage } from '../preprocess.js';
import type { Recognition } from './crop-recognizer.js';

/** An image left to right. */
export function mirrorImage(image: RawImage): RawImage {
  const { width, height, channels, pixels } = image;
  const mirrored = new Uint8Array(pixels.length);
  for (let y = 0, to = 0; y < height; y++)
    for (let x = width - 1; x >= 0; x--)
      for (let channel = 0; channel < channels; channel++)
        mirrored[to++] = pixels[(y * width + x) * channels + channel]!;
  return { ...image, pixels: mirrored };
}

/** The mean of two views' scores, and what they say together. */
export function meanOf(one: Recognition, other: Recognition): Recognition {
  const scores = Object.fromEntries(
    Object.entries(one.scores).map(([name, score]) => [name, (score + other.scores[name]!) / 2]),
  );
  const [expression, confidence] = Object.entries(scores).reduce((best, entry) =>
    entry[1] > best[1] ? entry : best,
  );
  return { expression, confidence, scores };
}
