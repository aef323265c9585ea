import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { paintScene } from '../../../benchmarks/scenes/compose.mjs';
import {
  createRecognizer,
  createTracker,
  type ImageSource,
  type RawImage,
  type Recognizer,
  type TrackedFrame,
} from '../src/node/index.js';

const sample = (name: string) => fileURLToPath(new URL(`../../../samples/${name}`, import.meta.url));

/** The portrait's face, happy, cut as FER2013's are; and the same moved on in a frame. */
let crop: Uint8Array;
let recognizer: Recognizer<ImageSource>;
beforeAll(async () => {
  recognizer = await createRecognizer({ minimumFace: 40 });
  const face = sharp(sample('portrait.jpg')).extract({ left: 164, top: 65, width: 122, height: 122 });
  crop = new Uint8Array(await face.resize(96, 96).greyscale().raw().toBuffer());
});
afterAll(() => recognizer.release());

/** A frame with a face around each of the centres. */
const frame = (...centres: (readonly [x: number, y: number])[]): RawImage =>
  paintScene(
    {
      ...{ seed: 1, width: 320, height: 240, background: 'gradient' },
      faces: centres.map(([x, y]) => ({ crop: 0, x, y, size: 80, angle: 0, head: true })),
    },
    () => crop,
    96,
  );

/** An RGB image of half the sides, each pixel the mean of four. */
function shrunk(pixels: RawImage['pixels'], width: number, height: number): RawImage {
  const small = new Uint8Array((3 * width * height) / 4);
  for (let index = 0; index < small.length; index++) {
    const [channel, x] = [index % 3, Math.floor(index / 3) % (width / 2)];
    const at = 6 * width * Math.floor(index / 3 / (width / 2)) + 6 * x + channel;
    small[index] = [0, 3, 3 * width, 3 * width + 3].reduce((sum, next) => sum + pixels[at + next]!, 0) / 4;
  }
  return { width: width / 2, height: height / 2, channels: 3, pixels: small };
}

/** Where Ann and Bob are: Ann walks to the right all the time, Bob leaves for half a second and comes back. */
const ann = (time: number) => [60 + 0.05 * time, 70] as const;
const bob = (time: number) => (time >= 400 && time < 900 ? undefined : ([240, 170] as const));

function* clip(interval: number, end: number) {
  for (let time = 0; time <= end; time += interval) {
    const places = [ann(time), bob(time)].filter((place) => place !== undefined);
    yield { image: frame(...places), time };
  }
}

