import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWeights } from '@sdnet/lab';
import { beforeAll, describe, expect, it } from 'vitest';
import { sdnetHere } from '../support/sdnet-command.js';
import { suiteFolder } from '../support/suite-folder.js';
import { untrainedWeights } from '../support/untrained-weights.js';

const folder = suiteFolder();
const [small, large, others] = ['small', 'large', 'others'].map((name) =>
  join(folder, `${name}.safetensors`),
);
const evaluate = (...args: string[]) =>
  sdnetHere('evaluate', '--dataset', 'synthetic', '--samples', '10', '--threads', '1', ...args);

beforeAll(async () => {
  const preprocessing = { channels: 1, mean: 0.5, deviation: 0.25 } as const;
  const at = (size: number) => ({ preprocessing: { ...preprocessing, size } });
  await writeWeights(small!, untrainedWeights('mobilenet-v3-small', at(32)));
  await writeWeights(large!, untrainedWeights('shufflenet-v2', at(48)));
  await writeWeights(
    others!,
    untrainedWeights('mobilenet-v3-small', { ...at(32), classNames: ['happy', 'sad'] }),
  );
});

/** The scores that `evaluate` writes for weights, an image a row. */
async function scoresOf(...args: string[]): Promise<number[][]> {
  const file = join(folder, 'predictions.jsonl');
  const { code, stderr } = await evaluate(...args, '--predictions', file);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => Object.values((JSON.parse(line) as { scores: Record<string, number> }).scores));
}

describe('sdnet evaluate with --weights given twice', () => {
  it("has the mean of both networks' scores, each at its own size", async () => {
    const [first, second] = [await scoresOf('--weights', small!), await scoresOf('--weights', large!)];
    const both = await scoresOf('--weights', small!, '--weights', large!);
    expect(both).toHaveLength(7);
    for (const [row, scores] of both.entries())
      for (const [column, score] of scores.entries())
        expect(score).toBeCloseTo((first[row]![column]! + second[row]![column]!) / 2, 6);
  });

  it('says what the networks are and cost, and how far confidence is off', async () => {
    const { code, stdout } = await evaluate(
      '--weights',
      small!,
      '--weights',
      large!,
      '--tta',
      'all',
      '--json',
    );
    expect(code).toBe(0);
    const result = JSON.parse(stdout);
    const single = JSON.parse((await evaluate('--weights', small!, '--json')).stdout);
    expect(result).toMatchObject({ models: ['mobilenet-v3-small', 'shufflenet-v2'], tta: 'all', samples: 7 });
    expect(result.parameters).toBeGreaterThan(single.parameters);
    expect(result.expectedCalibrationError).toBeGreaterThanOrEqual(0);
    expect(result.expectedCalibrationError).toBeLessThanOrEqual(1);
  });

  it('refuses networks of other classes by name', async () => {
    expect(await evaluate('--weights', small!, '--weights', others!)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(`${others} knows the classes happy, sad, but ${small} knows angry,`),
    });
  });
});

it('sdnet export still takes one --weights', async () => {
  const out = join(folder, 'model.onnx');
  expect(await sdnetHere('export', '--weights', small!, '--weights', large!, '--out', out)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--weights is given more than once'),
  });
});
