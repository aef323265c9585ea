import { random } from '@sdnet/autograd';
import { preprocess } from 'sdnet';
import { afterEach, describe, expect, it } from 'vitest';
import { augmentBatch } from '../src/augment-batch.js';
import { augment, augmentationSettings } from '../src/augmentation.js';
import {
  type Batch,
  evaluationBatches,
  type TrainingBatches,
  trainingBatches,
  type TrainingBatchesOptions,
} from '../src/batches.js';
import type { Dataset } from '../src/dataset.js';
import { imageOf } from '../src/image-of.js';
import { mixup } from '../src/mixup.js';
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
  const batches = trainingBatches(
    { dataset, indices, batch: 10, preprocessing, augmentation, seed: 5, ...options },
    (source) => ({ augmented: async (request) => augmentBatch(source, request), close: async () => {} }),
  );
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

  it('mixes images and targets by (seed, epoch, batch) and nothing else', async () => {
    const mixing = { augmentation: { ...augmentation, mixup: 0.4 } };
    const plain = await collect(start().epoch({ epoch: 3, size: 9 }));
    const mixed = await collect(start(mixing).epoch({ epoch: 3, size: 9 }));
    for (const [step, batch] of plain.entries())
      expect(mixed[step]).toEqual(mixup(batch, { alpha: 0.4 }, random(5, 3, step, randomStreams.mixup)));
    const batches = start(mixing);
    for await (const _ of batches.epoch({ epoch: 1, size: 9 })) break;
    expect(await collect(batches.epoch({ epoch: 3, size: 9 }))).toEqual(mixed);
  });

  it('has three batches in preparation before the first is taken', async () => {
    const asked: (readonly number[])[] = [];
    const batches = trainingBatches(
      { dataset, indices, batch: 10, preprocessing, augmentation, seed: 5 },
      (source) => ({
        augmented: async (request) => {
          asked.push(request.indices);
          return augmentBatch(source, request);
        },
        close: async () => {},
      }),
    );
    const run = batches.epoch({ epoch: 0, size: 8 });
    const first = await run.next();
    // The first one, and three more while the step of the first is computed.
    expect(asked).toHaveLength(4);
    expect(first.value).toMatchObject({ indices: asked[0] });
    await run.return(undefined);
  });

  it('rejects with what went wrong in the augmenter', async () => {
    await expect(collect(start().epoch({ epoch: 0, size: 1.5 }))).rejects.toThrow('1.5×1.5');
  });

  it('needs samples for one batch', () => {
    expect(() => start({ batch: 64 })).toThrow('48 training image(s) do not fill one batch of 64');
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
    const [mirrored] = evaluationBatches(dataset, indices, { ...options, view: { mirrored: true } });
    const turned = plain!.images.map((_, index) => plain!.images[index - (index % 16) + 15 - (index % 16)]!);
    expect(mirrored!.images).toEqual(turned);
  });
});
