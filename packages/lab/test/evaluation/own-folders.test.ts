import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { nodeRuntime } from '@sdnet/autograd/node';
import { createCropRecognizer, type Weights } from 'sdnet';
import { decodeImage, writeWeights } from '@sdnet/lab';
import { parse } from 'csv-parse/sync';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Expression, expressions } from '@sdnet/training';
import { facePngs } from '../support/draw-faces.js';
import { sdnetHere } from '../support/sdnet-command.js';
import { suiteFolder } from '../support/suite-folder.js';
import { put } from '../support/temporary-folder.js';
import { untrainedWeights } from '../support/untrained-weights.js';

const folder = suiteFolder();
process.env.SDNET_CACHE = join(folder, 'cache');
const weightsFile = join(folder, 'weights.safetensors');
const weights: Weights = untrainedWeights('mobilenet-v3-small');
const faces = new Map<Expression, Buffer[]>();

beforeAll(async () => {
  await writeWeights(weightsFile, weights);
  for (const expression of expressions) faces.set(expression, await facePngs(expression, 12));
});

/** Class folders: so many faces of each expression, in a folder of that name. */
function draw(name: string, classes: readonly (readonly [string, Expression, number])[]): string {
  for (const [path, expression, count] of classes)
    for (const [index, face] of faces.get(expression)!.slice(0, count).entries())
      put(folder, `${name}/${path}/${index}.png`, face);
  return join(folder, name);
}

const evaluateArgs = (data: string, ...options: string[]) => [
  ...['evaluate', '--weights', weightsFile, '--dataset', 'folder', '--data', data],
  ...options,
];

/** All but the progress. */
const said = (stderr: string) => stderr.replace(/^(Reading|epoch) .*\n/gm, '');

async function evaluated(data: string, ...options: string[]) {
  const { code, stdout, stderr } = await sdnetHere(...evaluateArgs(data, ...options), '--json');
  expect({ code, said: said(stderr) }).toEqual({ code: 0, said: '' });
  return JSON.parse(stdout);
}

const supports = (result: { perClass: { support: number }[] }) =>
  result.perClass.map(({ support }) => support);

describe('evaluate on class folders of other people', () => {
  it.each([
    ['plain, ordered otherwise, fewer', '', 'all'],
    ['of a test folder alone', 'test/', 'test'],
    ['of a validation folder alone', 'val/', 'validation'],
  ])('takes all images %s', async (name, part, split) => {
    const data = draw(name, [
      [`${part}2_Sadness`, 'sad', 3],
      [`${part}Anger`, 'angry', 2],
      [`${part}SURPRISED`, 'surprise', 1],
    ]);
    const result = await evaluated(data);
    expect(result).toMatchObject({ dataset: 'folder', split, samples: 6 });
    expect(result).not.toHaveProperty('division');
    expect(supports(result)).toEqual([2, 0, 0, 0, 3, 1, 0]);
    // Against each image on its own, by the recognizer.
    const recognizer = await createCropRecognizer(nodeRuntime, weights);
    const truth = { '2_Sadness': 'sad', Anger: 'angry', SURPRISED: 'surprise' } as const;
    const recalls: number[] = [];
    for (const [path, expression] of Object.entries(truth)) {
      const files = readdirSync(join(data, part, path)).map((file) => join(data, part, path, file));
      const found = await recognizer.recognize(await Promise.all(files.map((file) => decodeImage(file))));
      recalls.push(found.filter((one) => one.expression === expression).length / files.length);
    }
    expect(result.balancedAccuracy).toBeCloseTo(recalls.reduce((sum, recall) => sum + recall) / 3, 9);
  });

  it('takes a single class, and prints no recall of those that are not there', async () => {
    const data = draw('one', [['happy', 'happy', 2]]);
    expect(supports(await evaluated(data))).toEqual([0, 0, 0, 2, 0, 0, 0]);
    const { stdout } = await sdnetHere(...evaluateArgs(data));
    expect(stdout).toMatch(/^fear +\d+\.\d +– +\d+\.\d +0$/m);
  });

  it('names classes that the network does not know', async () => {
    const data = draw('joy', [
      ['joy', 'happy', 2],
      ['sad', 'sad', 1],
      ['calm', 'neutral', 1],
    ]);
    const { code, stdout, stderr } = await sdnetHere(...evaluateArgs(data));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(said(stderr)).toBe(
      'The data set folder has images of classes that the network does not know: calm (1), joy (2). It knows angry, ' +
        'disgust, fear, happy, sad, surprise, neutral. Leave them out, or choose weights that were trained on them.\n',
    );
  });

  it('takes numbered folders by the names that are given alone', async () => {
    const data = draw('numbered', [
      ['1', 'sad', 1],
      ['2', 'fear', 2],
      ['3', 'happy', 3],
    ]);
    expect((await sdnetHere(...evaluateArgs(data))).stderr).toContain(
      'does not know: 1 (1), 2 (2), 3 (3). It knows angry, disgust, fear, happy, sad, surprise, neutral. Say what the ' +
        'numbers mean by --class-names',
    );
    expect(supports(await evaluated(data, '--class-names', 'sad, Fear,happiness'))).toEqual([
      0, 0, 2, 3, 1, 0, 0,
    ]);
  });

  it('refuses to leave out copies of training images it does not have', async () => {
    const { stderr } = await sdnetHere(...evaluateArgs(join(folder, 'one'), '--without-training-copies'));
    expect(stderr).toContain('has no training images here, so copies of them cannot be left out');
  });
});

