import type { RawImage } from '../preprocess.js';
import type { CropRecognizer, Recognition } from './crop-recognizer.js';

/** How many views of a face are read: 1, or 2 with its mirror image, whose mean scores count. */
export type Views = 1 | 2;

/** Reads crops, which are asked for one after the other, each in as many views as it says. */
export async function recognizeViews(
  expressions: CropRecognizer,
  crops: Iterable<ViewedCrop> | AsyncIterable<ViewedCrop>,
): Promise<Recognition[]> {
  const all: Views[] = [];
  async function* images() {
    for await (const { crop, views } of crops) {
      all.push(views);
      yield crop;
      if (views === 2) yield mirrorImage(crop);
    }
  }
  const read = (await expressions.recognize(images())).values();
  const next = () => read.next().value!;
  return all.map((views) => (views === 2 ? meanOf(next(), next()) : next()));
}

export interface ViewedCrop {
  readonly crop: RawImage;
  readonly views: Views;
}

/** An image left to right. */
function mirrorImage(image: RawImage): RawImage {
  const { width, height, channels, pixels } = image;
  const mirrored = new Uint8Array(pixels.length);
  for (let y = 0, to = 0; y < height; y++)
    for (let x = width - 1; x >= 0; x--)
      for (let channel = 0; channel < channels; channel++)
        mirrored[to++] = pixels[(y * width + x) * channels + channel]!;
  return { ...image, pixels: mirrored };
}

/** The mean of two views' scores, and what they say together. */
function meanOf(one: Recognition, other: Recognition): Recognition {
  const scores = Object.fromEntries(
    Object.entries(one.scores).map(([name, score]) => [name, (score + other.scores[name]!) / 2]),
  );
  const [expression, confidence] = Object.entries(scores).reduce((best, entry) =>
    entry[1] > best[1] ? entry : best,
  );
  return { expression, confidence, scores };
}
