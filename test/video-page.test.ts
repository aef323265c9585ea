import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeClip, turnClip, withoutFfmpeg } from '../packages/lab/test/support/make-clip.js';
import { suiteFolder } from '../packages/lab/test/support/suite-folder.js';
import { hasChromium, visit } from './support/browser.js';
import { writeRecognizerPage } from './support/recognizer-page.js';

/** Gives a recognizer what videos show, once as a video's frame and once as the browser draws it. */
const page = `
import { createRecognizer, createTracker, readPixels } from 'sdnet';

/** Every frame that is taken of a video, and every copy of one. */
const taken = [];
const Native = VideoFrame;
const clone = Native.prototype.clone;
Native.prototype.clone = function () {
  const copy = clone.call(this);
  taken.push(copy);
  return copy;
};
globalThis.VideoFrame = class extends Native {
  constructor(...given) {
    super(...given);
    taken.push(this);
  }
  static [Symbol.hasInstance](value) {
    return value instanceof Native;
  }
};
const isOpen = ({ displayWidth }) => displayWidth > 0;

async function opened(file) {
  const video = document.createElement('video');
  video.muted = true;
  video.src = file;
  await new Promise((resolve, reject) => {
    video.onloadeddata = resolve;
    video.onerror = () => reject(video.error);
  });
  return video;
}

/** How far the pixels of a video's frame are from those that the browser draws, in the mean. */
async function difference(file) {
  const video = await opened(file);
  const { width, height, pixels } = await readPixels(video);
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  let sum = 0;
  for (let at = 0; at < data.length; at++) sum += Math.abs(data[at] - pixels[at]);
  return { width, height, mean: sum / data.length };
}

const differences = {};
for (const file of ['plain.mp4', 'turned-90.mp4', 'turned-180.mp4']) differences[file] = await difference(file);

const video = await opened('plain.mp4');
const recognizer = await createRecognizer({ threads: 1 });
const facesOf = (faces) => faces.map(({ expression }) => expression);
taken.length = 0;
// A decoder has a few frames: not all may be held at once.
const asked = Array.from({ length: 12 }, () => recognizer.recognize(video));
const held = taken.filter(isOpen).length;
const many = (await Promise.all(asked)).map(facesOf);

const frame = new Native(video);
const answered = recognizer.recognize(frame);
frame.close();
const closedAfterCall = facesOf(await answered);

// While one is looked at, the next is given up.
const controller = new AbortController();
const first = recognizer.recognize(video);
await first;
const looked = recognizer.recognize(video);
// Given away by then, so that the next is a frame, too.
await new Promise((resolve) => setTimeout(resolve));
const given = recognizer.recognize(video, { signal: controller.signal }).catch(({ name }) => name);
controller.abort();
const givenUp = await given;
await looked;

const tracker = createTracker(recognizer);
const followed = facesOf(await tracker.next(video, 0));
await recognizer.release();
const afterRelease = await recognizer.recognize(video).catch(({ code }) => code);

// A worker that ends.
const { Worker: NativeWorker } = globalThis;
let worker;
globalThis.Worker = class extends NativeWorker {
  constructor(...how) {
    super(...how);
    worker = this;
  }
};
const ended = await createRecognizer({ threads: 1 });
worker.onerror({ message: 'gone' });
const afterEnd = await ended.recognize(video).catch(({ code }) => code);

const here = await createRecognizer({ threads: 1, worker: false });
const inPage = facesOf(await here.recognize(video));

const foreign = await opened(location.href.replace('127.0.0.1', 'localhost') + 'plain.mp4');
const tainted = await here.recognize(foreign).catch(({ code }) => code);
await new Promise((resolve) => setTimeout(resolve));
const left = taken.filter(isOpen).length;
console.log(JSON.stringify({
  ...{ differences, held, many, closedAfterCall, givenUp, followed, afterRelease, afterEnd, inPage, tainted },
  ...{ frames: taken.length, left },
}));
`;

interface Printed {
  readonly differences: Readonly<
    Record<string, { readonly width: number; readonly height: number; readonly mean: number }>
  >;
  readonly many: readonly (readonly string[])[];
  readonly [name: string]: unknown;
}

const skipped = hasChromium ? withoutFfmpeg : ' (skipped: Chromium is not installed)';

describe.skipIf(skipped)(`createRecognizer in Chromium, given a video${skipped ?? ''}`, () => {
  const folder = suiteFolder();
  let printed: Printed;
  beforeAll(async () => {
    const plain = makeClip(folder, 'plain.mp4', 1, [{ x: '60', y: '50' }]);
    for (const angle of [90, 180] as const) turnClip(plain, join(folder, `turned-${angle}.mp4`), angle);
    await writeRecognizerPage(folder, page);
    printed = JSON.parse((await visit(folder, join(folder, 'profile'))).printed) as Printed;
  }, 600_000);

  it.each([
    ['plain.mp4', 320, 240],
    ['turned-90.mp4', 240, 320],
    ['turned-180.mp4', 320, 240],
  ])('sees what the browser shows of %s', (file, width, height) => {
    expect(printed.differences[file]).toMatchObject({ width, height });
    // Each way from YUV to RGB rounds its own way.
    expect(printed.differences[file]!.mean).toBeLessThan(2);
  });

  it('answers for a video and for a frame of it that is closed after the call, in a worker and in the page', () => {
    expect(printed.many).toEqual(Array.from({ length: 12 }, () => ['happy']));
    expect(printed).toMatchObject({
      ...{ closedAfterCall: ['happy'], followed: ['happy'], inPage: ['happy'] },
      ...{
        givenUp: 'AbortError',
        afterRelease: 'released',
        afterEnd: 'worker-failed',
        tainted: 'image-tainted',
      },
    });
  });

  it('holds one frame at a time, and none in the end', () => {
    // Of twelve pictures at once one, a closed frame's copy, two and one given up, a tracker's, after release and end, the page's.
    expect(printed).toMatchObject({ held: 1, frames: 9, left: 0 });
  });
});
