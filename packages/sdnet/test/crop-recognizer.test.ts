import { initialize, type Runtime, type Session } from '@sdnet/autograd';
import { nodeRuntime } from '@sdnet/autograd/node';
import { webRuntime } from '@sdnet/autograd/web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RawImage } from '../src/preprocess.js';
import { createCropRecognizer, type CropRecognizer } from '../src/recognition/crop-recognizer.js';
import { ScoresError } from '../src/scores.js';
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
  let recognizer: CropRecognizer;
  beforeAll(async () => {
    recognizer = await createCropRecognizer(runtime, weights, { threads: 1 });
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

  it('takes the images of a list at once: pixels that change afterwards change nothing', async () => {
    // Larger and smaller than the network's input, and more than go through it together.
    const small = Array.from({ length: 40 }, (_, seed) => image(seed + 1, 20, 24, 1));
    const images = [...small, image(2, 300, 200, 3)];
    const expected = await recognizer.recognize(images);
    const first = recognizer.recognize(images);
    const second = recognizer.recognize(images);
    for (const { pixels } of images) pixels.fill(0);
    expect(await first).toEqual(expected);
    expect(await second).toEqual(expected);
    expect(await recognizer.recognize(images)).not.toEqual(expected);
  });

  it('answers calls in the order they were made, and goes on after one that failed', async () => {
    const order: number[] = [];
    async function* slow() {
      await new Promise((resolve) => setTimeout(resolve, 20));
      yield image(1, 48, 48, 1);
    }
    const note = (index: number) => () => order.push(index);
    const calls = [
      recognizer.recognize(slow()).then(note(0)),
      recognizer.recognize([image(2, 48, 48, 1)]).then(note(1)),
      recognizer.recognize([{ ...image(3, 48, 48, 1), width: 0 }]).catch(() => {}),
      recognizer.recognize([]).then(note(2)),
    ];
    await Promise.all(calls);
    expect(order).toEqual([0, 1, 2]);
  });

  it.each<[string, unknown, RegExp]>([
    [
      'two channels',
      { channels: 2 },
      /^Image 2: An image has 2 channels; 1 \(grey\), 3 \(RGB\) or 4 \(RGBA\)/,
    ],
    ['no width', { width: 0 }, /^Image 2: An image of 0×48 pixels: sides from 1 to 65535/],
    ['half a pixel', { height: 0.5 }, /of 48×0\.5 pixels: sides from 1/],
    ['a side without end', { width: 65_536, height: 1 }, /of 65536×1 pixels: sides from 1 to 65535/],
    [
      'more pixels than a photograph',
      { width: 20_000, height: 20_000 },
      /at most 64 megapixels are expected/,
    ],
    [
      'numbers that are no bytes',
      { pixels: new Float32Array(48 * 48).fill(NaN) },
      /expected as a Uint8Array/,
    ],
    ['a list of numbers', { pixels: Array(48 * 48).fill(NaN) }, /expected as a Uint8Array/],
    ['too few pixels', { pixels: new Uint8Array(48 * 47) }, /needs 2304 values .* but there are 2256/],
    ['no pixels', { pixels: undefined }, /expected as a Uint8Array/],
  ])('refuses an image with %s', async (_, wrong, message) => {
    const images = [image(1, 48, 48, 1), { ...image(1, 48, 48, 1), ...(wrong as object) }];
    await expect(recognizer.recognize(images)).rejects.toThrow(message);
    await expect(recognizer.recognize(images.values())).rejects.toThrow(message);
    expect(await recognizer.recognize([images[0]!])).toHaveLength(1);
  });

  it('refuses what is no list', async () => {
    const single = image(1, 48, 48, 1) as unknown as RawImage[];
    await expect(recognizer.recognize(single)).rejects.toThrow('A list of images is expected');
    await expect(recognizer.recognize(undefined as never)).rejects.toThrow('A list of images is expected');
  });

  it('answers the calls before its release, and refuses those after it', async () => {
    const released = await createCropRecognizer(runtime, weights, { threads: 1 });
    const before = released.recognize([image(1, 48, 48, 1)]);
    const done = released.release();
    await expect(released.recognize([image(1, 48, 48, 1)])).rejects.toThrow(
      'The recognizer has been released. Make another one by createCropRecognizer.',
    );
    expect(await before).toHaveLength(1);
    await done;
    await released.release();
    await expect(released.recognize([])).rejects.toThrow('has been released');
  });

  it('throws where the scores are no numbers', async () => {
    const overflowing = { ...weights, parameters: weights.parameters.slice().fill(1e11) };
    const broken = await createCropRecognizer(runtime, overflowing, { threads: 1 });
    const images = [image(1, 48, 48, 1)];
    await expect(broken.recognize(images)).rejects.toThrow(ScoresError);
    await expect(broken.recognize(images)).rejects.toThrow(
      /scores of image 1 are no numbers \(NaN\): its weights/,
    );
    await broken.release();
  });

  it('divides by the temperature before the soft-max', async () => {
    const warm = await createCropRecognizer(runtime, { ...weights, temperature: 2 }, { threads: 1 });
    const images = [image(1, 48, 48, 1)];
    const [[plain], [tempered]] = await Promise.all([recognizer.recognize(images), warm.recognize(images)]);
    const roots = Object.values(plain!.scores).map(Math.sqrt);
    const sum = roots.reduce((total, root) => total + root, 0);
    for (const [index, score] of Object.values(tempered!.scores).entries())
      expect(score).toBeCloseTo(roots[index]! / sum, 5);
    expect(tempered!.confidence).toBeLessThan(plain!.confidence);
    await warm.release();
  });

  it('takes label smoothing back before the temperature', async () => {
    const calibration = { smoothing: 0.1, temperature: 1.3 };
    const other = await createCropRecognizer(runtime, { ...weights, ...calibration }, { threads: 1 });
    const images = [1, 2, 3].map((seed) => image(seed, 48, 48, 1));
    const [plain, answers] = await Promise.all([recognizer.recognize(images), other.recognize(images)]);
    for (const [index, { scores, confidence, expression }] of answers.entries()) {
      // Written as it is said: what is above ε/K, or a twentieth, to the power of 1/T.
      const before = Object.values(plain[index]!.scores);
      const powers = before.map((p) => Math.max(p - 0.1 / before.length, p / 20) ** (1 / 1.3));
      const sum = powers.reduce((total, power) => total + power, 0);
      for (const [column, score] of Object.values(scores).entries())
        expect(score).toBeCloseTo(powers[column]! / sum, 5);
      expect(expression).toBe(plain[index]!.expression);
      expect(confidence).toBe(Math.max(...Object.values(scores)));
    }
    await other.release();
  });

  it('refuses pixels that do not fill the image', async () => {
    await expect(recognizer.recognize([{ ...image(1, 48, 48, 1), width: 47 }])).rejects.toThrow(
      /47×48 pixels with 1 channel\(s\) needs 2256 values.* but there are 2304/,
    );
  });
});

