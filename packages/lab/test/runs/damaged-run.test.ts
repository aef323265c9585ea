import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeSafetensors, encodeSafetensors, type NamedTensor } from '@sdnet/autograd';
import { recipeNamed, UserError } from '@sdnet/training';
import { readWeights } from 'sdnet';
import { beforeAll, describe, expect, it } from 'vitest';
import { fuzzCount, reportFuzz } from '../../../../test/support/fuzzing.js';
import { readCheckpoint, writeCheckpoint } from '../../src/runs/checkpoint.js';
import { readRunRecord, saveRunRecord } from '../../src/runs/run-record.js';
import { readFold, saveFold } from '../../src/runs/save-fold.js';
import { writeWeights } from '../../src/runs/write-weights.js';
import { refusal } from '../support/refusal.js';
import { suiteFolder } from '../support/suite-folder.js';
import { put } from '../support/temporary-folder.js';
import { untrainedWeights } from '../support/untrained-weights.js';

/** Damaged copies of each file. */
const copies = fuzzCount(60);

const folder = suiteFolder();
const file = (name: string) => join(folder, name);
const digest = '0'.repeat(64);
const recipe = recipeNamed('paper');
const configuration = {
  network: {
    model: 'mobilenet-v3-small',
    classNames: ['a', 'b'],
    preprocessing: { size: 32, channels: 1, mean: 0.5, deviation: 0.25 },
    tensors: digest,
  },
  recipe,
  seed: 3,
  dataset: { name: 'synthetic', train: 20, validation: 4, content: digest },
  fineTuned: false,
};
const history = [1, 2].map((epoch) => ({
  epoch,
  size: 32,
  learningRate: 0.001,
  loss: 2 / epoch,
  trainingAccuracy: 0.25,
  validationAccuracy: 0.5,
  validationBalancedAccuracy: 0.5,
}));

/** The same numbers on every machine, for a seed. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** A copy that is damaged: bits flipped, bytes changed, a part cut out, doubled, zeroed or cut off. */
function damaged(bytes: Buffer, seed: number): Buffer {
  const random = numbers(seed);
  for (let skipped = 0; skipped < 3; skipped++) random.next();
  const below = (limit: number) => Math.floor(random.next().value * limit);
  // Half of it where the header is.
  const place = () => below(below(2) ? bytes.length : Math.min(bytes.length, 2000));
  const copy = Buffer.from(bytes);
  const at = place();
  const length = 1 + below(32);
  const kind = below(6);
  if (kind === 0) for (let flips = 1 + below(4); flips > 0; flips--) copy[place()]! ^= 1 << below(8);
  else if (kind === 1) copy[at] = below(256);
  else if (kind === 2) return Buffer.concat([copy.subarray(0, at), copy.subarray(at + length)]);
  else if (kind === 3) return Buffer.concat([copy.subarray(0, at + length), copy.subarray(at)]);
  else if (kind === 4) copy.subarray(at, at + length).fill(0);
  else return copy.subarray(0, at);
  return copy;
}

beforeAll(async () => {
  const weights = untrainedWeights('mobilenet-v3-small', {
    classNames: ['a', 'b'],
    preprocessing: { size: 32, channels: 1, mean: 0.5, deviation: 0.25 },
  });
  await writeWeights(file('best.safetensors'), weights);
  const vectors = {
    parameters: Float32Array.from({ length: 500 }, (_, index) => index),
    moments: new Float32Array(500),
  };
  await writeCheckpoint(file('checkpoint.safetensors'), {
    configuration: JSON.stringify(configuration),
    history,
    vectors,
  });
  const options = { dataset: 'synthetic', 'data-seed': 0, model: 'sdnet', recipe: 'paper', seed: 3 } as const;
  await saveRunRecord(folder, { options, recipe });
  const sources = (count: number) => Array.from({ length: count }, (_, index) => `${count}/${index}.png`);
  await saveFold(folder, {
    dataset: 'synthetic',
    protocol: 'official',
    name: 'official splits',
    sharesSubjects: false,
    train: sources(20),
    validation: sources(4),
  });
});

