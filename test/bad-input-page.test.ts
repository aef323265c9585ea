import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, visit } from './support/browser.js';
import { root } from './support/packages.js';
import { bundleScript, writeRecognizerPage } from './support/recognizer-page.js';

/** Gives a recognizer everything that is no picture, and after each a picture. */
const page = `
import { createRecognizer } from 'sdnet';
const bytesOf = async (name) => new Uint8Array(await (await fetch(name)).arrayBuffer());
const small = await (await fetch('astronaut-grey-48.png')).blob();
const jpeg = await bytesOf('portrait.jpg');
const progressive = await bytesOf('progressive.jpg');
const png = await bytesOf('astronaut.png');
const portrait = await createImageBitmap(new Blob([jpeg]));

/** A PNG's header that says 30,000×30,000 pixels, and nothing behind it. */
function hugePng() {
  const bytes = new Uint8Array(33);
  bytes.set([137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82]);
  new DataView(bytes.buffer).setUint32(16, 30_000);
  new DataView(bytes.buffer).setUint32(20, 30_000);
  bytes.set([8, 2], 24);
  return new Blob([bytes]);
}
/** The portrait's head, 96×96 pixels, again and again. */
function crowd(columns, rows) {
  const canvas = new OffscreenCanvas(96 * columns, 96 * rows);
  const context = canvas.getContext('2d');
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++) context.drawImage(portrait, 104, 4, 240, 240, 96 * x, 96 * y, 96, 96);
  return canvas;
}
const loaded = (src) =>
  new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = reject;
    image.src = src;
  });
// The same server, but another origin.
const foreign = await loaded(location.href.replace('127.0.0.1', 'localhost') + 'portrait.jpg');
const tainted = document.createElement('canvas');
tainted.getContext('2d').drawImage(foreign, 0, 0);
const closed = await createImageBitmap(small);
closed.close();
const given = await createImageBitmap(small);
new MessageChannel().port1.postMessage(given, [given]);
const empty = new OffscreenCanvas(200, 150);
empty.getContext('2d').fillRect(0, 0, 200, 150);
const missing = new Image();
missing.src = 'gone.png';
await missing.decode().catch(() => {});

const bad = {
  text: new File(['This is no photo.'], 'photo.jpg', { type: 'image/jpeg' }),
  textAddress: 'text.jpg',
  nothing: new Blob([]),
  cutJpeg: new Blob([jpeg.subarray(0, 20_000)]),
  cutProgressive: new Blob([progressive.subarray(0, progressive.length - 2_000)]),
  cutPng: new Blob([png.subarray(0, png.length - 3_000)]),
  huge: hugePng(),
  gone: 'gone.png',
  imgWithout: missing,
  videoWithout: document.createElement('video'),
  tainted,
  foreign,
  closed,
  given,
  noCanvas: new OffscreenCanvas(0, 0),
  number: 5,
};
const outcome = (promise) => promise.then((faces) => faces.length, ({ name, code, message }) => ({ name, code, message }));
const recognizer = await createRecognizer({ threads: 1 });
const refused = {};
for (const [name, image] of Object.entries(bad))
  refused[name] = { ...(await outcome(recognizer.recognize(image))), next: await outcome(recognizer.recognize(small)) };
const none = await outcome(recognizer.recognize(empty));
const many = await recognizer.recognize(crowd(20, 10), { minimumFace: 36 });
const cells = new Set(
  many.map(({ box }) => [box.x + box.width / 2, box.y + box.height / 2].map((at) => Math.floor(at / 96)).join()),
);
const order = [];
const calls = Array.from({ length: 50 }, (_, index) =>
  recognizer.recognize(index % 7 === 3 ? bad.text : small).then(
    (faces) => order.push([index, faces.length]),
    ({ code }) => order.push([index, code]),
  ),
);
await Promise.all(calls);
// How many pictures of a list have been decoded when the first of them is answered.
const decode = createImageBitmap;
let decoded = 0;
globalThis.createImageBitmap = (...picture) => (decoded++, decode(...picture));
const first = recognizer.recognize(small).then(() => decoded);
const address = new URL('astronaut-grey-48.png', location.href);
const list = await recognizer.recognize([address, address.href, ...Array(10).fill(small)]);
const listed = { faces: list.map((faces) => faces.length), early: await first, all: decoded };
globalThis.createImageBitmap = decode;
const last = recognizer.recognize(small);
const released = recognizer.release();
const after = await outcome(recognizer.recognize(small));
const before = await outcome(last);
await released;
const weights = [];
for (const file of ['portrait.jpg', 'gone.safetensors', new Uint8Array(0)])
  weights.push(await outcome(createRecognizer({ threads: 1, weights: file })));
const { createRecognizer: without } = await import('./without.js');
const withoutRuntime = await outcome(without({ worker: false }));
console.log(JSON.stringify({ refused, none, many: many.length, cells: cells.size, order, listed, before, after, weights, withoutRuntime }));
`;

