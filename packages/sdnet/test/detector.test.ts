import { readFileSync } from 'node:fs';
import type { Runtime } from '@sdnet/autograd';
import { nodeRuntime } from '@sdnet/autograd/node';
import { webRuntime } from '@sdnet/autograd/web';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { paintScene, type Scene } from '../../../benchmarks/scenes/compose.mjs';
import { matchFaces } from '../../../benchmarks/scenes/matching.mjs';
import type { Detection } from '../src/detection/detection.js';
import { anchorCount, blazeFaces } from '../src/detection/blazeface.js';
import { createDetector, type Detector, type DetectorModels } from '../src/detection/detector.js';
import type { Point } from '../src/detection/geometry.js';
import { grey, type RawImage } from '../src/preprocess.js';

const root = new URL('../../../', import.meta.url);
const read = (path: string) => new Uint8Array(readFileSync(new URL(path, root)));
const models: DetectorModels = {
  shortRange: read('models/blazeface/short-range.onnx'),
  back: read('models/blazeface/back.onnx'),
};

async function rawOf(image: Sharp): Promise<RawImage> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: info.channels as 1 | 3 | 4, pixels: data };
}

const portrait = () => sharp(read('samples/portrait.jpg'));
/** As a person sees them in the portrait. */
const pupils = { rightEye: { x: 202, y: 101 }, leftEye: { x: 247, y: 103 } };

const distance = (a: Point, b: Point) => Math.hypot(a.x - b.x, a.y - b.y);
const middle = ({ box }: Detection): Point => ({ x: box.x + box.width / 2, y: box.y + box.height / 2 });

let detector: Detector;
beforeAll(async () => {
  detector = await createDetector(nodeRuntime, models, { threads: 1 });
});
afterAll(() => detector.release());

it('searches a bounded number of pixels, however small the faces asked for are in however large a photo', async () => {
  let searched = 0;
  const networks = [blazeFaces.shortRange, blazeFaces.back];
  const empty: Runtime = {
    ...nodeRuntime,
    async createSession() {
      const network = networks.shift()!;
      return {
        ...{ inputNames: ['images'], outputNames: ['scores', 'boxes'] },
        async run({ images }) {
          const [count, , height, width] = images!.shape as [number, number, number, number];
          searched += count * width * height;
          const anchors = count * anchorCount(network, width, height);
          const of = (values: number) => ({
            ...{ shape: [anchors, values], data: new Float32Array(anchors * values).fill(-100) },
          });
          return { scores: of(1), boxes: of(16) };
        },
        release: async () => {},
      };
    },
  };
  const { detect } = await createDetector(empty, models);
  const [width, height] = [6000, 4000];
  const photo: RawImage = { width, height, channels: 1, pixels: new Uint8Array(width * height) };
  expect(await detect(photo, { minimumFace: 16 })).toEqual([]);
  expect(searched).toBeGreaterThan(16e6);
  expect(searched).toBeLessThan(30e6);
});

