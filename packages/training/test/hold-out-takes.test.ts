import { describe, expect, it } from 'vitest';
import type { Dataset, Sample } from '../src/dataset.js';
import { holdOutTakes } from '../src/hold-out-takes.js';

const dataset = (samples: readonly Omit<Sample, 'source'>[], classNames = ['a', 'b']): Dataset => ({
  name: 'takes',
  classNames,
  ...{ width: 1, height: 1, channels: 1, pixels: new Uint8Array(samples.length) },
  samples: samples.map((sample, index) => ({ source: `image ${index}`, ...sample })),
});
const frames = (count: number, sample: Omit<Sample, 'source'>) =>
  Array(count).fill(sample) as (typeof sample)[];

describe('holdOutTakes', () => {
  it('keeps the frames of a take together, and holds out about the share', () => {
    const takes = dataset(
      ['1', '2', '3', '4'].flatMap((sequence) => [
        ...frames(10, { label: 0, sequence: `a${sequence}` }),
        ...frames(5, { label: 1, sequence: `b${sequence}` }),
      ]),
    );
    const drawn = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const { train, validation } = holdOutTakes(takes, { seed });
      expect([...train, ...validation].sort((a, b) => a - b)).toEqual([...takes.samples.keys()]);
      const of = (indices: readonly number[]) =>
        new Set(indices.map((index) => takes.samples[index]!.sequence!));
      const held = of(validation);
      expect([...of(train)].filter((take) => held.has(take))).toEqual([]);
      expect(validation).toHaveLength(15);
      drawn.add([...held].join());
      expect(holdOutTakes(takes, { seed })).toEqual({ train, validation });
    }
    expect(drawn.size).toBeGreaterThan(3);
  });

  it('takes an image without a take for one of its own', () => {
    const { train, validation } = holdOutTakes(
      dataset([...frames(20, { label: 0 }), ...frames(2, { label: 1 })]),
      { seed: 1 },
    );
    expect([train.length, validation.length]).toEqual([16, 6]);
  });

  it('keeps official splits, and draws only for classes that have none held out', () => {
    const { validation } = holdOutTakes(
      dataset([
        ...frames(3, { label: 0, split: 'train' }),
        ...frames(1, { label: 0, split: 'test' }),
        ...frames(4, { label: 1, split: 'train' }),
      ]),
      { seed: 1 },
    );
    expect(validation.filter((index) => index < 4)).toEqual([3]);
    expect(validation).toHaveLength(2);
  });

  it.each([
    ['The class b has no images', frames(4, { label: 0 })],
    [
      'The class b has one take only',
      [...frames(4, { label: 0 }), ...frames(9, { label: 1, sequence: 'x' })],
    ],
    [
      'All 2 images of the class b are for validation',
      [...frames(4, { label: 0 }), ...frames(2, { label: 1, split: 'validation' as const })],
    ],
  ])('says: %s', (message, samples) => {
    expect(() => holdOutTakes(dataset(samples), { seed: 0 })).toThrow(message);
  });
});
