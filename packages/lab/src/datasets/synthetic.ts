import { random } from '@sdnet/autograd';
import {
  type Dataset,
  expressions,
  randomStreams,
  type Sample,
  type Split,
  UserError,
} from '@sdnet/training';
import type { Canvas } from './rasterise.js';
import { drawFace } from './synthetic-face.js';

/** Standard normal numbers, shared by all images: each reads them from another place. */
const noiseLength = 1 << 16;

/** Width and height in pixels. */
const size = 48;

export interface SyntheticOptions {
  /** Images of each class: a tenth of them validation, a tenth test, the rest training. At least 10, default 300. */
  readonly samplesPerClass?: number | undefined;
  /** Fraction 0 … 1 of the class disgust that is missing from the training images. Default 0. */
  readonly imbalance?: number | undefined;
  /** An integer, 0 ≤ seed < 2^53. Default 0. */
  readonly seed?: number | undefined;
}

/**
 * Grey faces drawn by code, with FER2013's seven classes and three splits: a data set for whoever has none.
 * Brows, eyes, nose and mouth show the expression; person, strength, pose, light and noise vary. The same
 * options always give the same bytes, and whatever the number of images, the first of each class and split are
 * the same.
 *
 * Throws a `UserError` where an option is out of its range.
 */
export function syntheticFaces({
  samplesPerClass = 300,
  imbalance = 0,
  seed = 0,
}: SyntheticOptions = {}): Dataset {
  if (!(Number.isInteger(samplesPerClass) && samplesPerClass >= 10)) {
    throw new UserError(`samplesPerClass is ${samplesPerClass}; a whole number from 10 was expected.`);
  }
  if (!(imbalance >= 0 && imbalance <= 1)) {
    throw new UserError(`imbalance is ${imbalance}; a number from 0 to 1 was expected.`);
  }
  const tenth = Math.floor(samplesPerClass / 10);
  const training = samplesPerClass - 2 * tenth;
  const counts: Record<Split, number> = { train: training, validation: tenth, test: tenth };
  const trainingDisgust = Math.max(1, Math.round(training * (1 - imbalance)));

  const samples = Object.entries(counts).flatMap(([split, count]) =>
    expressions.flatMap((expression, label) => {
      const drawn = split === 'train' && expression === 'disgust' ? trainingDisgust : count;
      return Array.from({ length: drawn }, (_, index) => ({
        source: `${split}/${expression}/${index}`,
        label,
        split: split as Split,
        index,
      }));
    }),
  );

  const normal = random(seed, 0, 0, randomStreams.syntheticNoise).normal;
  const noise = Float32Array.from({ length: noiseLength }, normal);
  const pixels = new Uint8Array(samples.length * size * size);
  const canvas: Canvas = { size, levels: new Float32Array(size * size) };
  const splitKeys: Record<Split, number> = { train: 0, validation: 1, test: 2 };
  for (const [position, { label, split, index }] of samples.entries()) {
    const stream = random(seed, label * 3 + splitKeys[split], index, randomStreams.syntheticFaces);
    drawFace(canvas, expressions[label]!, stream);
    const deviation = 0.02 + 0.04 * stream.uniform();
    const noiseStart = stream.integer(noiseLength);
    const image = pixels.subarray(position * size * size, (position + 1) * size * size);
    for (let pixel = 0; pixel < image.length; pixel++) {
      const level = canvas.levels[pixel]! + deviation * noise[(noiseStart + pixel) % noiseLength]!;
      image[pixel] = Math.round(255 * Math.min(1, Math.max(0, level)));
    }
  }
  return {
    name: 'synthetic',
    classNames: expressions,
    width: size,
    height: size,
    channels: 1,
    pixels,
    samples: samples.map(({ index: _, ...sample }): Sample => sample),
  };
}