describe('memory', () => {
  /** The runtime, with the sizes of the batches that went through its sessions. */
  function watched(batches: number[]): Runtime {
    return {
      ...nodeRuntime,
      async createSession(model, options) {
        const session: Session = await nodeRuntime.createSession(model, options);
        return {
          ...session,
          run(feeds, outputs) {
            batches.push(feeds.images!.shape[0]!);
            return session.run(feeds, outputs);
          },
        };
      },
    };
  }

  it.each([
    [32, [32, 32, 6]],
    [128, [9, 9, 9, 9, 9, 9, 9, 7]],
    [512, Array<number>(3).fill(1)],
  ])('of images of side %i is bounded by batches', async (size, expected) => {
    const count = expected.reduce((sum, length) => sum + length, 0);
    const large = { ...weights, preprocessing: { ...weights.preprocessing, size } };
    const batches: number[] = [];
    const recognizer = await createCropRecognizer(watched(batches), large, { threads: 1 });
    let made = 0;
    async function* images() {
      for (; made < count; made++) {
        // Nothing is asked for that the batches before have not been made of.
        expect(made).toBeLessThanOrEqual(batches.reduce((sum, length) => sum + length, 0) + expected[0]!);
        yield image(made + 1, 24, 24, 1);
      }
    }
    expect(await recognizer.recognize(images())).toHaveLength(count);
    expect(batches).toEqual(expected);
    await recognizer.release();
  });
});