describe('of damaged files in a run folder', () => {
  const readers = [
    ['checkpoint.safetensors', (run: string) => readCheckpoint(join(run, 'checkpoint.safetensors')), copies],
    // It has 6 MB.
    ['best.safetensors', (run: string) => readWeights(join(run, 'best.safetensors')), Math.ceil(copies / 6)],
  ] as const;
  it.each(readers)('no %s is accepted, and each is refused in a sentence', async (name, read, count) => {
    const whole = readFileSync(file(name));
    await read(folder);
    let tried = 0;
    for (let seed = 1; tried < count; seed++) {
      const bytes = damaged(whole, seed);
      if (bytes.equals(whole)) continue;
      tried++;
      const path = put(folder, `damaged/${name}`, bytes);
      const message = await refusal(read(join(folder, 'damaged')));
      expect(message.startsWith(`${path}: `), `seed ${seed}: ${message}`).toBe(true);
    }
    reportFuzz(name, { refused: tried, accepted: 0 });
  });

  it.each([
    ['run.json', readRunRecord],
    ['folds.json', readFold],
  ] as const)('a %s is refused, or says something of the same kind', async (name, read) => {
    const whole = readFileSync(file(name));
    const expected = await read(folder);
    expect(expected).toBeDefined();
    let refused = 0;
    for (let seed = 1; seed <= copies; seed++) {
      const path = put(folder, `damaged/${name}`, damaged(whole, seed));
      const outcome = await read(join(folder, 'damaged')).catch((error: unknown) => error);
      if (outcome instanceof Error) {
        refused++;
        expect(outcome, `seed ${seed}`).toBeInstanceOf(UserError);
        expect(outcome.message.startsWith(path), outcome.message).toBe(true);
        expect(outcome.message.slice(path.length)).toMatch(/^(, line \d+)?: /);
      } else expect(Object.keys(outcome!).sort()).toEqual(Object.keys(expected!).sort());
    }
    reportFuzz(name, { refused, 'of the same kind': copies - refused });
  });
});

describe('a checkpoint that somebody made', () => {
  const made = async (changes: Record<string, string>) => {
    const { tensors, metadata } = await decodeSafetensors(readFileSync(file('checkpoint.safetensors')));
    const bytes = await encodeSafetensors(tensors as ReadonlyMap<string, NamedTensor>, {
      ...metadata,
      ...changes,
    });
    return readCheckpoint(put(folder, 'made.safetensors', bytes));
  };
  const configured = (changes: object) => ({
    configuration: JSON.stringify({ ...configuration, ...changes }),
  });
  const past = (changes: object) => ({
    history: JSON.stringify([history[0], { ...history[1], ...changes }]),
  });

  it.each([
    ['a configuration that is no JSON', { configuration: '{' }, 'its configuration is no JSON'],
    ['none', { configuration: 'null' }, 'its configuration is none of a run'],
    ['a list', { configuration: '[]' }, 'its configuration is none of a run'],
    ['no network', configured({ network: undefined }), 'network: '],
    [
      'another network',
      configured({ network: { ...configuration.network, model: '__proto__' } }),
      'network.model: ',
    ],
    ['a huge batch', configured({ recipe: { ...recipe, batch: 1e15 } }), 'recipe.batch: '],
    ['an unknown part', configured({ '\u001b[2J': 1 }), '\\u{1b}[2J'],
    ['a history that is none', { history: '{}' }, 'its history is none of a run'],
    ['a history out of order', past({ epoch: 7 }), 'epochs are not in order'],
    ['an accuracy of 2', past({ validationAccuracy: 2 }), 'validationAccuracy: '],
    ['an unknown entry', { 'sdnet.sha257': 'x' }, 'unknown entry sdnet.sha257'],
    ['version nothing', { version: '' }, 'written in version  of the format'],
  ])('is refused in a sentence: %s', async (_, changes, expected) => {
    const message = await refusal(made(changes));
    expect(message).toContain(expected);
    expect(message).not.toContain('\n');
  });

  it('is read where it is whole', async () => {
    expect((await made({})).history).toEqual(history);
  });
});
