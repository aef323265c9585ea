import { expect, it } from 'vitest';
import { createBatcher } from '../src/engine/batcher.js';
import { WorkerDiedError } from '../src/engine/errors.js';
import type { ImageAnswer, ImageTask } from '../src/engine/messages.js';

const image = (byte: number, cropped = true): ImageTask => ({
  bytes: Uint8Array.of(byte),
  options: { cropped },
});
const answerTo = ({ bytes }: ImageTask): ImageAnswer => ({ width: bytes[0]!, height: 1, faces: [] });

/** A batcher whose jobs end when the test says so. */
function held(workers: number, limit = 100) {
  const jobs: { images: readonly ImageTask[]; end: () => void; fail: (error: Error) => void }[] = [];
  let arrived: (() => void) | undefined;
  const batcher = createBatcher({
    workers,
    limit,
    recognize: (images) =>
      new Promise((resolve, reject) => {
        jobs.push({ images, end: () => resolve(images.map(answerTo)), fail: reject });
        arrived?.();
      }),
  });
  return {
    batcher,
    jobs,
    /** Ends when there have been so many jobs. */
    async until(count: number) {
      while (jobs.length < count) await new Promise<void>((resolve) => (arrived = resolve));
      return jobs.map(({ images }) => images.map(({ bytes }) => bytes[0]!));
    },
  };
}

it('gathers images of several calls, and answers each its own', async () => {
  const { batcher, jobs, until } = held(1);
  const calls = [batcher.recognize([image(1), image(2)]), batcher.recognize([image(3)])];
  expect(await until(1)).toEqual([[1, 2, 3]]);
  jobs[0]!.end();
  expect(await Promise.all(calls)).toEqual([[answerTo(image(1)), answerTo(image(2))], [answerTo(image(3))]]);
});

it('shares among the workers, photos in smaller batches than crops', async () => {
  const { batcher, until } = held(2);
  void batcher.recognize(Array.from({ length: 6 }, (_, index) => image(index)));
  expect(await until(2)).toEqual([
    [0, 1, 2],
    [3, 4, 5],
  ]);
  const photos = held(1);
  void photos.batcher.recognize(Array.from({ length: 10 }, (_, index) => image(index, false)));
  expect((await photos.until(1))[0]).toHaveLength(8);
});

it('has no more jobs than workers, and sends what has waited as soon as one is free', async () => {
  const { batcher, jobs, until } = held(1);
  void batcher.recognize([image(1)]);
  await until(1);
  void batcher.recognize([image(2)]);
  void batcher.recognize([image(3)]);
  expect(batcher.load()).toEqual({ waiting: 2, running: 1, limit: 100 });
  jobs[0]!.end();
  expect(await until(2)).toEqual([[1], [2, 3]]);
});

it('drops from the queue who has left, and throws away what had begun', async () => {
  const { batcher, jobs, until } = held(1);
  const left = new AbortController();
  const begun = batcher.recognize([image(1)], left.signal);
  await until(1);
  const waiting = batcher.recognize([image(2), image(3)], left.signal);
  const stays = batcher.recognize([image(4)]);
  left.abort(new Error('left'));
  await expect(begun).rejects.toThrow('left');
  await expect(waiting).rejects.toThrow('left');
  jobs[0]!.end();
  expect((await until(2))[1]).toEqual([4]);
  jobs[1]!.end();
  expect(await stays).toEqual([answerTo(image(4))]);
  expect(batcher.load()).toMatchObject({ waiting: 0, running: 0 });
});

it('tries each image of a batch alone whose worker died, so that one alone fails', async () => {
  const { batcher, jobs, until } = held(1);
  const calls = [1, 2, 3].map((byte) => batcher.recognize([image(byte)]));
  const settled = Promise.allSettled(calls);
  await until(1);
  jobs[0]!.fail(new WorkerDiedError('of the batch'));
  await until(2);
  jobs[1]!.end();
  await until(3);
  jobs[2]!.fail(new WorkerDiedError('of this one'));
  expect(await until(4)).toEqual([[1, 2, 3], [1], [2], [3]]);
  jobs[3]!.end();
  expect((await settled).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

it('answers the other images of a call in which one ended its process', async () => {
  const { batcher, jobs, until } = held(1);
  const answers = batcher.recognize([1, 2].map((byte) => image(byte)));
  await until(1);
  jobs[0]!.fail(new WorkerDiedError('of the batch'));
  await until(2);
  jobs[1]!.fail(new WorkerDiedError('of this one'));
  await until(3);
  jobs[2]!.end();
  expect(await answers).toEqual([
    { problem: { code: 'worker-failed', message: 'The process that computed this has ended.' } },
    answerTo(image(2)),
  ]);
});

it('refuses more than its limit, and says when there may be room', async () => {
  const { batcher } = held(1, 2);
  void batcher.recognize([image(1), image(2)]);
  await expect(batcher.recognize([image(3)])).rejects.toMatchObject({ name: 'QueueFullError' });
  expect(batcher.retryAfter()).toBeGreaterThanOrEqual(1);
});

it('answers what it has before it closes, and takes nothing more', async () => {
  const { batcher, jobs, until } = held(1);
  const call = batcher.recognize([image(1)]);
  const closed = batcher.close();
  await expect(batcher.recognize([image(2)])).rejects.toMatchObject({ name: 'EngineClosedError' });
  await until(1);
  jobs[0]!.end();
  expect(await call).toEqual([answerTo(image(1))]);
  await closed;
});
