import { describe, expect, it } from 'vitest';
import { compileBatchStatistics, dropout, dropoutMask, flatten, type Network, within } from '../src/index.js';
import { nodeRuntime } from '../src/node.js';
import { mapOf } from './operand.js';
import { batchNorm } from './small-network.js';

const [batch, channels, side] = [6, 3, 5] as const;

/** Batch norm, whose γ and β are 2 and 0.5, and once more behind it, then dropout. */
const network: Network = (images, scope) => {
  const twice = batchNorm(batchNorm(images, within(scope, 'first')), within(scope, 'second'));
  const features = flatten(twice);
  return dropout(features, dropoutMask(scope, features.shape as readonly number[], 0.5));
};

describe('compileBatchStatistics', () => {
  it('has mean and unbiased variance of each channel, and of what batch norm made of them', async () => {
    const compiled = compileBatchStatistics(network, [channels, side, side], batch);
    const parameters = new Float32Array(compiled.parameters.length);
    for (const { name, offset, size } of compiled.parameters.entries)
      parameters.fill(name.endsWith('gamma') ? 2 : 0.5, offset, offset + size);
    const images = mapOf([batch, channels, side, side]);
    const session = await nodeRuntime.createSession(compiled.model, { threads: 1 });
    const { statistics } = await session.run({
      images: { shape: images.shape, data: images.data },
      parameters: { shape: [parameters.length], data: parameters },
    });
    await session.release();

    const found = (name: string) => {
      const { offset, size } = compiled.statistics.entries.find((entry) => entry.name === name)!;
      return statistics!.data.subarray(offset, offset + size);
    };
    for (let channel = 0; channel < channels; channel++) {
      const values = [...images.data].filter(
        (_, index) => Math.floor(index / side ** 2) % channels === channel,
      );
      const count = values.length;
      const mean = values.reduce((sum, value) => sum + value, 0) / count;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
      const unbiased = count / (count - 1);
      expect(found('first.mean')[channel]).toBeCloseTo(mean, 6);
      expect(found('first.variance')[channel]).toBeCloseTo(variance * unbiased, 5);
      expect(found('second.mean')[channel]).toBeCloseTo(0.5, 6);
      expect(found('second.variance')[channel]).toBeCloseTo(
        ((4 * variance) / (variance + 1e-5)) * unbiased,
        4,
      );
    }
  });

  it('refuses a network without batch norm', () => {
    expect(() => compileBatchStatistics((images) => flatten(images), [channels, side, side], batch)).toThrow(
      'no batch norm',
    );
  });
});
