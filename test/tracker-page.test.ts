import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, visit } from './support/browser.js';
import { writeRecognizerPage } from './support/recognizer-page.js';

/** Follows the portrait's face across a canvas, in a worker and in the page itself. */
const page = `
import { createRecognizer, createTracker } from 'sdnet';
const portrait = await createImageBitmap(await (await fetch('portrait.jpg')).blob());
const canvas = new OffscreenCanvas(400, 300);
const context = canvas.getContext('2d');
function frame(time) {
  context.fillStyle = '#888';
  context.fillRect(0, 0, 400, 300);
  if (time < 200 || time >= 400) context.drawImage(portrait, 100, 20, 250, 250, 20 + time / 10, 10, 250, 250);
  return canvas;
}
async function followed(options) {
  const recognizer = await createRecognizer({ threads: 1, minimumFace: 60, ...options });
  const tracker = createTracker(recognizer, { smoothing: 100 });
  const frames = [];
  for (let time = 0; time <= 500; time += 100) frames.push(await tracker.next(frame(time), time));
  const code = await tracker.next(frame(0), 0).catch((error) => error.code);
  const [face] = frames.at(-1);
  const explained = (await recognizer.explain(face)).expression;
  // Drawn over before it is answered: what counts is what was shown at the call.
  tracker.reset();
  const late = tracker.next(frame(0), 0);
  context.fillRect(0, 0, 400, 300);
  const [again] = await late;
  await recognizer.release();
  const released = await tracker.next(frame(0), 0).catch((error) => error.code);
  const x = frames.map(([face]) => face && face.box.x);
  const ids = frames.map((faces) => faces.map(({ id }) => id));
  return { ids, x, code, released, explained, expression: face.expression, lag: face.lag, again: again?.id };
}
const [worker, here] = [await followed({}), await followed({ worker: false })];
const device = await createRecognizer({ device: 'webgpu' }).catch(({ code, message }) => ({ code, message }));
console.log(JSON.stringify({ worker, here, device }));
`;

interface Followed {
  readonly ids: readonly (readonly number[])[];
  readonly x: readonly (number | null)[];
  readonly [name: string]: unknown;
}

describe.skipIf(!hasChromium)('createTracker in Chromium', () => {
  let folder: string;
  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'sdnet-tracker-')));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('follows a face in a worker as in the page, through its leaving and coming back', async () => {
    await writeRecognizerPage(folder, page, [], ['samples/portrait.jpg']);
    const { printed, requested } = await visit(folder, join(folder, 'profile'));
    const { worker, here, device } = JSON.parse(printed) as Record<'worker' | 'here' | 'device', Followed>;
    expect(requested).toContain('/recognizer-worker.js');
    expect(worker.ids.slice(0, 4)).toEqual([[1], [1], [], []]);
    expect(worker.ids.at(-1)).toEqual([1]);
    // It has moved by 50 pixels.
    const moved = worker.x.at(-1)! - worker.x[0]!;
    expect(Math.abs(moved - 50)).toBeLessThan(8);
    expect(worker).toMatchObject({
      ...{ code: 'frame-out-of-order', released: 'released' },
      ...{ expression: 'happy', explained: 'happy', again: 2 },
    });
    expect(worker.lag).toBeGreaterThan(20);
    expect(device).toEqual({
      code: 'device-unavailable',
      message: expect.stringContaining('take onnxruntime-web/webgpu for #onnxruntime-web'),
    });
    expect(here.ids).toEqual(worker.ids);
    expect(here.x[0]).toBeCloseTo(worker.x[0]!, 1);
  });
});
