import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runFiles } from '@sdnet/lab';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectSameRun, logOf } from '../support/run-folder.js';
import { sdnetHere } from '../support/sdnet-command.js';
import { smallTraining } from '../support/small-training.js';
import { suiteFolder } from '../support/suite-folder.js';
import { put } from '../support/temporary-folder.js';

const folder = suiteFolder();
const run = join(folder, 'run');
const longer = join(folder, 'longer');

const succeeds = async (...args: string[]) => {
  const { code, stdout, stderr } = await sdnetHere(...args);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return stdout;
};
const resume = (out: string, ...args: string[]) => sdnetHere('train', '--resume', '--out', out, ...args);
const copy = (name: string) => {
  cpSync(run, join(folder, name), { recursive: true });
  return join(folder, name);
};

beforeAll(async () => {
  await succeeds(...smallTraining(folder, 1), '--learning-rate', '0.001', '--out', run);
  await succeeds(...smallTraining(folder, 2), '--learning-rate', '0.001', '--out', longer);
});

describe('run.json', () => {
  it('says what the run was started with, so that a person can read it', () => {
    const record = JSON.parse(readFileSync(join(run, 'run.json'), 'utf8'));
    expect(record).toMatchObject({
      format: 'sdnet-run',
      version: 1,
      options: {
        dataset: 'synthetic',
        'data-seed': 0,
        samples: 10,
        model: 'mobilenet-v3-small',
        recipe: join(folder, 'small-1.yaml'),
        'learning-rate': 0.001,
        seed: 0,
        threads: 1,
      },
      recipe: { name: 'small-1', size: 32, epochs: 1, batch: 14, learningRate: 0.001 },
    });
  });
});