describe('the portrait', () => {
  let image: RawImage;
  let face: Detection;
  beforeAll(async () => {
    image = await rawOf(portrait());
    face = (await detector.detect(image))[0]!;
  });

  /** One face, where `map` takes the portrait's, `scale` times as large. */
  async function expectSameFace(changed: RawImage, map: (point: Point) => Point, scale = 1) {
    const faces = await detector.detect(changed);
    expect(faces).toHaveLength(1);
    const side = face.box.width * scale;
    expect(distance(middle(faces[0]!), map(middle(face)))).toBeLessThan(0.1 * side);
    expect(Math.abs(faces[0]!.box.width - side)).toBeLessThan(0.1 * side);
    return faces[0]!;
  }

  it('has one face, with its eyes, nose and mouth where they are', async () => {
    expect(await detector.detect(image)).toHaveLength(1);
    expect(face.confidence).toBeGreaterThan(0.8);
    const { rightEye, leftEye, nose, mouth, rightEar, leftEar } = face.keypoints;
    expect(distance(rightEye, pupils.rightEye)).toBeLessThan(6);
    expect(distance(leftEye, pupils.leftEye)).toBeLessThan(6);
    expect(nose.y).toBeGreaterThan(rightEye.y + 10);
    expect(mouth.y).toBeGreaterThan(nose.y + 10);
    expect(rightEar.x).toBeLessThan(rightEye.x);
    expect(leftEar.x).toBeGreaterThan(leftEye.x);
    expect(face.box.x).toBeLessThan(rightEye.x);
    expect(face.box.x + face.box.width).toBeGreaterThan(leftEye.x);
  });

  it('has it at the same place mirrored, with right and left exchanged', async () => {
    const mirrored = await rawOf(portrait().flop());
    const found = await expectSameFace(mirrored, ({ x, y }) => ({ x: image.width - x, y }));
    expect(found.keypoints.rightEye.x).toBeCloseTo(image.width - face.keypoints.leftEye.x, -1);
  });

  it('has it at the same place turned by 30°', async () => {
    const turned = await rawOf(portrait().rotate(30, { background: '#808080' }));
    const [cos, sin] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)];
    const map = ({ x, y }: Point) => ({
      x: turned.width / 2 + cos * (x - image.width / 2) - sin * (y - image.height / 2),
      y: turned.height / 2 + sin * (x - image.width / 2) + cos * (y - image.height / 2),
    });
    const { keypoints } = await expectSameFace(turned, map);
    const angle = Math.atan2(
      keypoints.leftEye.y - keypoints.rightEye.y,
      keypoints.leftEye.x - keypoints.rightEye.x,
    );
    expect((angle * 180) / Math.PI).toBeGreaterThan(24);
    expect((angle * 180) / Math.PI).toBeLessThan(38);
  });

  it('has it at the same place at a quarter of the size', async () => {
    const small = await rawOf(portrait().resize(image.width / 4, image.height / 4));
    await expectSameFace(small, ({ x, y }) => ({ x: x / 4, y: y / 4 }), 1 / 4);
  });

  it('has it in grey and with an alpha channel', async () => {
    const plane = grey(image.pixels, image.width, image.height, image.channels);
    await expectSameFace({ ...image, channels: 1, pixels: plane }, (point) => point);
    const rgba = await rawOf(portrait().ensureAlpha());
    expect(rgba.channels).toBe(4);
    expect(await detector.detect(rgba)).toEqual(await detector.detect(image));
  });

  it('has it where it fills the frame and where it is cut by the border', async () => {
    const side = Math.round(face.box.width * 1.1);
    const left = Math.round(middle(face).x - side / 2);
    const top = Math.round(middle(face).y - side / 2);
    const full = await rawOf(portrait().extract({ left, top, width: side, height: side }));
    await expectSameFace(full, ({ x, y }) => ({ x: x - left, y: y - top }));
    const edge = Math.round(face.keypoints.rightEar.x);
    const cut = await rawOf(portrait().extract({ left: edge, top: 0, width: 300, height: 400 }));
    expect(await detector.detect(cut)).toHaveLength(1);
  });

  it('is found the same as WebAssembly', async () => {
    const web = await createDetector(webRuntime, models, { threads: 1 });
    const [found, ...others] = await web.detect(image, { minimumFace: 60 });
    const [native] = await detector.detect(image, { minimumFace: 60 });
    await web.release();
    expect(others).toEqual([]);
    expect(distance(middle(found!), middle(native!))).toBeLessThan(0.05);
    expect(found!.confidence).toBeCloseTo(native!.confidence, 3);
  });

  it('is followed to where it has moved, and lost where it is gone', async () => {
    const moved = await rawOf(
      portrait()
        .extend({ left: 25, top: 10, background: '#808080' })
        .extract({ left: 0, top: 0, width: 512, height: 512 }),
    );
    const [found] = await detector.follow(moved, [face]);
    expect(distance(middle(found!), { x: middle(face).x + 25, y: middle(face).y + 10 })).toBeLessThan(10);
    const elsewhere = { ...face, box: { ...face.box, x: 380, y: 380 } };
    const blank = { ...moved, pixels: new Uint8Array(moved.pixels.length).fill(90) };
    expect(await detector.follow(moved, [elsewhere])).toEqual([undefined]);
    expect(await detector.follow(blank, [face, elsewhere])).toEqual([undefined, undefined]);
    expect(await detector.follow(moved, [])).toEqual([]);
  });
});