describe('evaluate --predictions', () => {
  it('writes file, true class, class recognised and scores, as CSV and as JSON lines', async () => {
    const data = draw('predictions', [
      ['Sadness', 'sad', 2],
      ['fear', 'fear', 3],
    ]);
    put(data, 'fear/a, "b".png', faces.get('fear')![5]!);
    const [csv, lines] = ['out.csv', 'out.jsonl'].map((name) => join(folder, name));
    const result = await evaluated(data, '--predictions', csv!);
    await evaluated(data, '--predictions', lines!);
    const rows: Record<string, string>[] = parse(readFileSync(csv!), { columns: true });
    const objects = readFileSync(lines!, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows.map(({ file }) => file)).toEqual([
      'Sadness/0.png',
      'Sadness/1.png',
      'fear/0.png',
      'fear/1.png',
      'fear/2.png',
      'fear/a, "b".png',
    ]);
    const recognizer = await createCropRecognizer(nodeRuntime, weights);
    let correct = 0;
    for (const [index, { file, label, predicted, ...scores }] of rows.entries()) {
      expect(label).toBe(file!.startsWith('fear') ? 'fear' : 'sad');
      const [known] = await recognizer.recognize([await decodeImage(join(data, file!))]);
      expect(predicted).toBe(known!.expression);
      for (const expression of expressions)
        expect(Number(scores[`score_${expression}`])).toBeCloseTo(known!.scores[expression]!, 4);
      expect(objects[index]).toEqual({
        ...{ file, label, predicted },
        scores: Object.fromEntries(expressions.map((name) => [name, Number(scores[`score_${name}`])])),
      });
      if (label === predicted) correct++;
    }
    expect(result.accuracy).toBeCloseTo(correct / rows.length, 9);
  });

  it('refuses what it cannot or should not write, before anything is read', async () => {
    const data = join(folder, 'predictions');
    mkdirSync(join(folder, 'folder.csv'));
    if (!existsSync(join(folder, 'null.csv'))) symlinkSync('/dev/null', join(folder, 'null.csv'));
    const manifest = put(folder, 'faces.csv', 'file,label\npredictions/fear/0.png,fear\n');
    const refused = async (file: string, ...args: string[]) => {
      const { code, stderr } = await sdnetHere(
        ...(args.length > 0 ? args : evaluateArgs(data)),
        '--predictions',
        file,
      );
      expect(code).toBe(1);
      return stderr;
    };
    expect(await refused(join(folder, 'out.txt'))).toContain(
      'a name that ends in .csv or .jsonl was expected',
    );
    expect(await refused(join(folder, 'folder.csv'))).toContain('is a folder; name a file');
    expect(await refused(join(folder, 'null.csv'))).toContain('is no file');
    expect(await refused(join(folder, 'not/there.csv'))).toContain(
      `there is no folder ${join(folder, 'not')}`,
    );
    const args = ['evaluate', '--weights', weightsFile, '--dataset', 'manifest', '--data', manifest];
    expect(await refused(manifest, ...args)).toContain(
      'is read itself, and the predictions would replace it',
    );
    expect(readFileSync(manifest, 'utf8')).toContain('file,label');
  });
});

describe('train on class folders without subjects or splits', () => {
  it('holds out a tenth by the data seed, says so in one line, and remembers it', async () => {
    const data = draw(
      'plain',
      expressions.map((expression) => [expression, expression, 12]),
    );
    const out = join(folder, 'run');
    const train = async (...options: string[]) =>
      sdnetHere(
        ...[
          'train',
          '--dataset',
          'folder',
          '--data',
          data,
          '--model',
          'mobilenet-v3-small',
          '--recipe',
          'paper',
        ],
        ...['--epochs', '1', '--batch', '16', '--json', ...options],
      );
    const { code, stdout, stderr } = await train('--out', out);
    expect(code, stderr).toBe(0);
    expect(said(stderr)).toBe(
      'folder: has no validation images, so 7 of its 84 training images are held out as such, drawn by the data seed 0.\n',
    );
    expect(JSON.parse(stdout)).toMatchObject({ division: 'held-out images', sharesSubjects: false });
    const judge = async (path: string) => {
      const found = await sdnetHere(
        ...['evaluate', '--weights', out, '--dataset', 'folder', '--data', path, '--json'],
      );
      return found.code === 0 ? JSON.parse(found.stdout) : found;
    };
    expect(await judge(data)).toMatchObject({
      samples: 7,
      accuracy: JSON.parse(stdout).history[0].validationAccuracy,
    });
    // With another image these are no longer just the images it knows, and it has learned from most.
    put(data, 'happy/new.png', faces.get('sad')![0]!);
    expect((await judge(data)).stderr).toMatch(/but 77 of these 85 have the names of its training images/);
    // Other people's images are other images.
    expect(await judge(draw('strangers', [['test/happy', 'happy', 3]]))).toMatchObject({ samples: 3 });
  });

  it('says what is missing where there is nothing to train on', async () => {
    const one = [
      'train',
      '--dataset',
      'folder',
      '--data',
      join(folder, 'one'),
      '--out',
      join(folder, 'never'),
    ];
    expect((await sdnetHere(...one)).stderr).toMatch(/has one class, happy; training needs at least two/);
    const tests = join(folder, 'of a test folder alone');
    expect((await sdnetHere(...one.map((arg, index) => (index === 4 ? tests : arg)))).stderr).toContain(
      'has no train images here; it has test.',
    );
    expect(existsSync(join(folder, 'never'))).toBe(false);
  });
});
