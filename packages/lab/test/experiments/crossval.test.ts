import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeWeights } from '@sdnet/lab';
import { type CrossValidation, crossValidationNote } from '../../src/experiments/cross-validation.js';
import { drawCkPlus48 } from '../support/draw-ck-plus-48.js';
import { facePngs } from '../support/draw-faces.js';
import { expectSameRun } from '../support/run-folder.js';
import { sdnetHere, startSdnet } from '../support/sdnet-command.js';
import { suiteFolder } from '../support/suite-folder.js';
import { put } from '../support/temporary-folder.js';
import { untrainedWeights } from '../support/untrained-weights.js';

const folder = suiteFolder();
process.env.SDNET_CACHE = join(folder, 'cache');
const data = join(folder, 'CK+48');
const init = join(folder, 'init.safetensors');
const whole = join(folder, 'whole');

const crossval = (out: string, ...args: string[]) => [
  ...['crossval', '--dataset', 'ck+48', '--data', data, '--folds', '2', '--model', 'mobilenet-v3-small'],
  ...['--recipe', join(folder, 'small.yaml'), '--init', init, '--threads', '1', '--out', out, ...args],
];

beforeAll(async () => {
  await drawCkPlus48(data);
  put(folder, 'small.yaml', 'extends: paper\nsize: 32\nbatch: 14\nepochs: 2\nlearningRate: 0.002\n');
  // Of FER2013's classes: its classifier starts anew.
  await writeWeights(init, untrainedWeights('mobilenet-v3-small'));
});

