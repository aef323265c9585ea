import { classCounts, samplesOfSplit, UserError } from '@sdnet/training';
import { describe, expect, it, vi } from 'vitest';
import yargs from 'yargs';
import { datasetOf, datasetOptions } from '../../src/cli/options.js';
import { UsageError } from '../../src/cli/usage-error.js';
import { syntheticFaces } from '../../src/datasets/synthetic.js';
import { put, temporaryFolder } from '../support/temporary-folder.js';

/** The data set that a command line names. */
const load = async (...args: string[]) =>
  datasetOf(await yargs(args).options(datasetOptions).strict().parseAsync());

describe('--samples and --imbalance', () => {
  const synthetic = ['--dataset', 'synthetic'];

  it('draw so many faces, fewer of disgust to train on', async () => {
    const dataset = await load(...synthetic, '--samples', '20', '--imbalance', '0.75', '--data-seed', '4');
    expect(dataset).toEqual(syntheticFaces({ samplesPerClass: 20, imbalance: 0.75, seed: 4 }));
    const counts = (split: 'train' | 'test') => classCounts(dataset, samplesOfSplit(dataset, split));
    expect(counts('train')).toEqual([16, 4, 16, 16, 16, 16, 16]);
    expect(counts('test')).toEqual(Array(7).fill(2));
  });

  it('may be given alone', async () => {
    expect((await load(...synthetic, '--samples', '10')).samples).toHaveLength(70);
    expect((await load(...synthetic, '--imbalance', '0.5')).samples).toHaveLength(2100 - 120);
  });

  it.each([
    ['--samples', '10'],
    ['--imbalance', '0'],
  ])('%s %s is refused by other data sets', async (option, value) => {
    const loading = load('--dataset', 'fer2013', '--data', temporaryFolder(), option, value);
    await expect(loading).rejects.toThrow(
      'The data set fer2013 takes no option samples or imbalance, which is for synthetic. Leave it out.',
    );
    await expect(loading).rejects.toBeInstanceOf(UserError);
  });

  it.each([
    ['--samples', '9', '--samples 9: a whole number from 10 to 20000 is expected.'],
    ['--samples', '12.5', '--samples 12.5: a whole number from 10 to 20000 is expected.'],
    ['--samples', '1e7', '--samples 10000000: a whole number from 10 to 20000 is expected.'],
    ['--imbalance', '1.5', '--imbalance 1.5: a number from 0 to 1 is expected.'],
    ['--imbalance', 'x', '--imbalance NaN: a number from 0 to 1 is expected.'],
  ])('%s %s is refused', async (option, value, message) => {
    const loading = load(...synthetic, option, value);
    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.toBeInstanceOf(UsageError);
  });
});

it('the first reading of a CSV file shows each percentage once', async () => {
  vi.stubEnv('SDNET_CACHE', temporaryFolder());
  const shown = vi.spyOn(console, 'error').mockImplementation(() => {});
  // Some megabytes, so that it is read in several pieces, of which each has many rows.
  const image = Array.from({ length: 2304 }, (_, index) => 100 + (index % 150)).join(' ');
  const rows = ['Training', 'PublicTest'].flatMap((usage) =>
    Array<string>(200).fill(`0,${image},${usage}\n`),
  );
  const file = put(temporaryFolder(), 'fer2013.csv', `emotion,pixels,Usage\n${rows.join('')}`);
  await load('--dataset', 'fer2013', '--data', file);
  const lines = shown.mock.calls.map(([line]) => String(line));
  shown.mockRestore();
  vi.unstubAllEnvs();
  expect(lines.length).toBeGreaterThan(1);
  expect(new Set(lines).size).toBe(lines.length);
  for (const line of lines) expect(line).toMatch(/^Reading fer2013: \d+ %$/);
  expect(lines.at(-1)).toBe('Reading fer2013: 100 %');
});
