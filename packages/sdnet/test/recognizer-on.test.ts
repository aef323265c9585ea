import { describe, expect, it } from 'vitest';
import type { Face } from '../src/recognition/face.js';
import { type RecognizerBackend, recognizerOn } from '../src/recognition/recognizer.js';
import { createTracker } from '../src/recognition/tracker.js';
import type { RecognizerOptions } from '../src/recognition/recognizer-options.js';

/** A recognizer whose images are numbers: 0 is none, any other has one face, which shows "sad". */
function onNumbers(options: RecognizerOptions = {}) {
  const asked: { recognized: number[]; discarded: number[]; options: unknown[]; explained: unknown[] } = {
    ...{ recognized: [], discarded: [], options: [], explained: [] },
  };
  const crop = { width: 1, height: 1, channels: 1, pixels: Buffer.from([7]) } as const;
  const backend: RecognizerBackend<number, number> = {
    classNames: ['happy', 'sad'],
    take: async (image) => image,
    discard: (taken) => void asked.discarded.push(taken),
    async recognize(image, call) {
      asked.recognized.push(image);
      asked.options.push(call);
      await new Promise((resolve) => setTimeout(resolve));
      if (image === 0) throw new Error('no image');
      const face = { expression: 'sad' } as Face;
      return [{ face, crop, toImage: [1, 0, 0, 0, 1, 0] }];
    },
    async explain(_, call) {
      asked.explained.push(call);
      return {} as never;
    },
    follow(call) {
      asked.options.push(call);
      return { next: async () => [], forget: async () => {}, release: async () => {} };
    },
    release: async () => {},
  };
  return { recognizer: recognizerOn(backend, options), asked };
}

describe('recognizerOn', () => {
  it('ends a list at the first that is no image, and frees what was taken of the others', async () => {
    const { recognizer, asked } = onNumbers();
    await expect(recognizer.recognize([1, 0, 3, 4])).rejects.toThrow('no image');
    expect(await recognizer.recognize(5)).toHaveLength(1);
    expect(asked.recognized).toEqual([1, 0, 5]);
    expect(asked.discarded).toEqual([3, 4]);
  });

  it('gives a long list up by one signal, to which it listens once', async () => {
    const { recognizer, asked } = onNumbers();
    const controller = new AbortController();
    const warnings: Error[] = [];
    const warn = (warning: Error) => void warnings.push(warning);
    process.on('warning', warn);
    const images = Array.from({ length: 40 }, (_, index) => index + 1);
    expect(await recognizer.recognize(images, { signal: controller.signal })).toHaveLength(40);
    const waiting = recognizer.recognize(images, { signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    expect(await recognizer.recognize(99)).toHaveLength(1);
    await new Promise((resolve) => setTimeout(resolve, 10));
    process.off('warning', warn);
    expect(warnings).toEqual([]);
    expect(asked.recognized.length).toBeLessThan(45);
  });

  it('takes an option that is undefined for none', async () => {
    const { recognizer, asked } = onNumbers({ maximumFaces: 3, minimumFace: 40 });
    await recognizer.recognize(1, { maximumFaces: undefined, minimumFace: 20 });
    createTracker(recognizer, { maximumFaces: undefined });
    expect(asked.options).toEqual([
      { maximumFaces: 3, minimumFace: 20 },
      { maximumFaces: 3, minimumFace: 40 },
    ]);
  });

  it('explains what the face was read as, whatever this crop alone shows', async () => {
    const { recognizer, asked } = onNumbers();
    const [face] = await recognizer.recognize(1);
    await recognizer.explain(face!);
    await recognizer.explain(face!, { expression: 'happy' });
    expect(asked.explained).toEqual([{ expression: 'sad' }, { expression: 'happy' }]);
  });

  it('gives crops that are the caller’s own, also of pixels in a Buffer', async () => {
    const { recognizer } = onNumbers();
    const [face] = await recognizer.recognize(1);
    recognizer.cropOf(face!).pixels.fill(0);
    expect([...recognizer.cropOf(face!).pixels]).toEqual([7]);
  });

  it('refuses what a tracker cannot mean', () => {
    const { recognizer } = onNumbers();
    for (const options of [{ minimumFace: NaN }, { minimumFace: 3 }, { smoothing: '0' as unknown as number }])
      expect(() => createTracker(recognizer, options)).toThrow(
        expect.objectContaining({ name: 'UserError', code: 'option-invalid' }),
      );
  });
});