describe('--resume', () => {
  it('needs the folder alone, and takes more epochs', async () => {
    const out = copy('more');
    const { code, stderr } = await resume(out, '--epochs', '2');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(logOf(out)).toHaveLength(2);
    // It remembers them.
    expect(JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')).options.epochs).toBe(2);
    const again = await resume(out);
    expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/validation accuracy/) });
    for (const name of [runFiles.best, runFiles.last, runFiles.checkpoint])
      // The recipes have different names and the number of epochs is noted: the numbers are compared by the log.
      expect(readFileSync(join(out, name)).length).toBeGreaterThan(0);
    const outcome = (path: string) =>
      logOf(path).map(({ loss, validationAccuracy }) => [loss, validationAccuracy]);
    expect(outcome(out)).toEqual(outcome(longer));
  });

  it('takes no fewer epochs than there are', async () => {
    const out = join(folder, 'fewer');
    cpSync(longer, out, { recursive: true });
    const before = readFileSync(join(out, 'run.json'), 'utf8');
    const { code, stderr } = await resume(out, '--epochs', '1');
    expect(stderr).toMatch(/has trained for 2 epochs, more than the 1 that are asked for/);
    expect(code).toBe(1);
    expect(readFileSync(join(out, 'run.json'), 'utf8')).toBe(before);
  });

  it('goes on on another number of threads, to the same bytes', async () => {
    const [one, two] = [copy('one thread'), copy('two threads')];
    for (const [out, threads] of [
      [one, '1'],
      [two, '2'],
    ] as const) {
      const { code, stderr } = await resume(out, '--epochs', '2', '--threads', threads);
      expect({ code, stderr }).toMatchObject({ code: 0 });
    }
    await expectSameRun(one, two);
    // The record has the last number, so that the run goes on with it by itself.
    expect(JSON.parse(readFileSync(join(two, 'run.json'), 'utf8')).options.threads).toBe(2);
  });

  it('takes the same options again', async () => {
    const out = copy('same');
    const { code, stderr } = await resume(
      out,
      ...['--dataset', 'synthetic', '--samples', '10', '--data-seed', '0', '--model', 'mobilenet-v3-small'],
      ...[
        '--recipe',
        join(folder, 'small-1.yaml'),
        '--learning-rate',
        '0.001',
        '--seed',
        '0',
        '--threads',
        '1',
      ],
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    await expectSameRun(out, run);
  });

  it.each([
    [['--seed', '3'], 'was started with --seed 0, so it cannot go on with --seed 3.'],
    [['--fold', '1'], 'was started without --fold, so it cannot go on with --fold 1.'],
    [
      ['--model', 'sdnet', '--batch', '7'],
      'was started with --model mobilenet-v3-small and without --batch, so it cannot go on with --model sdnet and --batch 7.',
    ],
    [['--recipe', 'strong'], '--recipe strong'],
    [['--samples', '11'], 'was started with --samples 10, so it cannot go on with --samples 11.'],
  ])('refuses %j', async (args, expected) => {
    const before = readFileSync(join(run, runFiles.checkpoint));
    const { code, stdout, stderr } = await resume(run, ...args);
    expect(stderr).toContain(expected);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(readFileSync(join(run, runFiles.checkpoint)).equals(before)).toBe(true);
  });

  it('refuses a recipe whose file was changed', async () => {
    const file = join(folder, 'small-1.yaml');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, `${text}clipNorm: 2\n`);
    // Named again, it is read again; otherwise the run has its own.
    const { code, stderr } = await resume(run, '--recipe', file);
    expect(code).toBe(1);
    expect(stderr).toContain('recipe.clipNorm was not set, now 2');
    expect(await resume(run)).toMatchObject({ code: 0 });
    writeFileSync(file, text);
  });

  it('names what is missing: the run, its options or its best weights', async () => {
    expect((await resume(join(folder, 'none'))).stderr).toContain('none does not exist');
    const forgetful = copy('forgetful');
    rmSync(join(forgetful, 'run.json'));
    expect(await resume(forgetful)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('forgetful has no run.json, so the run does not know its data'),
    });
    const without = copy('without best');
    rmSync(join(without, runFiles.best));
    expect(await resume(without)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(
        `${join(without, runFiles.best)} is missing: the weights of the best epoch`,
      ),
    });
  });

  it.each([
    ['no JSON', '{', 'is no JSON'],
    ['empty', '', 'is no JSON'],
    ['another file', '[]', 'does not describe a run'],
    ['an unknown data set', (text: string) => text.replace('synthetic', 'syntetic'), 'options.dataset: '],
    ['an unknown option', (text: string) => text.replace('"seed"', '"sead"'), 'options.seed: '],
    ['another version', (text: string) => text.replace('"version": 1', '"version": 2'), 'version: '],
    [
      'a recipe that is none',
      (text: string) => text.replace('"batch": 14', '"batch": 1e99'),
      'recipe.batch: ',
    ],
  ])('says that run.json is damaged: %s', async (name, change, expected) => {
    const out = copy(`damaged ${name}`);
    const file = join(out, 'run.json');
    put(out, 'run.json', typeof change === 'string' ? change : change(readFileSync(file, 'utf8')));
    const { code, stderr } = await resume(out);
    expect(stderr).toContain(`${file}: `);
    expect(stderr).toContain(expected);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(code).toBe(1);
  });
});

describe('sdnet inspect', () => {
  it('describes the weights of a run', async () => {
    const text = await succeeds('inspect', run);
    expect(text).toMatch(/^network +mobilenet-v3-small$/m);
    expect(text).toMatch(/^classes +angry, disgust, fear, happy, sad, surprise, neutral$/m);
    expect(text).toMatch(/^images +grey 32×32, mean 0\.\d+, deviation 0\.\d+$/m);
    for (const line of [/^dataset +synthetic$/m, /^recipe +small-1$/m, /^seed +0$/m, /^epoch +1$/m])
      expect(text).toMatch(line);
    expect(text).toMatch(/^accuracy +0\.\d+$/m);
    expect(text).toMatch(/mobilenet-v3-small, grey 32×32, 7 classes: 1,\d{3},\d{3} parameters/);
    const json = JSON.parse(await succeeds('inspect', join(run, runFiles.last), '--json'));
    expect(json).toMatchObject({ model: 'mobilenet-v3-small', preprocessing: { size: 32 } });
    expect(json.layers.length).toBeGreaterThan(10);
  });

  it('takes no shape for weights, which have one', async () => {
    expect(await sdnetHere('inspect', run, '--size', '48')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--size 48: weights have their own'),
    });
  });
});
