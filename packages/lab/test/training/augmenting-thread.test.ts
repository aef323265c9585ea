import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { augmentationSettings, augmentBatch, type Augmenter, type BatchSource } from '@sdnet/training';
import { afterEach, describe, expect, it } from 'vitest';
// The worker is a file of its own, so it runs as it is built.
import { startAugmentingThread } from '../../dist/training/augmenting-thread.js';

const source: BatchSource = {
  width: 12,
  height: 12,
  channels: 1,
  preprocessing: { channels: 1, mean: 0.5, deviation: 0.25 },
  augmentation: augmentationSettings.parse({ horizontalFlip: 0.5, rotationDegrees: 15, shift: 0.1 }),
  seed: 5,
};
/** Two images; asking gives the pixels away. */
const request = (size = 8) => ({
  epoch: 3,
  size,
  indices: [7, 4],
  pixels: Uint8Array.from({ length: 288 }, (_, index) => (index * 37) % 256),
});

const open: Augmenter[] = [];
function start(): Augmenter {
  const augmenter = startAugmentingThread(source);
  open.push(augmenter);
  return augmenter;
}
afterEach(async () => {
  for (const augmenter of open.splice(0)) await augmenter.close();
});

describe('startAugmentingThread', () => {
  it('answers each request with the images of augmentBatch', async () => {
    const augmenter = start();
    const answers = await Promise.all([8, 16, 9].map((size) => augmenter.augmented(request(size))));
    expect(answers).toEqual([8, 16, 9].map((size) => augmentBatch(source, request(size))));
  });

  it('rejects with what went wrong in the worker, also afterwards', async () => {
    const augmenter = start();
    await expect(augmenter.augmented(request(1.5))).rejects.toThrow('1.5×1.5');
    await expect(augmenter.augmented(request())).rejects.toThrow('1.5×1.5');
  });

  it('rejects once closed, and closes twice', async () => {
    const augmenter = start();
    const rejected = expect(augmenter.augmented(request())).rejects.toThrow('closed');
    await augmenter.close();
    await rejected;
    await expect(augmenter.augmented(request())).rejects.toThrow('closed');
    await augmenter.close();
  });

  it('neither keeps a process alive nor lets it end while a batch is awaited', async () => {
    const module = new URL('../../dist/training/augmenting-thread.js', import.meta.url).href;
    const program = `
      import { startAugmentingThread } from ${JSON.stringify(module)};
      const augmenter = startAugmentingThread(${JSON.stringify(source)});
      const { length } = await augmenter.augmented({ epoch: 0, size: 4, indices: [0], pixels: new Uint8Array(144) });
      console.log(length);`;
    // The thread is never closed: the process ends all the same.
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
    expect((await run).stdout).toBe('16\n');
  });
});
