import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectSameRun } from '../support/run-folder.js';
import { sdnetHere, startSdnet } from '../support/sdnet-command.js';
import { smallTraining } from '../support/small-training.js';
import { suiteFolder } from '../support/suite-folder.js';
import { put } from '../support/temporary-folder.js';

const folder = suiteFolder();
const whole = join(folder, 'whole');
const names = ['mobilenet-v3-small-seed1', 'sdnet-seed1'] as const;
const [train, ...training] = smallTraining(folder, 2);
const recipe = training[training.indexOf('--recipe') + 1]!;
const compare = (out: string, ...args: string[]) => [
  ...['compare', '--dataset', 'synthetic', '--samples', '10', '--recipe', recipe, '--threads', '1'],
  ...['--models', 'mobilenet-v3-small,sdnet', '--seeds', '1', '--out', out, ...args],
];

/** Starts the comparison, and kills it when it prints what is expected. */
async function killedAt(out: string, expected: RegExp): Promise<string> {
  let printed = '';
  const running = startSdnet(compare(out), (text) => {
    printed += text;
    if (expected.test(printed)) running.process.kill('SIGKILL');
  });
  const { code } = await running.ended;
  expect({ code, printed }).toMatchObject({ code: null });
  return printed;
}

beforeAll(async () => {
  const trained = await sdnetHere(train!, ...training, '--seed', '1', '--out', join(whole, names[0]));
  expect(trained).toMatchObject({ code: 0 });
});