describe('createTracker in Node', () => {
  it('follows faces through a clip: identities, places, smooth scores and their lag', async () => {
    const tracker = createTracker(recognizer);
    const frames: TrackedFrame[] = [];
    for await (const one of tracker.track(clip(100, 1600))) frames.push(one);
    expect(frames.map(({ time }) => time)).toEqual(Array.from({ length: 17 }, (_, index) => 100 * index));
    const idAt = (faces: TrackedFrame['faces'], [x, y]: readonly [number, number]) =>
      faces.find(({ box }) => Math.hypot(box.x + box.width / 2 - x, box.y + box.height / 2 - y) < 24)?.id;
    const annsId = idAt(frames[0]!.faces, ann(0));
    const bobsId = idAt(frames[0]!.faces, bob(0)!);
    expect([annsId, bobsId].sort()).toEqual([1, 2]);
    for (const { time, faces } of frames) {
      expect(idAt(faces, ann(time)), `Ann at ${time} ms`).toBe(annsId);
      const place = bob(time);
      // Whoever is back is seen at the next search of the whole frame.
      if (!place) expect(faces).toHaveLength(1);
      else if (time < 400 || time >= 1100) expect(idAt(faces, place), `Bob at ${time} ms`).toBe(bobsId);
    }
    const [last] = frames.at(-1)!.faces;
    expect(last).toMatchObject({ expression: 'happy', angle: expect.any(Number), since: 0 });
    expect(last!.confidence).toBe(last!.scores.happy);
    expect(Object.values(last!.scores).reduce((sum, score) => sum + score)).toBeCloseTo(1, 5);
    // The mean age of an exponential window of 200 ms at frames every 100 ms.
    expect(last!.lag).toBeCloseTo(100 / Math.expm1(0.5), 0);
    expect((await recognizer.explain(last!)).expression).toBe('happy');
    await tracker.release();
  });

  it('answers calls in their order, beside those to its recognizer, and forgets by reset', async () => {
    const tracker = createTracker(recognizer);
    const image = frame(ann(0));
    const order: string[] = [];
    const first = tracker.next(image, 500).then((faces) => (order.push('first'), faces));
    const photo = recognizer.recognize(image).then((faces) => (order.push('photo'), faces));
    const second = tracker.next(image, 600).then((faces) => (order.push('second'), faces));
    tracker.reset();
    const third = tracker.next(image, 0).then((faces) => (order.push('third'), faces));
    expect((await first)[0]).toMatchObject({ id: 1, since: 500 });
    expect((await second)[0]).toMatchObject({ id: 1, since: 500 });
    expect((await third)[0]).toMatchObject({ id: 2, since: 0, lag: 0 });
    expect(await photo).toHaveLength(1);
    expect(order).toEqual(['first', 'photo', 'second', 'third']);
  });

  it('refuses by a code frames out of order or unreadable, and goes on as before them', async () => {
    const tracker = createTracker(recognizer);
    const image = frame(ann(0));
    const [face] = await tracker.next(image, 1000);
    await expect(tracker.next(image, 900)).rejects.toMatchObject({ code: 'frame-out-of-order' });
    await expect(tracker.next(image, NaN)).rejects.toMatchObject({ code: 'frame-out-of-order' });
    await expect(tracker.next(sample('nobody.png'), 1100)).rejects.toMatchObject({
      code: 'image-unreadable',
    });
    expect((await tracker.next(image, 1050))[0]).toMatchObject({ id: face!.id, since: 1000 });
    await tracker.release();
    await tracker.release();
    await expect(tracker.next(image, 1100)).rejects.toMatchObject({ code: 'released' });
  });

  it('takes a frame when the last was answered, and closes the stream that is left', async () => {
    const events: string[] = [];
    async function* frames() {
      try {
        for (const time of [0, 40, 80]) {
          events.push(`frame ${time}`);
          yield { image: frame(ann(time)), time };
        }
      } finally {
        events.push('closed');
      }
    }
    for await (const { time, faces } of createTracker(recognizer).track(frames())) {
      events.push(`answer ${time} ${faces.map(({ id }) => id).join()}`);
      if (time === 40) break;
    }
    expect(events).toEqual(['frame 0', 'answer 0 1', 'frame 40', 'answer 40 1', 'closed']);
  });

  it('follows faces in frames too small for a sixteenth to be looked for', async () => {
    const small = await createRecognizer();
    const tracker = createTracker(small);
    const { pixels } = frame([160, 120]);
    for (const time of [0, 40]) {
      const [face, ...others] = await tracker.next(shrunk(pixels, 320, 240), time);
      expect(others).toEqual([]);
      expect(face).toMatchObject({ id: 1 });
    }
    await tracker.release();
    for (const side of [1, 8]) {
      const grey: RawImage = { width: side, height: side, channels: 1, pixels: new Uint8Array(side * side) };
      expect(await createTracker(small).next(grey, 0)).toEqual([]);
    }
    await small.release();
  });

  it('refuses options out of range, recognizers without a detector, and released ones', async () => {
    expect(() => createTracker(recognizer, { detectEvery: 0 })).toThrow('detectEvery is 0; a whole number');
    const crops = await createRecognizer({ detector: false });
    expect(() => createTracker(crops)).toThrow('looks for faces');
    await crops.release();
    const other = await createRecognizer();
    const tracker = createTracker(other);
    await other.release();
    await expect(tracker.next(frame(), 0)).rejects.toMatchObject({ code: 'released' });
    tracker.reset();
    await tracker.release();
  });
});
