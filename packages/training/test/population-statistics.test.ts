import { initialize, random } from '@sdnet/autograd';
import { nodeRuntime } from '@sdnet/autograd/node';
import { layoutsOf, namedTensors, type NetworkDescription, preprocess, type Weights } from 'sdnet';
import { describe, expect, it } from 'vitest';
import type { Dataset } from '../src/dataset.js';
import { imageOf } from '../src/image-of.js';
import { populationStatistics } from '../src/population-statistics.js';

const size = 24;
const count = 40;
const source = random(11);

/** Noise around a grey of its own each. */
const dataset: Dataset = {
  name: 'greys',
  classNames: ['dark', 'bright'],
  ...{ width: size, height: size, channels: 1 },
  pixels: Uint8Array.from(
    { length: count * size * size },
    (_, pixel) => 5 * Math.floor(pixel / (size * size)) + source.integer(50),
  ),
  samples: Array.from({ length: count }, (_, index) => ({
    source: `image ${index}`,
    label: index < 20 ? 0 : 1,
  })),
};
const indices = [...dataset.samples.keys()];
const description: NetworkDescription = {
  model: 'shufflenet-v2',
  classNames: dataset.classNames,
  preprocessing: { size, channels: 1, mean: 0.5, deviation: 0.25 },
};
const { parameters, statistics } = layoutsOf(description);
const weights: Weights = {
  ...description,
  parameters: initialize(parameters, 1),
  statistics: initialize(statistics, 1),
};
const measured = async (options: { batch: number; seed?: number }) => {
  const found = await populationStatistics(nodeRuntime, weights, dataset, indices, {
    ...options,
    threads: 1,
  });
  const tensors = namedTensors({ ...weights, statistics: found });
  return { found, tensor: (name: string) => tensors.get(name)!.data };
};

/** What the first convolution makes of the images: one list of values of each channel. */
function stemOutputs(): number[][] {
  const [name, { data, shape }] = [...namedTensors(weights)][0]!;
  expect(name).toBe('conv1.conv.weight');
  const [channels, , kernel] = shape as [number, number, number];
  const stride = 2;
  const outputSize = Math.floor((size + 2 - kernel) / stride) + 1;
  return Array.from({ length: channels }, (_, channel) =>
    indices.flatMap((index) => {
      const image = preprocess(imageOf(dataset, index), description.preprocessing);
      return Array.from({ length: outputSize ** 2 }, (__, position) => {
        let sum = 0;
        for (let i = 0; i < kernel; i++)
          for (let j = 0; j < kernel; j++) {
            const y = Math.floor(position / outputSize) * stride + i - 1;
            const x = (position % outputSize) * stride + j - 1;
            if (y >= 0 && y < size && x >= 0 && x < size)
              sum += data[(channel * kernel + i) * kernel + j]! * image[y * size + x]!;
          }
        return sum;
      });
    }),
  );
}

describe('populationStatistics', () => {
  it('are those of the images themselves where one batch holds all of them', async () => {
    const { tensor } = await measured({ batch: count });
    for (const [channel, values] of stemOutputs().entries()) {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
      expect(tensor('conv1.norm.running_mean')[channel]).toBeCloseTo(mean, 4);
      expect(tensor('conv1.norm.running_var')[channel]! / variance).toBeCloseTo(1, 4);
    }
  });

  it('are a mean over batches, of images in an order that the seed decides', async () => {
    const { tensor, found } = await measured({ batch: 10 });
    for (const [channel, values] of stemOutputs().entries()) {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      expect(tensor('conv1.norm.running_mean')[channel]).toBeCloseTo(mean, 4);
    }
    expect((await measured({ batch: 10, seed: 0 })).found).toEqual(found);
    expect((await measured({ batch: 10, seed: 1 })).found).not.toEqual(found);
  });

  it('need as many images as fill a batch', async () => {
    await expect(measured({ batch: count + 1 })).rejects.toThrow('do not fill one batch');
  });
});
