import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileTrainStep, sgd } from '@sdnet/autograd';
import { nodeRuntime } from '@sdnet/autograd/node';
import { evaluate, loadDataset, recipeNamed, train } from '@sdnet/lab';
import { imageShape, networkOf, roLoss, ScoresError } from 'sdnet';
import { afterAll, describe, expect, it } from 'vitest';
import { initialVectors } from '@sdnet/training';
import { requireSameThreads } from '../../src/runs/run-folder.js';
import { untrainedWeights } from '../support/untrained-weights.js';

const faces = await loadDataset({ dataset: 'synthetic', synthetic: { samplesPerClass: 10 } });
const few = [0, 1, 2, 3];

describe('class lists whose names joined by commas are one text', () => {
  const known = ['a,b', 'c'];
  const given = ['a', 'b,c'];

  it('are two to the evaluation', async () => {
    const dataset = {
      ...faces,
      classNames: given,
      samples: faces.samples.map((sample) => ({ ...sample, label: 0 })),
    };
    const weights = untrainedWeights('mobilenet-v3-small', { classNames: known });
    await expect(evaluate(nodeRuntime, weights, dataset, few)).rejects.toThrow(
      /knows the classes a,b, c, but .* has a, b,c/,
    );
  });

  it('are two to a training that starts from weights: the classifier starts anew', () => {
    const init = untrainedWeights('mobilenet-v3-small', { classNames: known });
    const description = { ...init, classNames: given };
    const model = compileTrainStep({
      network: networkOf(description),
      image: imageShape(description.preprocessing),
      batch: 2,
      classes: 2,
      loss: (logits, targets) => roLoss(logits, targets),
      optimizer: sgd(),
    });
    const parameters = initialVectors(model, description, { seed: 1, init }).parameters!;
    const { offset, size } = model.parameters.entries.find(({ name }) => name === 'head.classifier.weight')!;
    const bytes = (vector: Float32Array, from: number, to: number) =>
      Buffer.from(vector.slice(from, to).buffer);
    const same = (from: number, to: number) =>
      bytes(parameters, from, to).equals(bytes(init.parameters, from, to));
    expect(same(offset, offset + size)).toBe(false);
    expect(same(0, offset)).toBe(true);
  });
});

it('an evaluation whose scores are no numbers is an error', async () => {
  const weights = untrainedWeights('mobilenet-v3-small');
  const broken = { ...weights, parameters: weights.parameters.slice().fill(1e11) };
  await expect(evaluate(nodeRuntime, broken, faces, few)).rejects.toThrow(ScoresError);
  await expect(evaluate(nodeRuntime, broken, faces, few)).rejects.toThrow(/scores of image 1 are no numbers/);
});

describe('train refuses before it compiles', () => {
  const options = {
    dataset: faces,
    partition: { train: few, validation: few },
    model: 'mobilenet-v3-small',
    out: join(tmpdir(), 'never-made'),
    seed: 0,
  };
  it('a batch beyond all bounds', async () => {
    const recipe = { ...recipeNamed('paper'), batch: 1e12 };
    await expect(train({ ...options, recipe })).rejects.toThrow(/batch: .*65536/);
  });

  it('a stem stride whose weights could not be read back', async () => {
    const recipe = { ...recipeNamed('paper'), batch: 2 };
    await expect(train({ ...options, recipe, stemStride: 3 as 2 })).rejects.toThrow(
      'mobilenet-v3-small cannot be trained like this: the stem stride 3; 1, 2 or none is expected.',
    );
  });
});

describe('a run goes on', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sdnet-test-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const ranOn = (line: string) => {
    writeFileSync(
      join(folder, 'machine.jsonl'),
      `${JSON.stringify({ epoch: 1, threads: 2, cores: 2 })}\n${line}\n`,
    );
    return folder;
  };

  it.each<[number | 'all', number | undefined]>([
    [1, 8],
    [8, 2],
    [12, 12],
    ['all', 2],
  ])('of %s threads on %s', async (threads, now) => {
    await expect(
      requireSameThreads(ranOn(JSON.stringify({ threads, cores: 4 })), now),
    ).resolves.toBeUndefined();
  });

  it('also where nobody knows how it was computed', async () => {
    for (const line of ['no JSON', '{}', '[]']) await requireSameThreads(ranOn(line), 64);
    await requireSameThreads(join(folder, 'nowhere'), 64);
  });

  it.each<[number | 'all', number]>([
    [9, 8],
    [8, 9],
    [12, 16],
    ['all', 4],
  ])('but not of %s threads on %d, which would come to another result', async (threads, now) => {
    await expect(requireSameThreads(ranOn(JSON.stringify({ threads, cores: 16 })), now)).rejects.toThrow(
      `was computed on ${threads === 'all' ? 16 : threads} threads, and is to go on on ${now}. With more than 8`,
    );
  });
});