describe('sdnet compare', () => {
  it('uses a run of sdnet train as it is, and makes the others', async () => {
    const written = statSync(join(whole, names[0], 'checkpoint.safetensors')).mtimeMs;
    const { code, stdout, stderr } = await sdnetHere(...compare(whole));
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).not.toContain(`${names[0]}: epoch`);
    expect(stderr).toContain(`${names[1]}: epoch 2 of 2`);
    expect(statSync(join(whole, names[0], 'checkpoint.safetensors')).mtimeMs).toBe(written);
    expect(stdout).toMatch(/^mobilenet-v3-small +\d+\.\d % .* 1\.525 M +1\.54 M /m);
    expect(stdout).toMatch(/^sdnet +\d+\.\d % .* 2\.172 M +2\.17 M /m);
  });

  it('has what sdnet evaluate finds of the last weights', async () => {
    const weights = join(whole, names[1], 'last.safetensors');
    const { stdout } = await sdnetHere(
      ...['evaluate', '--weights', weights, '--dataset', 'synthetic', '--samples', '10', '--json'],
    );
    const evaluated = JSON.parse(stdout);
    const { networks } = JSON.parse(readFileSync(join(whole, 'table.json'), 'utf8'));
    const { accuracy, balancedAccuracy, macroF1, parameters, multiplyAdds } = evaluated;
    expect(networks[1]).toMatchObject({
      model: 'sdnet',
      ...{ accuracy, balancedAccuracy, macroF1, parameters, multiplyAdds },
      paper: { accuracy: null, parameters: 2.17, flops: 5.38 },
      mcnemar: [],
    });
    expect(networks[0].mcnemar).toMatchObject([{ seed: 1 }]);
    const kept = JSON.parse(readFileSync(join(whole, 'evaluations', `${names[1]}.json`), 'utf8'));
    expect(kept).toMatchObject({ confusion: evaluated.confusion, epoch: 2, samples: 7 });
    expect(kept.predictions).toHaveLength(7);
    expect(kept.history).toHaveLength(2);
  });

  it('measures the speed of other weights anew, and of the same never', async () => {
    const file = join(whole, 'speeds.json');
    const before = JSON.parse(readFileSync(file, 'utf8'));
    const [first, second] = names;
    const slow = { ...before[first!], millisecondsPerImage: 12_345 };
    put(whole, 'speeds.json', JSON.stringify({ [first!]: slow, [second!]: { ...slow, weights: 'others' } }));
    expect(await sdnetHere(...compare(whole))).toMatchObject({ code: 0 });
    const after = JSON.parse(readFileSync(file, 'utf8'));
    expect(after[first!]).toEqual(slow);
    expect(after[second!].millisecondsPerImage).toBeLessThan(12_345);
    expect(after[second!].weights).toBe(before[second!].weights);
  });

  it('killed again and again finishes with the same bytes, and repeats nothing that was finished', async () => {
    const out = join(folder, 'killed');
    await killedAt(out, /sdnet-seed1: epoch 1/);
    const last = await killedAt(out, /mobilenet-v3-small-seed1: evaluated/);
    expect(last).not.toContain('mobilenet-v3-small-seed1: epoch');
    const { code, stderr } = await sdnetHere(...compare(out));
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).not.toContain(': epoch');
    expect(readdirSync(out).sort()).toEqual(readdirSync(whole).sort());
    for (const file of ['table.json', ...names.map((name) => `evaluations/${name}.json`)])
      expect(readFileSync(join(out, file), 'utf8'), file).toBe(readFileSync(join(whole, file), 'utf8'));
    for (const name of names) await expectSameRun(join(out, name), join(whole, name));
  });

  it.each([
    [['--samples', '20'], /mobilenet-v3-small-seed1.*is of another run: .*dataset\.train was 56, now 112/s],
    [['--epochs', '1'], /mobilenet-v3-small-seed1 has trained for 2 epochs, more than the 1 that are asked/],
    [['--recipe', 'distilled'], /it learns from teachers, which only sdnet train has/, 2],
  ])('refuses runs of other options by name: %j', async (args, expected, exitCode = 1) => {
    const table = readFileSync(join(whole, 'table.json'), 'utf8');
    // The first of an option given twice is left out.
    const others = compare(whole).filter(
      (text, index, all) => text !== args[0] && all[index - 1] !== args[0],
    );
    const { code, stdout, stderr } = await sdnetHere(...others, ...args);
    expect(stderr).toMatch(expected);
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' });
    expect(readFileSync(join(whole, 'table.json'), 'utf8')).toBe(table);
  });

  describe('of runs whose last weights and log alone were kept', () => {
    const kept = (name: string, change: (text: string) => string = (text) => text) => {
      const out = join(folder, name);
      for (const run of names) {
        mkdirSync(join(out, run), { recursive: true });
        copyFileSync(join(whole, run, 'last.safetensors'), join(out, run, 'last.safetensors'));
        put(out, `${run}/log.jsonl`, change(readFileSync(join(whole, run, 'log.jsonl'), 'utf8')));
      }
      return out;
    };

    it('makes the same table of them, and trains nothing', async () => {
      const out = kept('kept');
      const { code, stderr } = await sdnetHere(...compare(out));
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(stderr).not.toContain(': epoch');
      for (const file of ['table.json', ...names.map((name) => `evaluations/${name}.json`)])
        expect(readFileSync(join(out, file), 'utf8'), file).toBe(readFileSync(join(whole, file), 'utf8'));
      for (const name of names)
        expect(readdirSync(join(out, name)).sort()).toEqual(['last.safetensors', 'log.jsonl']);
    });

    const other = (args: readonly string[]) => (out: string) =>
      compare(out).filter((text, index, all) => text !== args[0] && all[index - 1] !== args[0]);
    it.each([
      [
        ['--samples', '20'],
        /preprocessing .*expected .*; training images 56, expected 112; validation images 7, /,
      ],
      // As many images, but others.
      [['--data-seed', '1'], /mobilenet-v3-small-seed1.*is of another run: preprocessing/],
      [['--epochs', '1'], /epochs 2, expected 1; epochs in the log 2, expected 1/],
      [
        ['--recipe', 'strong'],
        /recipe "small-2", expected "strong".*image sizes \[32,32\], expected \[48,48\]; learning rates/,
      ],
    ])('refuses other options: %j', async (args, expected) => {
      const out = kept('others');
      const { code, stdout, stderr } = await sdnetHere(...other(args)(out), ...args);
      expect(stderr).toMatch(expected);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(readdirSync(out).sort()).toEqual([...names]);
    });

    it.each([
      [
        'of another run',
        (text: string) => text.replaceAll(/"validationAccuracy":[\d.]+/g, '"validationAccuracy":0.5'),
      ],
      ['cut short', (text: string) => text.slice(0, -20)],
      ['without an epoch', (text: string) => text.slice(text.indexOf('\n') + 1)],
    ])('refuses a log that is %s', async (_, change) => {
      const { code, stderr } = await sdnetHere(...compare(kept('damaged', change)));
      expect(stderr).toMatch(/log\.jsonl.*(Restore the file from a copy|They are of different runs)/);
      expect(code).toBe(1);
    });
  });

  it.each([
    [['--models', 'sdnet,resnet'], /there is no network "resnet"; choose of mobilenet-v3-small, /],
    [['--models', 'sdnet,sdnet'], /each of them once is expected/],
    [['--seeds', '1,x'], /"x" is no seed; whole numbers from 0 are expected/],
  ])('refuses %j', async (args, expected) => {
    const out = join(folder, 'none');
    expect(await sdnetHere('compare', '--dataset', 'synthetic', '--out', out, ...args)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(expected),
    });
  });
});
