import { initialize } from '@sdnet/autograd';
import { describe, expect, it } from 'vitest';
import {
  decodeWeights,
  encodeWeights,
  inspect,
  layoutsOf,
  type NetworkDescription,
  namedTensors,
  type Variant,
} from '../src/index.js';

const counted = (variant?: Variant) => inspect('sdnet', { classes: 7, channels: 1, size: 68, variant });
const names = (variant?: Variant) => counted(variant).layers.map(({ name }) => name);

/** A separable convolution: a 3×3 kernel for each input, then 1×1; no bias. */
const separable = (inputs: number, outputs: number) => 9 * inputs + inputs * outputs;
/** Layers of a dense block that add `growth` channels each: BN, 1×1 to 4 · growth, BN, separable. */
function denseBlock(inputs: number, growth: number, layers: number): number {
  let count = 0;
  for (let seen = inputs; seen < inputs + layers * growth; seen += growth)
    count += 2 * seen + seen * 4 * growth + 2 * 4 * growth + separable(4 * growth, growth);
  return count;
}

describe('the variants of SDNet', () => {
  const whole = counted().parameters;

  it('without CBAM lacks its MLP and its convolution', () => {
    // 864 channels, reduced by 16 and expanded; a 7×7 kernel over two maps.
    const hidden = 54;
    const cbam = names().filter((name) => name.startsWith('head.cbam'));
    const own = counted().layers.filter(({ name }) => cbam.includes(name));
    const counts = own.reduce((sum, { parameters }) => sum + parameters, 0);
    expect(counts).toBeGreaterThanOrEqual(2 * 864 * hidden + 2 * 49);
    expect(counts).toBeLessThanOrEqual(2 * 864 * hidden + hidden + 864 + 2 * 49 + 1);
    expect(counted('without-cbam').parameters).toBe(whole - counts);
    expect(names('without-cbam')).toEqual(names().filter((name) => !cbam.includes(name)));
  });

  it('without dense blocks has one separable convolution for each, with as many outputs', () => {
    const stages = [
      [64, 24, 2],
      [192, 32, 6],
      [480, 48, 8],
    ] as const;
    const difference = stages.reduce(
      (sum, [inputs, growth, layers]) =>
        sum + denseBlock(inputs, growth, layers) - (2 * inputs + separable(inputs, inputs + layers * growth)),
      0,
    );
    expect(counted('without-dense-blocks').parameters).toBe(whole - difference);
    expect(names('without-dense-blocks').filter((name) => name.includes('dense'))).toEqual([]);
  });

  it('without residuals lacks the projections', () => {
    // From 48, 112 and 384 channels, with batch norm.
    const projections = 48 * 64 + 2 * 64 + 112 * 192 + 2 * 192 + 384 * 480 + 2 * 480;
    expect(counted('without-residuals').parameters).toBe(whole - projections);
    expect(names('without-residuals')).toEqual(names().filter((name) => !name.includes('shortcut')));
  });

  it.each(['without-cbam', 'without-dense-blocks', 'without-residuals'] as const)(
    'are in the weights: %s',
    async (variant) => {
      const description: NetworkDescription = {
        model: 'sdnet',
        classNames: ['happy', 'sad'],
        preprocessing: { size: 32, channels: 1, mean: 0.5, deviation: 0.25 },
        variant,
      };
      const layouts = layoutsOf(description);
      const weights = {
        ...description,
        parameters: initialize(layouts.parameters, 1),
        statistics: initialize(layouts.statistics, 1),
      };
      const read = await decodeWeights(await encodeWeights(weights));
      expect(read.variant).toBe(variant);
      expect([...namedTensors(read).keys()]).toEqual([...namedTensors(weights).keys()]);
    },
  );

  it('are no others, and of no other network', () => {
    const options = { classes: 7, channels: 1, size: 68 } as const;
    expect(() => inspect('sdnet', { ...options, variant: 'without-stem' as Variant })).toThrow(
      'the variant without-stem; one of without-cbam, without-dense-blocks, without-residuals or none is expected.',
    );
    expect(() => inspect('ghostnet', { ...options, variant: 'without-cbam' })).toThrow(
      'ghostnet has no variant without-cbam',
    );
  });
});
