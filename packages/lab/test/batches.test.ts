import { execFile } from 'node:child_process';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { random } from '@sdnet/autograd';
import { preprocess } from 'sdnet';
import { afterEach, describe, expect, it } from 'vitest';
// The worker is a file of its own, so it runs as it is built.
import {
  type Batch,
  evaluationBatches,
  type TrainingBatches,
  type TrainingBatchesOptions,
  trainingBatches,
} from '../dist/batches.js';
import { augment, augmentationSettings } from '../src/augmentation.js';
import type { Dataset } from '../src/datasets/dataset.js';
import { imageOf } from '../src/image-of.js';
import { randomStreams } from '../src/random-streams.js';

const count = 50;
const noise = random(1);
const dataset: Dataset = {
  name: 'noise',
  classNames: ['a', 'b', 'c'],
  width: 12,
  height: 12,
  channels: 1,
  pixels: Uint8Array.from({ length: count * 144 }, () => noise.integer(256)),
  samples: Array.from({ length: count }, (_, index) => ({
    source: `image ${index}`,
    label: index % 3,
    ...(index === 7 && { distribution: [0.25, 0.75, 0] }),
  })),
};
/** All but the first two. */
const indices = Array.from({ length: count - 2 }, (_, index) => index + 2);
const preprocessing = { channels: 1, mean: 0.5, deviation: 0.25 } as const;
const augmentation = augmentationSettings.parse({
  horizontalFlip: 0.5,
  rotationDegrees: 15,
  shift: 0.1,
  contrast: 0.2,
});

const open: TrainingBatches[] = [];
function start(options: Partial<TrainingBatchesOptions> = {}): TrainingBatches {
  const batches = trainingBatches({
    dataset,
    indices,
    batch: 10,
    preprocessing,
    augmentation,
    seed: 5,
    ...options,
  });
  open.push(batches);
  return batches;
}
afterEach(async () => {
  for (const batches of open.splice(0)) await batches.close();
});

async function collect(source: AsyncIterable<Batch>): Promise<Batch[]> {
  const all: Batch[] = [];
  for await (const batch of source) all.push(batch);
  return all;
}