describe('sdnet crossval', () => {
  it('judges every image once, by a network that saw neither it nor its subject', async () => {
    const { code, stdout, stderr } = await sdnetHere(...crossval(whole, '--json'));
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ protocol: 'subjects', sharesSubjects: false, pooled: { samples: 42 } });
    expect(result.folds.map(({ name }: { name: string }) => name)).toEqual(['fold 1 of 2', 'fold 2 of 2']);
    const files: string[] = [];
    const confusion = Array.from({ length: 7 }, () => Array<number>(7).fill(0));
    for (const number of [1, 2]) {
      const { predictions, classNames, history, accuracy } = JSON.parse(
        readFileSync(join(whole, 'evaluations', `fold${number}.json`), 'utf8'),
      );
      const { train } = JSON.parse(readFileSync(join(whole, `fold${number}`, 'folds.json'), 'utf8'));
      const subjectOf = (source: string) => /S\d+/.exec(source)![0];
      const trained = new Set(train.map(subjectOf));
      for (const { file, label, predicted } of predictions) {
        expect(trained.has(subjectOf(file))).toBe(false);
        files.push(file);
        confusion[classNames.indexOf(label)]![classNames.indexOf(predicted)]!++;
      }
      // The last epoch's, whichever was the best on the held-out fold.
      expect(accuracy).toBe(history.at(-1).validationAccuracy);
    }
    expect(new Set(files).size).toBe(42);
    expect(result.pooled.confusion).toEqual(confusion);
    const accuracies = result.folds.map(({ accuracy }: { accuracy: number }) => accuracy);
    expect(result.mean).toBeCloseTo((accuracies[0] + accuracies[1]) / 2, 12);
  });

  it('killed and started again finishes with the same bytes, and repeats no finished fold', async () => {
    const out = join(folder, 'killed');
    const running = startSdnet(crossval(out), (text) => {
      if (text.includes('fold2: epoch 1')) running.process.kill('SIGKILL');
    });
    expect((await running.ended).code).toBe(null);
    const { code, stderr } = await sdnetHere(...crossval(out));
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).not.toMatch(/fold1: epoch/);
    for (const file of ['crossval.json', 'crossval.md', ...[1, 2].map((n) => `evaluations/fold${n}.json`)])
      expect(readFileSync(join(out, file), 'utf8'), file).toBe(readFileSync(join(whole, file), 'utf8'));
    for (const name of ['fold1', 'fold2']) await expectSameRun(join(out, name), join(whole, name));
  });

  it('is reported with its folds, and says that nobody is on both sides', async () => {
    const page = join(folder, 'page.md');
    expect(await sdnetHere('report', whole, '--out', page)).toMatchObject({ code: 0 });
    const text = readFileSync(page, 'utf8');
    expect(text).toContain('# MobileNetV3 small on CK+48, 2 folds');
    expect(text).toContain('Nobody is in both training and validation images of a fold.');
    expect(text).toContain('All began with weights that had been trained before');
    expect(text).toMatch(/## The images of fold1, as an example/);
    expect(text).toContain('| fold 2 of 2 |');
    expect(text).toContain('--init init.safetensors');
  });

  it('refuses runs that were not fine-tuned from these weights', async () => {
    const args = crossval(whole).filter(
      (text, index, all) => text !== '--init' && all[index - 1] !== '--init',
    );
    const { code, stderr } = await sdnetHere(...args);
    expect(stderr).toMatch(/fold1.*is of another run: .*fineTuned was /s);
    expect(code).toBe(1);
  });

  it('refuses to begin with weights that were trained on its images, and train says so', async () => {
    const out = join(folder, 'knows');
    const data48 = ['--dataset', 'ck+48', '--data', data, '--model', 'mobilenet-v3-small', '--threads', '1'];
    const training = [...data48, '--recipe', join(folder, 'small.yaml'), '--epochs', '1'];
    const fold = ['--protocol', 'subjects', '--folds', '2', '--fold', '1'];
    const first = await sdnetHere('train', ...training, ...fold, '--out', out);
    expect(first).toMatchObject({ code: 0 });
    expect(first.stderr).not.toContain('trained on');
    const tuned = join(folder, 'tuned');
    const second = await sdnetHere(
      ...['train', ...training, ...fold.slice(0, -1), '2', '--init', out, '--out', tuned],
    );
    expect(second).toMatchObject({ code: 0 });
    expect(second.stderr).toMatch(
      /\d+ of the \d+ validation images are among those that .*knows was trained on/,
    );
    const refused = await sdnetHere(
      ...crossval(join(folder, 'none')).map((text) => (text === init ? out : text)),
    );
    expect(refused.stderr).toMatch(
      /--init: .*knows was trained on: .* Begin with weights that were trained on others?/,
    );
    expect(refused.code).toBe(1);

    // Away from its run nobody knows what they were trained on, but they know the data set.
    const copy = join(folder, 'copy.safetensors');
    copyFileSync(join(out, 'best.safetensors'), copy);
    const unknown = /copy\.safetensors learnt from images of ck\+48, and beside it no record says which/;
    const refusedCopy = await sdnetHere(
      ...crossval(join(folder, 'none')).map((text) => (text === init ? copy : text)),
    );
    expect(refusedCopy).toMatchObject({ code: 1, stderr: expect.stringMatching(unknown) });
    const judging = ['--dataset', 'ck+48', '--data', data];
    const judged = await sdnetHere('evaluate', '--weights', copy, ...judging);
    expect(judged).toMatchObject({ code: 0, stderr: expect.stringMatching(unknown) });
    const page = join(folder, 'copy.md');
    await sdnetHere('report', copy, ...judging, '--out', page);
    expect(readFileSync(page, 'utf8')).toMatch(unknown);
    expect((await sdnetHere('evaluate', '--weights', out, ...judging)).stderr).toBe('');
  });

  it('lets no image that judges a fold steer its training', async () => {
    put(folder, 'plateau.yaml', 'extends: paper\nschedule: { name: plateau, factor: 0.1, patience: 0 }\n');
    const args = crossval(join(folder, 'none')).map((text) => text.replace('small.yaml', 'plateau.yaml'));
    expect(await sdnetHere(...args)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/its schedule "plateau" lowers the learning rate by the very images/),
    });
  });

  it('trains nothing where a later fold could not begin', async () => {
    const faces = await facePngs('happy', 6);
    for (const [index, face] of faces.entries()) put(folder, `few/${index}.png`, face);
    // Without the last subject nobody is disgusted.
    const rows = faces.map(
      (_, index) => `${index}.png,${index === 5 ? 'disgust' : 'happy'},s${Math.floor(index / 2)}`,
    );
    const few = put(folder, 'few/faces.csv', ['file,label,subject', ...rows, ''].join('\n'));
    put(folder, 'tiny.yaml', 'extends: paper\nsize: 32\nbatch: 2\nepochs: 1\n');
    const { code, stderr } = await sdnetHere(
      ...['crossval', '--dataset', 'manifest', '--data', few, '--protocol', 'leave-one-subject-out'],
      ...[
        '--model',
        'mobilenet-v3-small',
        '--recipe',
        join(folder, 'tiny.yaml'),
        '--out',
        join(folder, 'few-out'),
      ],
    );
    expect(stderr).toMatch(/^fold3: .* has no training image of the class disgust/m);
    expect(stderr).not.toContain(': epoch');
    expect(code).toBe(1);
  });

  it('does not say that nobody is on both sides where images are divided at random and nobody knows', () => {
    const result = {
      dataset: 'x',
      protocol: 'random',
      sharesSubjects: false,
      folds: [],
      model: 'sdnet',
      seed: 0,
    };
    const note = crossValidationNote({
      ...result,
      recipe: { name: 'r', epochs: 1 },
    } as unknown as CrossValidation);
    expect(note).toContain('the same people may be in training and validation images');
    expect(note).not.toContain('no subject is');
  });

  it('says where subjects are shared', async () => {
    const out = join(folder, 'random');
    const { code, stdout } = await sdnetHere(...crossval(out, '--protocol', 'random', '--epochs', '1'));
    expect(code).toBe(0);
    expect(stdout).toContain('SUBJECTS ARE SHARED between training and validation images');
    const page = join(folder, 'random.md');
    expect(await sdnetHere('report', join(out, 'fold1'), '--out', page)).toMatchObject({ code: 0 });
    expect(readFileSync(page, 'utf8')).toContain(
      "In fold 1 of 2, training and validation images share subjects: the figures are too good for strangers' faces.",
    );
  });
});