describe('composed scenes', () => {
  /** The portrait's face as grey crops of 96 pixels, cut as FER2013's are. */
  let crop: Uint8Array;
  beforeAll(async () => {
    const face = portrait()
      .extract({ left: 164, top: 65, width: 122, height: 122 })
      .resize(96, 96)
      .greyscale();
    crop = new Uint8Array((await rawOf(face)).pixels);
  });
  const scene = (seed: number, background: string, faces: Scene['faces']) =>
    paintScene({ seed, width: 640, height: 480, background, faces }, () => crop, 96);
  const placed = (x: number, y: number, size: number, angle: number, head = true) => ({
    ...{ crop: 0, x, y, size, angle, head },
  });

  it.each(['plain', 'gradient', 'noise', 'clouds', 'shapes'])(
    'finds every face from 28 to 260 pixels, turned by up to 45°, before %s, and nothing else',
    async (background) => {
      const faces = [
        placed(160, 200, 260, -10),
        placed(420, 110, 120, 45),
        placed(560, 330, 90, -45, false),
        placed(420, 330, 64, 20),
        placed(600, 120, 40, 0),
        placed(340, 430, 28, 5),
      ];
      const found = await detector.detect(scene(1, background, faces));
      const matches = matchFaces(
        faces,
        found.map(({ box }) => box),
      );
      expect(matches).not.toContain(-1);
      expect(found).toHaveLength(faces.length);
      expect(found.map(({ confidence }) => confidence)).toEqual(
        found.map(({ confidence }) => confidence).sort((a, b) => b - a),
      );
    },
  );

  it('looks for small faces only where it is asked to, and keeps the largest', async () => {
    const faces = [placed(150, 200, 200, 0), placed(420, 200, 120, 0), placed(560, 400, 30, 0)];
    const image = scene(2, 'plain', faces);
    const sides = (found: readonly Detection[]) => found.map(({ box }) => box.width).sort((a, b) => b - a);
    const all = sides(await detector.detect(image));
    expect(all).toHaveLength(3);
    expect(sides(await detector.detect(image, { minimumFace: 80 }))).toHaveLength(2);
    expect(sides(await detector.detect(image, { maximumFaces: 2 }))).toEqual(all.slice(0, 2));
  });

  it('finds faces in a photo that goes through the network in tiles', async () => {
    const faces = [
      placed(300, 250, 250, 0),
      placed(1600, 700, 120, 10),
      placed(900, 1300, 60, -20),
      placed(2100, 250, 80, 0),
    ];
    const image = paintScene(
      { seed: 3, width: 2400, height: 1500, background: 'gradient', faces },
      () => crop,
      96,
    );
    const found = await detector.detect(image);
    expect(
      matchFaces(
        faces,
        found.map(({ box }) => box),
      ),
    ).not.toContain(-1);
    expect(found).toHaveLength(faces.length);
  });

  it.each(['plain', 'noise', 'clouds', 'pattern', 'shapes'])(
    'finds nothing in %s alone',
    async (background) => {
      expect(await detector.detect(scene(4, background, []))).toEqual([]);
    },
  );

  it('has nothing to find in a single pixel', async () => {
    expect(await detector.detect({ width: 1, height: 1, channels: 1, pixels: new Uint8Array(1) })).toEqual(
      [],
    );
  });
});

describe('what is refused', () => {
  const image: RawImage = { width: 20, height: 10, channels: 3, pixels: new Uint8Array(600) };

  it('pixels that do not fill the image', async () => {
    const wrong = { ...image, width: 21 };
    await expect(detector.detect(wrong)).rejects.toThrow('21×10 pixels with 3 channel(s) needs 630 values');
    await expect(detector.follow(wrong, [])).rejects.toThrow('630 values');
  });

  it('options that are out of range', async () => {
    await expect(detector.detect(image, { minimumFace: 0 })).rejects.toThrow(
      'minimumFace is 0; a number from 16',
    );
    await expect(detector.detect(image, { maximumFaces: NaN })).rejects.toThrow('maximumFaces is NaN');
  });

  it('the two networks exchanged', async () => {
    const exchanged = await createDetector(nodeRuntime, { shortRange: models.back, back: models.shortRange });
    await expect(exchanged.detect(image)).rejects.toThrow(/the other one of @sdnet\/model-blazeface/);
    await exchanged.release();
  });
});