describe('trainingBatches', () => {
  it('visits each sample at most once an epoch, in an order of the epoch, and drops the partial batch', async () => {
    const batches = start();
    const epochs = [
      await collect(batches.epoch({ epoch: 0, size: 17 })),
      await collect(batches.epoch({ epoch: 1, size: 17 })),
    ];
    const orders = epochs.map((epoch) => epoch.flatMap((batch) => batch.indices));
    expect(batches.steps).toBe(4);
    for (const order of orders) {
      expect(order.length).toBe(40);
      expect(new Set(order).size).toBe(40);
      for (const index of order) expect(indices).toContain(index);
      expect(order).not.toEqual([...order].sort((a, b) => a - b));
    }
    expect(orders[0]).not.toEqual(orders[1]);
  });

  it('augments each image by (seed, epoch, index) and nothing else', async () => {
    const size = 17;
    for (const batch of await collect(start().epoch({ epoch: 3, size }))) {
      const expected = new Float32Array(10 * size * size);
      for (const [slot, index] of batch.indices.entries()) {
        augment(
          imageOf(dataset, index),
          { ...preprocessing, size },
          augmentation,
          random(5, 3, index, randomStreams.augmentation),
          expected.subarray(slot * size * size),
        );
      }
      expect(batch.images).toEqual(expected);
    }
  });

  it('gives the same batches when started in the middle and after an epoch left early, others with another seed', async () => {
    const whole = await collect(start().epoch({ epoch: 2, size: 12 }));
    const batches = start();
    for await (const _ of batches.epoch({ epoch: 1, size: 24 })) break;
    expect(await collect(batches.epoch({ epoch: 2, size: 12 }))).toEqual(whole);
    const other = await collect(start({ seed: 6 }).epoch({ epoch: 2, size: 12 }));
    expect(other[0]!.indices).not.toEqual(whole[0]!.indices);
  });

  it('has one-hot targets, or the distribution of the sample', async () => {
    for (const { indices: chosen, targets } of await collect(start().epoch({ epoch: 0, size: 8 }))) {
      const expected = chosen.flatMap((index) =>
        index === 7 ? [0.25, 0.75, 0] : [0, 1, 2].map((label) => Number(label === index % 3)),
      );
      expect([...targets]).toEqual(expected);
    }
  });

  it('runs ahead while the calling thread is busy', async () => {
    const many = [...indices, ...indices, ...indices];
    const run = start({ batch: 20, indices: many }).epoch({ epoch: 0, size: 200 });
    await run.next();
    const end = performance.now() + 600;
    while (performance.now() < end);
    // One batch takes the worker some ten milliseconds, these turns of the event loop a fraction of one.
    let arrived = 0;
    for (let ahead = 0; ahead < 3; ahead++) run.next().then(() => arrived++);
    for (let turn = 0; turn < 3; turn++) await setImmediate();
    expect(arrived).toBe(3);
    await run.return(undefined);
  });

  it('rejects with what went wrong in the worker, also afterwards', async () => {
    const batches = start();
    await expect(collect(batches.epoch({ epoch: 0, size: 1.5 }))).rejects.toThrow('1.5×1.5');
    await expect(collect(batches.epoch({ epoch: 0, size: 8 }))).rejects.toThrow('1.5×1.5');
  });

  it('rejects once closed, and closes twice', async () => {
    const batches = start();
    const run = batches.epoch({ epoch: 0, size: 8 });
    await run.next();
    const rejected = expect(collect(run)).rejects.toThrow('closed');
    await batches.close();
    await rejected;
    await batches.close();
  });

  it('needs samples for one batch', () => {
    expect(() => start({ batch: 64 })).toThrow('48 training image(s) do not fill one batch of 64');
  });

  it('neither keeps a process alive nor lets it end while a batch is awaited', async () => {
    const program = `
      import { trainingBatches } from ${JSON.stringify(new URL('../dist/batches.js', import.meta.url).href)};
      const dataset = { name: 'blank', classNames: ['a'], width: 4, height: 4, channels: 1,
        pixels: new Uint8Array(64), samples: Array(4).fill({ source: '', label: 0 }) };
      const batches = trainingBatches({ dataset, indices: [0, 1, 2, 3], batch: 1, seed: 1,
        preprocessing: { channels: 1, mean: 0, deviation: 1 }, augmentation: {} });
      let seen = 0;
      for await (const batch of batches.epoch({ epoch: 0, size: 4 })) if (++seen === 2) break;
      console.log(seen);`;
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
      timeout: 20_000,
    });
    expect((await run).stdout).toBe('2\n');
  });
});

describe('evaluationBatches', () => {
  const options = { ...preprocessing, size: 16, batch: 20 };

  it('has every image once, in order, preprocessed and no more', () => {
    const batches = [...evaluationBatches(dataset, indices, options)];
    expect(batches.map((batch) => batch.indices.length)).toEqual([20, 20, 8]);
    expect(batches.flatMap((batch) => batch.indices)).toEqual(indices);
    for (const batch of batches) {
      const expected = batch.indices.flatMap((index) => [
        ...preprocess(imageOf(dataset, index), { ...preprocessing, size: 16 }),
      ]);
      expect(batch.images).toEqual(new Float32Array(expected));
      expect(batch.targets.length).toBe(batch.indices.length * 3);
    }
  });

  it('mirrors', () => {
    const [plain] = evaluationBatches(dataset, indices, options);
    const [mirrored] = evaluationBatches(dataset, indices, { ...options, mirrored: true });
    const turned = plain!.images.map((_, index) => plain!.images[index - (index % 16) + 15 - (index % 16)]!);
    expect(mirrored!.images).toEqual(turned);
  });
});
