import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRecognizer, decodeImage, type ImageSource, mapToImage } from '../src/node/index.js';
import type { RawImage } from '../src/preprocess.js';
import type { Recognizer } from '../src/recognition/recognizer.js';
import { cutSquare } from '../src/sample-square.js';

const sample = (name: string) => fileURLToPath(new URL(`../../../samples/${name}`, import.meta.url));
/** NASA's portrait, 512×512: one smiling face, its eyes near (205, 110) and (245, 112). */
const portrait = sample('portrait.jpg');

/** Nothing to see. */
const blank: RawImage = { width: 300, height: 200, channels: 1, pixels: new Uint8Array(60_000).fill(128) };

/** A PNG's header that says 30,000×30,000 pixels, and nothing behind it. */
function hugePng(): Uint8Array {
  const bytes = Buffer.alloc(33);
  bytes.write('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1');
  bytes.writeUInt32BE(30_000, 16);
  bytes.writeUInt32BE(30_000, 20);
  bytes.set([8, 2], 24);
  return bytes;
}

/** Side of a face's cell in `tiled`. */
const cell = 96;

/** The portrait's head, 96×96 pixels, again and again. */
function tiled(image: RawImage, columns: number, rows: number): RawImage {
  const head = { centre: { x: 224, y: 124 }, side: 240, angle: 0 };
  const planes = cutSquare(image, 3, head, cell, 'edge');
  const [width, height] = [columns * cell, rows * cell];
  const pixels = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let channel = 0; channel < 3; channel++)
        pixels[3 * (y * width + x) + channel] = planes[channel]![(y % cell) * cell + (x % cell)]!;
  return { width, height, channels: 3, pixels };
}

