import { initialize } from '@sdnet/autograd';
import { nodeRuntime } from '@sdnet/autograd/node';
import { webRuntime } from '@sdnet/autograd/web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RawImage } from '../src/preprocess.js';
import { createRecognizer, type Recognizer } from '../src/recognizer.js';
import { layoutsOf, type Weights } from '../src/weights.js';

const description = {
  model: 'mobilenet-v3-small',
  classNames: ['calm', 'cross', 'glad'],
  preprocessing: { size: 32, channels: 1, mean: 0.5, deviation: 0.25 },
} as const;
const layouts = layoutsOf(description);
const weights: Weights = {
  ...description,
  // Small statistics, so that something of an image reaches the scores of a network that nobody trained; not so
  // small that the scores are 0 and 1.
  parameters: initialize(layouts.parameters, 3),
  statistics: Float32Array.from({ length: layouts.statistics.length }, (_, index) => 0.1 + (index % 7) / 500),
};

/** Blobs that differ from image to image, of any size and number of channels; colourless. */
function image(seed: number, width: number, height: number, channels: 1 | 3 | 4): RawImage {
  const pixels = Uint8Array.from({ length: width * height * channels }, (_, index) => {
    const pixel = Math.floor(index / channels);
    const [x, y] = [(pixel % width) / width, Math.floor(pixel / width) / height];
    return channels === 4 && index % 4 === 3 ? 255 : 128 + 120 * Math.sin(seed * (3 * x + 5 * y) + seed);
  });
  return { width, height, channels, pixels };
}

describe.each([nodeRuntime, webRuntime])('a recognizer on $name', (runtime) => {
  let recognizer: Recognizer;
  beforeAll(async () => {
    recognizer = await createRecognizer(runtime, weights, { threads: 1 });
  });
  afterAll(() => recognizer.release());

  it('gives every class a score, and the best as the expression', async () => {
    expect(recognizer.classNames).toEqual(weights.classNames);
    for (const { expression, confidence, scores } of await recognizer.recognize(
      [1, 2, 3].map((seed) => image(seed, 48, 48, 1)),
    )) {
      expect(Object.keys(scores)).toEqual(weights.classNames);
      const values = Object.values(scores);
      expect(values.reduce((sum, score) => sum + score, 0)).toBeCloseTo(1, 5);
      expect(confidence).toBe(Math.max(...values));
      expect(scores[expression]).toBe(confidence);
    }
  });

  it('reads images together as each alone, whatever their sizes', async () => {
    const images = [image(1, 48, 48, 1), image(2, 90, 70, 3), image(3, 20, 31, 4)];
    const together = await recognizer.recognize(images);
    expect(together).toHaveLength(3);
    for (const [index, single] of images.entries()) {
      const [alone] = await recognizer.recognize([single]);
      for (const [name, score] of Object.entries(alone!.scores))
        expect(together[index]!.scores[name]).toBeCloseTo(score, 5);
    }
    const scores = together.map((result) => result.scores.calm!);
    expect(Math.max(...scores) - Math.min(...scores)).toBeGreaterThan(0.001);
  });

  it('reads a colourless image alike with one, three and four channels', async () => {
    const [grey, ...others] = await recognizer.recognize(
      ([1, 3, 4] as const).map((channels) => image(2, 48, 48, channels)),
    );
    for (const other of others)
      for (const [name, score] of Object.entries(grey!.scores))
        expect(other.scores[name]).toBeCloseTo(score, 6);
  });

  it('is done with each image before it asks for the next', async () => {
    const images = [1, 2, 3].map((seed) => image(seed, 48, 48, 1));
    // One buffer for all: were images kept, all would be the last.
    const pixels = new Uint8Array(48 * 48);
    async function* decoded() {
      for (const single of images) {
        pixels.set(single.pixels);
        yield { ...single, pixels };
      }
    }
    const results = await recognizer.recognize(decoded());
    expect(results).toEqual(await recognizer.recognize(images));
    expect(new Set(results.map(({ confidence }) => confidence)).size).toBe(3);
  });

  it('has nothing to say of no images', async () => {
    expect(await recognizer.recognize([])).toEqual([]);
  });

  it('refuses pixels that do not fill the image', async () => {
    await expect(recognizer.recognize([{ ...image(1, 48, 48, 1), width: 47 }])).rejects.toThrow(
      /47×48 pixels with 1 channel\(s\) needs 2256 values.* but there are 2304/,
    );
  });
});
