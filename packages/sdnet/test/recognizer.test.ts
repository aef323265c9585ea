import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRecognizer, decodeImage, type ImageSource, mapToImage } from '../src/node/index.js';
import type { Recognizer } from '../src/recognition/recognizer.js';

const sample = (name: string) => fileURLToPath(new URL(`../../../samples/${name}`, import.meta.url));
/** NASA's portrait, 512×512: one smiling face, its eyes near (205, 110) and (245, 112). */
const portrait = sample('portrait.jpg');

let recognizer: Recognizer<ImageSource>;
beforeAll(async () => {
  recognizer = await createRecognizer();
});
afterAll(() => recognizer.release());

describe('createRecognizer in Node', () => {
  it('finds the face of a portrait and reads it', async () => {
    const faces = await recognizer.recognize(portrait);
    expect(faces).toHaveLength(1);
    const [{ box, keypoints, expression, confidence, scores, angle, faceConfidence, quality }] = faces as [
      (typeof faces)[0],
    ];
    expect(expression).toBe('happy');
    expect(confidence).toBe(scores.happy);
    expect(confidence).toBeGreaterThan(0.8);
    expect(Object.values(scores).reduce((sum, score) => sum + score)).toBeCloseTo(1, 5);
    const { rightEye, leftEye } = keypoints!;
    for (const { x, y } of [rightEye, leftEye]) {
      expect(x).toBeGreaterThan(box.x);
      expect(x).toBeLessThan(box.x + box.width);
      expect(y).toBeGreaterThan(box.y);
      expect(y).toBeLessThan(box.y + box.height / 2);
    }
    expect(rightEye.x).toBeLessThan(leftEye.x);
    expect(Math.abs(angle)).toBeLessThan(10);
    expect(faceConfidence).toBeGreaterThan(0.5);
    expect(quality!.size).toBeCloseTo(Math.sqrt(box.width * box.height), 6);
  });

  it('takes paths, file URLs, bytes and pixels alike, one or several', async () => {
    const expected = await recognizer.recognize(portrait);
    expect(await recognizer.recognize(pathToFileURL(portrait))).toEqual(expected);
    const bytes = readFileSync(portrait);
    const pixels = await decodeImage(portrait);
    expect(await recognizer.recognize([bytes, pixels])).toEqual([expected, expected]);
  });

  it('sees pixels as they are at the call', async () => {
    const expected = await recognizer.recognize(portrait);
    const image = await decodeImage(portrait);
    const answered = recognizer.recognize(image);
    image.pixels.fill(0);
    expect(await answered).toEqual(expected);
  });

  it('explains a smile by the mouth, in the photo', async () => {
    const [face] = await recognizer.recognize(portrait);
    const explanation = await recognizer.explain(face!);
    expect(explanation.expression).toBe('happy');
    const { x, y, width, values } = mapToImage(explanation.gradCam, explanation.toImage, {
      width: 512,
      height: 512,
    });
    // Where the crop does not reach, there is no number.
    const strongest = values.indexOf(Math.max(...values.filter((value) => value >= 0)));
    const spot = { x: x + (strongest % width), y: y + Math.floor(strongest / width) };
    const { mouth, leftEye, rightEye } = face!.keypoints!;
    const apart = leftEye.x - rightEye.x;
    expect(Math.hypot(spot.x - mouth.x, spot.y - mouth.y)).toBeLessThan(apart);
    expect(explanation.spatialAttention).toBeDefined();
    expect((await recognizer.explain(face!, { expression: 'sad' })).expression).toBe('sad');
    await expect(recognizer.explain({ ...face! })).rejects.toMatchObject({ code: 'option-invalid' });
  });

  it('finds no faces where there are none, which is no error', async () => {
    const blank = { width: 300, height: 200, channels: 1, pixels: new Uint8Array(60_000).fill(128) } as const;
    expect(await recognizer.recognize(blank)).toEqual([]);
  });

  it('answers fifty calls at once, in their order', async () => {
    const order: number[] = [];
    const small = sample('astronaut-grey-48.png');
    const calls = Array.from({ length: 50 }, (_, index) =>
      recognizer.recognize(small).then((faces) => {
        order.push(index);
        return faces;
      }),
    );
    const answers = await Promise.all(calls);
    expect(order).toEqual(Array.from({ length: 50 }, (_, index) => index));
    expect(new Set(answers.map((faces) => JSON.stringify(faces))).size).toBe(1);
  });

  it.each([
    ['a file that is not there', 'nobody.png', 'image-unreadable', /nobody\.png: there is no such file/],
    ['nothing', new Uint8Array(0), 'image-unreadable', /empty/],
    ['a text', new TextEncoder().encode('hello'), 'image-unreadable', /not an image/],
    ['a cut photo', readFileSync(portrait).subarray(0, 20_000), 'image-unreadable', /damaged or cut off/],
    ['an address', new URL('https://example.org/face.png'), 'image-unreadable', /Nothing is fetched/],
    ['a number', 5, 'image-unreadable', /no image/],
  ])('refuses %s by a code, and answers the next call', async (_, image, code, message) => {
    await expect(recognizer.recognize(image as ImageSource)).rejects.toMatchObject({
      name: 'UserError',
      code,
      message: expect.stringMatching(message),
    });
    expect(await recognizer.recognize(sample('astronaut-grey-48.png'))).toHaveLength(1);
  });

  it('looks for faces of a size, of a number, and refuses what it cannot mean', async () => {
    expect(await recognizer.recognize(portrait, { minimumFace: 90, maximumFaces: 1 })).toHaveLength(1);
    for (const options of [{ minimumFace: 0 }, { maximumFaces: 0 }, { minimumFace: NaN }])
      await expect(recognizer.recognize(portrait, options)).rejects.toMatchObject({ code: 'option-invalid' });
    await expect(createRecognizer({ views: 3 as 2 })).rejects.toMatchObject({ code: 'option-invalid' });
  });

  it('gives a call up by its signal', async () => {
    const controller = new AbortController();
    const waiting = recognizer.recognize(portrait, { signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('reads an image as a face where it is told so, and the mean with the mirror image', async () => {
    const cropped = await createRecognizer({ detector: false, views: 2 });
    const face = sample('astronaut.png');
    const { width, height } = await decodeImage(face);
    const [only] = await cropped.recognize(face);
    expect(only).toMatchObject({ box: { x: 0, y: 0, width, height }, expression: 'happy', angle: 0 });
    expect(only).not.toHaveProperty('keypoints');
    await cropped.release();
  });

  it('refuses weights that are none, naming them', async () => {
    await expect(createRecognizer({ weights: portrait })).rejects.toMatchObject({
      code: 'weights-invalid',
      message: expect.stringContaining('portrait.jpg'),
    });
  });

  it('computes on the device that is named, or refuses it by a code', async () => {
    await expect(createRecognizer({ device: 'abacus' })).rejects.toMatchObject({
      name: 'UserError',
      code: 'device-unavailable',
      message: expect.stringMatching(/abacus is not offered here: .*cpu/),
    });
    await expect(createRecognizer({ device: '' })).rejects.toMatchObject({ code: 'option-invalid' });
    const onCpu = await createRecognizer({ device: 'cpu', detector: false });
    expect(await onCpu.recognize(sample('astronaut.png'))).toHaveLength(1);
    await onCpu.release();
  });

  it('answers the calls made before its release, and none after', async () => {
    const other = await createRecognizer();
    const answered = other.recognize(portrait);
    const released = other.release();
    await expect(other.recognize(portrait)).rejects.toMatchObject({ code: 'released' });
    expect(await answered).toHaveLength(1);
    await released;
    await other.release();
  });
});