let recognizer: Recognizer<ImageSource>;
let folder: string;
let textFile: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sdnet-recognizer-'));
  textFile = join(folder, 'text.jpg');
  writeFileSync(textFile, 'This is no photo.');
  recognizer = await createRecognizer();
});
afterAll(async () => {
  await recognizer.release();
  rmSync(folder, { recursive: true, force: true });
});

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
    const buffer = Uint8Array.from(bytes).buffer;
    expect(await recognizer.recognize([bytes, pixels, buffer, new Blob([bytes])])).toEqual(
      Array(4).fill(expected),
    );
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

  it('gives the crop that the network saw, whose pixels are the caller’s', async () => {
    const [face] = await recognizer.recognize(portrait);
    const crop = recognizer.cropOf(face!);
    expect(crop).toMatchObject({ width: 68, height: 68, channels: 1 });
    const ofCrops = await createRecognizer({ detector: false });
    const [read] = await ofCrops.recognize(crop);
    await ofCrops.release();
    for (const [name, score] of Object.entries(face!.scores))
      expect(read!.scores[name]).toBeCloseTo(score, 5);
    crop.pixels.fill(0);
    expect(recognizer.cropOf(face!).pixels).not.toEqual(crop.pixels);
    expect(() => recognizer.cropOf({ ...face! })).toThrow(
      expect.objectContaining({ code: 'option-invalid' }) as Error,
    );
  });

  it('finds no faces where there are none, which is no error', async () => {
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

  it('finds two hundred faces, or as many of them as are asked for', async () => {
    const crowd = tiled(await decodeImage(portrait), 20, 10);
    const faces = await recognizer.recognize(crowd);
    expect(faces).toHaveLength(200);
    const cells = faces.map(({ box: { x, y, width, height } }) =>
      [x + width / 2, y + height / 2].map((at) => Math.floor(at / cell)).join(),
    );
    expect(new Set(cells).size).toBe(200);
    expect(await recognizer.recognize(crowd, { maximumFaces: 50 })).toHaveLength(50);
  });

  it.each([
    ['a file that is not there', 'nobody.png', 'image-unreadable', /nobody\.png: there is no such file/],
    ['nothing', new Uint8Array(0), 'image-unreadable', /empty/],
    ['a text', new TextEncoder().encode('hello'), 'image-unreadable', /not an image/],
    ['a cut photo', readFileSync(portrait).subarray(0, 20_000), 'image-unreadable', /damaged or cut off/],
    ['an address', new URL('https://example.org/face.png'), 'image-unreadable', /Nothing is fetched/],
    ['an address as text', 'https://example.org/face.png', 'image-unreadable', /^https.* Nothing is fetched/],
    ['a number', 5, 'image-unreadable', /no image/],
    ['a text named .jpg', () => textFile, 'image-unreadable', /not an image/],
    ['a header of 30,000×30,000', hugePng(), 'image-too-large', /30000×30000 .* limit of 64 megapixels/],
    ['too few pixels', { ...blank, height: 201 }, 'image-unreadable', /needs 60300 values/],
    [
      'pixels that are too many',
      { ...blank, width: 30_000, height: 30_000 },
      'image-too-large',
      /30000×30000/,
    ],
    ['pixels of two channels', { ...blank, channels: 2 }, 'image-unreadable', /has 2 channels/],
  ])('refuses %s by a code, and answers the next call', async (_, image, code, message) => {
    const given = (typeof image === 'function' ? image() : image) as ImageSource;
    await expect(recognizer.recognize(given)).rejects.toMatchObject({
      name: 'UserError',
      code,
      message: expect.stringMatching(message),
    });
    expect(await recognizer.recognize(sample('astronaut-grey-48.png'))).toHaveLength(1);
  });

  it('looks at an image as it was at the call, in a Buffer too', async () => {
    const { pixels, ...others } = await decodeImage(portrait);
    const [raw, file] = [Buffer.from(pixels), Buffer.from(readFileSync(portrait))];
    const buffer = Uint8Array.from(file).buffer;
    const first = recognizer.recognize(blank);
    const answers = [{ ...others, pixels: raw }, file, buffer].map((image) => recognizer.recognize(image));
    raw.fill(0);
    file.fill(0);
    new Uint8Array(buffer).fill(0);
    await first;
    for (const faces of await Promise.all(answers)) expect(faces).toHaveLength(1);
  });

  it('takes a file by its URL as text, as import.meta.resolve gives it', async () => {
    expect(await recognizer.recognize(pathToFileURL(portrait).href)).toHaveLength(1);
    const weights = fileURLToPath(import.meta.resolve('@sdnet/model-fer2013/weights.safetensors'));
    const other = await createRecognizer({ weights: pathToFileURL(weights).href, detector: false });
    await other.release();
    for (const image of [new URL('file:///a%2Fb.jpg'), 'file:///a%2Fb.jpg'])
      await expect(recognizer.recognize(image)).rejects.toMatchObject({
        code: 'image-unreadable',
        message: expect.stringContaining('file:///a%2Fb.jpg'),
      });
    await expect(createRecognizer({ weights: 'file:///a%2Fb' })).rejects.toMatchObject({
      code: 'weights-invalid',
    });
  });

  it('looks for faces of a size, of a number, and refuses what it cannot mean', async () => {
    expect(await recognizer.recognize(portrait, { minimumFace: 90, maximumFaces: 1 })).toHaveLength(1);
    for (const options of [{ minimumFace: 0.1 }, { maximumFaces: 2.5 }, { minimumFace: NaN }])
      await expect(recognizer.recognize(portrait, options)).rejects.toMatchObject({ code: 'option-invalid' });
    for (const options of [{ views: 3 as 2 }, { threads: 0 }, { threads: NaN }, { maximumFaces: Infinity }])
      await expect(createRecognizer(options)).rejects.toMatchObject({ code: 'option-invalid' });
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

  it.each([
    ['onnxruntime-node', 'createRecognizer()', /npm install --ignore-scripts onnxruntime-node/],
    ['sharp', 'recognizer.recognize(new Uint8Array(file))', /npm install sharp/],
  ])(
    'names the package %s where it is not installed, and does without it what it can',
    async (name, call, message) => {
      const program = `
      import { readFileSync } from 'node:fs';
      import { register } from 'node:module';
      const hide = \`export const resolve = (specifier, context, next) => {
        if (specifier !== '${name}') return next(specifier, context);
        const message = "Cannot find package '${name}' imported from a program";
        throw Object.assign(new Error(message), { code: 'ERR_MODULE_NOT_FOUND' });
      }\`;
      register('data:text/javascript,' + encodeURIComponent(hide));
      const { createRecognizer } = await import('sdnet');
      const file = readFileSync(process.argv[1]);
      const recognizer = '${name}' === 'sharp' && (await createRecognizer());
      const { code, message } = await ${call}.then(() => ({}), (error) => error);
      const blank = { width: 300, height: 200, channels: 1, pixels: new Uint8Array(60_000) };
      const faces = recognizer && (await recognizer.recognize(blank));
      console.log(JSON.stringify({ code, message, faces }));
    `;
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--input-type=module', '-e', program, portrait],
        { cwd: import.meta.dirname },
      );
      expect(JSON.parse(stdout)).toEqual({
        code: 'package-missing',
        message: expect.stringMatching(message),
        faces: name === 'sharp' ? [] : false,
      });
    },
  );

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
