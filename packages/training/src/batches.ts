import { permutation, random } from '@sdnet/autograd';
import { mirror, preprocess, type Preprocessing, type RawImage, UserError } from 'sdnet';
import type { AugmentationSettings } from './augmentation.js';
import type { Augmenter, BatchSource } from './augment-batch.js';
import type { Dataset } from './dataset.js';
import { imageOf } from './image-of.js';
import { mixup } from './mixup.js';
import { randomStreams } from './random-streams.js';
import { cropPlanes, enlargedSize, type View } from './test-time-augmentation.js';

/** How many batches the augmenter is ahead of the training step. */
const prefetch = 3;

export interface Batch {
  /** N×C×size×size, normalised. */
  readonly images: Float32Array;
  /** N×classes: each row a probability distribution, one-hot where the sample has no other and nothing is mixed in. */
  readonly targets: Float32Array;
  /** Of the N samples in the data set. */
  readonly indices: readonly number[];
}

export interface TrainingBatchesOptions {
  readonly dataset: Dataset;
  /** The training samples. */
  readonly indices: readonly number[];
  /** Images a batch. */
  readonly batch: number;
  readonly preprocessing: Omit<Preprocessing, 'size'>;
  readonly augmentation: AugmentationSettings;
  readonly seed: number;
}

export interface EpochOptions {
  /** From 0. */
  readonly epoch: number;
  /** Side of the images, which may change from epoch to epoch. */
  readonly size: number;
}

export interface TrainingBatches {
  /** Batches in an epoch: the last, partial one is dropped. */
  readonly steps: number;
  /** The batches of an epoch, in order. Rejects with what went wrong in the augmenter, and once closed. */
  epoch(options: EpochOptions): AsyncGenerator<Batch, void, undefined>;
  /** Stops the augmenter. */
  close(): Promise<void>;
}

/**
 * Shuffled and augmented batches, prepared ahead by an augmenter (a thread of its own) while the calling thread
 * computes.
 *
 * The order depends on (seed, epoch) alone, an image's augmentation on (seed, epoch, index of its sample) and what is
 * mixed with it on (seed, epoch, number of the batch), so starting at any epoch gives the batches an uninterrupted run
 * would have seen there.
 *
 * Throws `UserError` where there are fewer samples than one batch needs; no augmenter is started then.
 */
export function trainingBatches(
  options: TrainingBatchesOptions,
  startAugmenter: (source: BatchSource) => Augmenter,
): TrainingBatches {
  const { dataset, indices, batch, preprocessing, augmentation, seed } = options;
  requireBatch(dataset, indices, batch);
  const steps = Math.floor(indices.length / batch);
  const { width, height, channels } = dataset;
  const augmenter = startAugmenter({ width, height, channels, preprocessing, augmentation, seed });

  const request = async (
    { epoch, size }: EpochOptions,
    step: number,
    samples: readonly number[],
  ): Promise<Batch> => {
    const images = await augmenter.augmented({
      epoch,
      size,
      indices: samples,
      pixels: gather(dataset, samples),
    });
    const augmented = { images, targets: targetsOf(dataset, samples), indices: samples };
    if (augmentation.mixup === undefined) return augmented;
    return mixup(augmented, { alpha: augmentation.mixup }, random(seed, epoch, step, randomStreams.mixup));
  };

  async function* epochBatches(options: EpochOptions) {
    const order = permutation(indices.length, random(seed, options.epoch, 0, randomStreams.order));
    const ahead: Promise<Batch>[] = [];
    let next = 0;
    const requestAhead = () => {
      while (ahead.length < prefetch && next < steps) {
        const positions = order.subarray(next * batch, (next + 1) * batch);
        const requested = request(
          options,
          next,
          Array.from(positions, (position) => indices[position]!),
        );
        // Its failure is reported where it is awaited; nobody awaits it when the loop is left early.
        requested.catch(() => {});
        ahead.push(requested);
        next++;
      }
    };
    requestAhead();
    while (ahead.length > 0) {
      const ready = await ahead.shift()!;
      requestAhead();
      yield ready;
    }
  }

  return { steps, epoch: epochBatches, close: augmenter.close };
}

/** Throws a `UserError` where there are fewer training images than one batch needs. */
export function requireBatch({ name }: Dataset, indices: readonly number[], batch: number): void {
  if (indices.length < batch)
    throw new UserError(
      `${name}: ${indices.length} training image(s) do not fill one batch of ${batch}. Choose a smaller batch size.`,
    );
}

export interface EvaluationBatchesOptions extends Preprocessing {
  /** Images a batch. */
  readonly batch: number;
  /** How every image is looked at; default: whole, as it is. */
  readonly view?: View;
}

/** The images at `indices` in that order, as they are. The last batch has what is left. */
export function* evaluationBatches(
  dataset: Dataset,
  indices: readonly number[],
  { batch, view = { mirrored: false }, ...preprocessing }: EvaluationBatchesOptions,
): Generator<Batch, void, undefined> {
  const { size, channels } = preprocessing;
  for (let start = 0; start < indices.length; start += batch) {
    const samples = indices.slice(start, start + batch);
    const images = new Float32Array(samples.length * channels * size * size);
    for (const [slot, index] of samples.entries()) {
      images.set(viewed(imageOf(dataset, index), preprocessing, view), slot * channels * size * size);
    }
    if (view.mirrored) mirror(images, size);
    yield { images, targets: targetsOf(dataset, samples), indices: samples };
  }
}

function viewed(image: RawImage, preprocessing: Preprocessing, { crop }: View): Float32Array {
  if (!crop) return preprocess(image, preprocessing);
  const { size } = preprocessing;
  const side = enlargedSize(size);
  return cropPlanes(preprocess(image, { ...preprocessing, size: side }), side, size, crop);
}

/** The source images of a batch, one after another. */
function gather(dataset: Dataset, samples: readonly number[]): Uint8Array<ArrayBuffer> {
  const stride = dataset.width * dataset.height * dataset.channels;
  const pixels = new Uint8Array(samples.length * stride);
  for (const [slot, index] of samples.entries()) pixels.set(imageOf(dataset, index).pixels, slot * stride);
  return pixels;
}

function targetsOf({ samples, classNames }: Dataset, indices: readonly number[]): Float32Array {
  const targets = new Float32Array(indices.length * classNames.length);
  for (const [row, index] of indices.entries()) {
    const { label, distribution } = samples[index]!;
    if (distribution) targets.set(distribution, row * classNames.length);
    else targets[row * classNames.length + label] = 1;
  }
  return targets;
}