interface Refused {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  /** Faces found in the picture after it. */
  readonly next: number;
}

interface Printed {
  readonly refused: Readonly<Record<string, Refused>>;
  readonly order: readonly (readonly [index: number, faces: number | string])[];
  readonly weights: readonly Refused[];
  readonly [name: string]: unknown;
}

describe.skipIf(!hasChromium)('createRecognizer in Chromium, given what it cannot read', () => {
  let folder: string;
  let printed: Printed;
  beforeAll(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'sdnet-bad-input-')));
    const samples = ['portrait.jpg', 'astronaut.png', 'astronaut-grey-48.png'];
    await writeRecognizerPage(
      folder,
      page,
      ['./without.js'],
      samples.map((name) => `samples/${name}`),
    );
    // As in a page without a bundler, where nobody has said where the package is.
    await bundleScript(`export { createRecognizer } from 'sdnet';`, join(folder, 'without.js'), [
      '#onnxruntime-web',
    ]);
    writeFileSync(join(folder, 'text.jpg'), 'This is no photo.');
    await sharp(join(root, 'samples/portrait.jpg'))
      .jpeg({ progressive: true })
      .toFile(join(folder, 'progressive.jpg'));
    printed = JSON.parse((await visit(folder, join(folder, 'profile'))).printed) as Printed;
  }, 600_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['text', 'image-unreadable', /cannot be decoded/],
    ['textAddress', 'image-unreadable', /cannot be decoded/],
    ['nothing', 'image-unreadable', /empty/],
    ['cutJpeg', 'image-unreadable', /cannot be decoded/],
    ['cutProgressive', 'image-unreadable', /cannot be decoded/],
    ['cutPng', 'image-unreadable', /cannot be decoded/],
    ['huge', 'image-too-large', /30000×30000/],
    ['gone', 'image-unreadable', /404/],
    ['imgWithout', 'image-not-ready', /shows nothing/],
    ['videoWithout', 'image-not-ready', /no frame yet/],
    ['tainted', 'image-tainted', /origin/],
    ['foreign', 'image-tainted', /origin/],
    ['closed', 'image-not-ready', /closed or given away/],
    ['given', 'image-not-ready', /closed or given away/],
    ['noCanvas', 'image-not-ready', /0×0/],
    ['number', 'image-unreadable', /no image/],
  ])('refuses %s by the code %s, and reads the next picture', (name, code, message) => {
    expect(printed.refused[name]).toEqual({
      ...{ name: 'UserError', code, next: 1 },
      message: expect.stringMatching(message),
    });
  });

  it('finds no face where there is none, and each of two hundred', () => {
    expect(printed).toMatchObject({ none: 0, many: 200, cells: 200 });
  });

  it('answers fifty calls at once in their order, whatever becomes of each', () => {
    expect(printed.order).toEqual(
      Array.from({ length: 50 }, (_, index) => [index, index % 7 === 3 ? 'image-unreadable' : 1]),
    );
  });

  it('decodes the files and addresses of a list one after the other', () => {
    expect(printed.listed).toEqual({ faces: Array(12).fill(1), early: 1, all: 13 });
  });

  it('answers what was asked before its release, and nothing after', () => {
    expect(printed.before).toBe(1);
    expect(printed.after).toMatchObject({ name: 'UserError', code: 'released' });
  });

  it('refuses weights of another format, naming them', () => {
    for (const { name, code } of printed.weights)
      expect({ name, code }).toEqual({ name: 'UserError', code: 'weights-invalid' });
    expect(printed.weights.map(({ message }) => message)).toEqual([
      expect.stringContaining('portrait.jpg'),
      expect.stringContaining('gone.safetensors'),
      expect.any(String),
    ]);
  });

  it('names the package that is missing', () => {
    expect(printed.withoutRuntime).toMatchObject({
      ...{ name: 'UserError', code: 'package-missing' },
      message: expect.stringContaining('npm install onnxruntime-web'),
    });
  });
});
