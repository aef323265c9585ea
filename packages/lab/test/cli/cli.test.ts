import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { nodeRuntime } from '@sdnet/autograd/node';
import { readWeights, writeWeights } from '@sdnet/lab';
import { createCropRecognizer, type Weights } from 'sdnet';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeModel } from '../../../autograd/test/decode-model.js';
import { shippedWeights } from '../../src/cli/weights.js';
import { expressions } from '@sdnet/training';
import { decodeImage } from 'sdnet';
import { drawFer2013 } from '../support/draw-faces.js';
import { bytesOf, expectSameRun, logOf, outcome } from '../support/run-folder.js';
import { sdnet, sdnetHere, startSdnet } from '../support/sdnet-command.js';
import { smallRecipe } from '../support/small-training.js';
import { suiteFolder } from '../support/suite-folder.js';
import { untrainedWeights } from '../support/untrained-weights.js';

const folder = suiteFolder();
process.env.SDNET_CACHE = join(folder, 'cache');
const data = join(folder, 'fer2013');
const weightsFile = join(folder, 'weights.safetensors');
const weights: Weights = untrainedWeights('sdnet');
const fer2013 = ['--dataset', 'fer2013', '--data', data];

beforeAll(async () => {
  await drawFer2013(data, { train: 4, validation: 2, test: 1 });
  await writeWeights(weightsFile, weights);
});

/** What a command that succeeds prints on standard output. */
async function output(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await sdnetHere(...args);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return stdout;
}

const jsonOf = async (...args: string[]) => JSON.parse(await output(...args, '--json'));

describe('sdnet --help', () => {
  it('lists the commands and the exit codes', async () => {
    const text = await output('--help');
    for (const command of [
      'predict',
      'evaluate',
      'train',
      'compare',
      'inspect',
      'export',
      'datasets',
      'completion',
    ])
      expect(text).toMatch(new RegExp(`^  sdnet ${command}`, 'm'));
    expect(text).toMatch(/Exit codes: 0 done; 1 .*; 2 .*; 130\s+interrupted/s);
  });

  it.each([
    [
      'train',
      ['dataset', 'data', 'model', 'recipe', 'epochs', 'batch', 'seed', 'out', 'resume', 'init', 'fold'],
    ],
    ['evaluate', ['weights', 'dataset', 'data', 'split', 'tta', 'json']],
    ['predict', ['weights', 'cropped', 'minimum-face', 'maximum-faces', 'views', 'json', 'jsonl', 'csv']],
    ['inspect', ['classes', 'channels', 'size', 'stem-stride', 'json']],
    ['export', ['weights', 'out']],
    ['datasets check', ['dataset', 'data', 'json']],
  ])('%s describes each of its options', async (command, options) => {
    const { code, stdout: text } = await sdnetHere(...command.split(' '), '--help');
    expect(code).toBe(0);
    expect(text).toContain(`sdnet ${command}`);
    // Name and description, on one line or two.
    for (const option of options)
      expect(text).toMatch(new RegExp(`^ +(-\\w, )?--${option}\\s+[A-Z\\w].{5}`, 'm'));
  });
});

describe('sdnet completion', () => {
  it('prints a script for the shell', async () => {
    expect(await output('completion')).toMatch(
      /###-begin-sdnet-completions-###[\s\S]*###-end-sdnet-completions-###/,
    );
  });

  it('completes commands and options', async () => {
    const words = (text: string) => text.split('\n').map((line) => line.split(':')[0]);
    expect(words(await output('--get-yargs-completions', 'sdnet', 'ev'))).toContain('evaluate');
    expect(words(await output('--get-yargs-completions', 'sdnet', 'train', '--re'))).toEqual(
      expect.arrayContaining(['--recipe', '--resume']),
    );
  });
});

describe('sdnet inspect', () => {
  it('counts what the paper says', async () => {
    const { parameters, multiplyAdds, layers } = await jsonOf('inspect', 'sdnet');
    expect(parameters).toBe(2_172_047);
    expect(multiplyAdds).toBeGreaterThan(0);
    expect(multiplyAdds).toBeLessThanOrEqual(123.8e6);
    const total = (key: string) =>
      layers.reduce((sum: number, layer: Record<string, number>) => sum + layer[key]!, 0);
    expect(total('parameters')).toBe(parameters);
    expect(total('multiplyAdds')).toBe(multiplyAdds);
  });

  it('prints a table with the same totals', async () => {
    const text = await output('inspect', 'sdnet', '--classes', '7', '--channels', '1', '--size', '68');
    expect(text).toMatch(/^layer +operator +output +parameters +multiply-adds$/m);
    expect(text).toMatch(/^head\.classifier +matmul +7 +6,055 +6,048$/m);
    expect(text).toMatch(
      /sdnet, grey 68×68, 7 classes: 2,172,047 parameters, 12[0-9],\d{3},\d{3} multiply-adds/,
    );
  });

  it('takes the stride of the stem, where the network offers it', async () => {
    const official = await jsonOf('inspect', 'mobilenet-v3-small');
    const finer = await jsonOf('inspect', 'mobilenet-v3-small', '--stem-stride', '1');
    expect(official.layers[0].outputShape).toEqual([16, 34, 34]);
    expect(finer.layers[0].outputShape).toEqual([16, 68, 68]);
    expect(finer.parameters).toBe(official.parameters);
    expect(await sdnetHere('inspect', 'sdnet', '--stem-stride', '1')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/sdnet offers no stem stride/),
    });
  });
});

describe('sdnet predict', () => {
  const images = ['angry', 'happy'].map((expression) => join(data, 'train', expression, 'Training_0.png'));
  const recognized = async (from: Weights) => {
    const recognizer = await createCropRecognizer(nodeRuntime, from);
    const results = await recognizer.recognize(await Promise.all(images.map((image) => decodeImage(image))));
    await recognizer.release();
    return images.map((file, index) => ({ file, ...results[index]! }));
  };

  it('prints an object for each image as JSON, and a line as text', async () => {
    const expected = await recognized(weights);
    const results = await jsonOf('predict', '--cropped', ...images, '--weights', weightsFile);
    expect(results).toEqual(expected);
    for (const { expression, confidence, scores } of results) {
      expect(Object.keys(scores)).toEqual([...expressions]);
      const values: number[] = Object.values(scores);
      expect(values.reduce((sum, score) => sum + score, 0)).toBeCloseTo(1, 5);
      expect(confidence).toBe(Math.max(...values));
      expect(scores[expression]).toBe(confidence);
    }
    const { code, stdout, stderr } = await sdnet('predict', '--cropped', ...images, '--weights', weightsFile);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(
      expected
        .map(
          ({ file, expression, confidence }) =>
            `${file}: ${expression} (${(100 * confidence).toFixed(0)} %)\n`,
        )
        .join(''),
    );
  });

  it('uses the shipped SDNet where no weights are named', async () => {
    const shipped = await readWeights(shippedWeights());
    expect(shipped).toMatchObject({ model: 'sdnet', classNames: expressions });
    expect(await jsonOf('predict', '--cropped', ...images)).toEqual(await recognized(shipped));
  });

  it('holds one decoded image at a time', async () => {
    const background = { r: 200, g: 120, b: 40 };
    const image = join(folder, 'large.png');
    await sharp({ create: { width: 4000, height: 4000, channels: 3, background } }).toFile(image);
    const command = JSON.stringify([
      'predict',
      '--cropped',
      ...Array<string>(16).fill(image),
      '--weights',
      weightsFile,
    ]);
    const program = `const { main } = await import('../../dist/cli/main.js');
      await main(${command});
      console.log(process.resourceUsage().maxRSS);`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', program],
      { cwd: import.meta.dirname },
    );
    const lines = stdout.trim().split('\n');
    expect(lines.slice(0, -1)).toEqual(Array(16).fill(expect.stringMatching(/large\.png: \w+ \(\d+ %\)/)));
    // In kilobytes. All decoded images together would take 768 MB.
    expect(Number(lines.at(-1))).toBeLessThan(600_000);
  });
});

describe('sdnet evaluate', () => {
  it('prints one object as JSON', async () => {
    const result = await jsonOf('evaluate', ...fer2013, '--weights', weightsFile);
    expect(result).toMatchObject({
      dataset: 'fer2013',
      split: 'validation',
      tta: 'none',
      model: 'sdnet',
      samples: 14,
      parameters: 2_172_047,
    });
    const { confusion, perClass, accuracy, balancedAccuracy, multiplyAdds } = result;
    expect(multiplyAdds).toBeLessThan(123.8e6);
    expect(confusion.map((row: number[]) => row.reduce((sum, count) => sum + count))).toEqual(
      Array(7).fill(2),
    );
    const correct = confusion.reduce((sum: number, row: number[], index: number) => sum + row[index]!, 0);
    expect(accuracy).toBeCloseTo(correct / 14, 12);
    // As many images of each class.
    expect(balancedAccuracy).toBeCloseTo(accuracy, 12);
    expect(perClass.map(({ expression }: { expression: string }) => expression)).toEqual([...expressions]);
    expect(Object.keys(perClass[0]).sort()).toEqual(['expression', 'f1', 'precision', 'recall', 'support']);
  });

  it('takes the split and the mirrored images that are asked for', async () => {
    const args = ['evaluate', ...fer2013, '--weights', weightsFile, '--tta', 'flip', '--threads', '1'];
    expect(await jsonOf(...args, '--split', 'test')).toMatchObject({
      split: 'test',
      tta: 'flip',
      samples: 7,
    });
    const text = await output(...args, '--split', 'train');
    expect(text).toMatch(/^28 images: accuracy \d+\.\d %, balanced accuracy \d+\.\d %, macro-F1 \d+\.\d %\n/);
    expect(text).toMatch(/^class +precision +recall +F1 +images$/m);
  });
});

describe('sdnet export', () => {
  it('writes an ONNX model that any runtime can run', async () => {
    const out = join(folder, 'exported.onnx');
    expect(await output('export', '--weights', weightsFile, '--out', out)).toMatch(
      /exported\.onnx: sdnet, 8\.\d MB/,
    );
    const { model } = decodeModel(readFileSync(out));
    const metadata = Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value]));
    expect(metadata).toMatchObject({
      model: 'sdnet',
      size: '48',
      channels: '1',
      mean: '0.5',
      deviation: '0.25',
    });
    expect(JSON.parse(metadata.classNames!)).toEqual([...expressions]);
    expect(new Set(model.opsetImport.map(({ domain }) => domain))).toEqual(new Set(['']));
    const session = await nodeRuntime.createSession(readFileSync(out));
    const { scores } = await session.run({
      images: { shape: [3, 1, 48, 48], data: new Float32Array(3 * 48 * 48) },
    });
    await session.release();
    expect(scores!.shape).toEqual([3, 7]);
  });

  it('writes a safetensors file with the same weights', async () => {
    const out = join(folder, 'exported.safetensors');
    await output('export', '--weights', weightsFile, '--out', out);
    const { parameters, statistics, ...description } = await readWeights(out);
    expect(bytesOf(parameters).equals(bytesOf(weights.parameters))).toBe(true);
    expect(bytesOf(statistics).equals(bytesOf(weights.statistics))).toBe(true);
    expect(description).toEqual({
      model: 'sdnet',
      classNames: expressions,
      preprocessing: weights.preprocessing,
    });
    expect(readFileSync(out).equals(readFileSync(weightsFile))).toBe(true);
  });
});

describe('sdnet datasets check', () => {
  it('prints counts and class weights as JSON', async () => {
    const report = await jsonOf('datasets', 'check', ...fer2013);
    expect(report).toMatchObject({ dataset: 'fer2013' });
    expect(JSON.stringify(report)).toContain('angry');
    expect(await output('datasets', 'check', ...fer2013)).toMatch(/disgust/);
  });
});

describe('sdnet train', () => {
  // So many that the signal comes before the last is finished.
  const epochs = 4;
  const training = (...more: string[]) => [
    ...['train', ...fer2013, '--model', 'mobilenet-v3-small', '--recipe', smallRecipe(folder, epochs)],
    ...['--seed', '5', '--threads', '1', ...more],
  ];

  it('trains, stops at Ctrl-C and goes on to the same end', async () => {
    const whole = join(folder, 'whole');
    const { code, stdout, stderr } = await sdnetHere(...training('--out', whole, '--json'));
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ out: whole, weights: join(whole, 'best.safetensors') });
    expect(result.history).toEqual(outcome(logOf(whole)));
    expect(result.bestAccuracy).toBe(Math.max(...logOf(whole).map((record) => record.validationAccuracy)));

    const stopped = join(folder, 'stopped');
    const running = startSdnet(training('--out', stopped), (text) => {
      if (text.includes('epoch 1:')) running.process.kill('SIGINT');
    });
    const interrupted = await running.ended;
    expect(interrupted.code).toBe(130);
    expect(interrupted.stderr).toContain('Stopping after this step');
    expect(interrupted.stderr).toMatch(/holds the run up to its last finished epoch; go on with --resume/);
    const resumed = await sdnetHere(...training('--out', stopped, '--resume'));
    expect({ code: resumed.code, stderr: resumed.stderr }).toMatchObject({ code: 0 });
    expect(resumed.stderr).toMatch(
      /^epoch 4: loss \d\.\d{3}, training .* %, validation .* %.*, \d+ images\/s, \d+ s/m,
    );
    expect(resumed.stdout).toMatch(/best\.safetensors: validation accuracy \d+\.\d\d %/);
    await expectSameRun(stopped, whole);
  });

  it('stopped before the first epoch is finished, can be resumed too', async () => {
    const out = join(folder, 'early');
    mkdirSync(out);
    const args = [
      ...['train', '--dataset', 'synthetic', '--samples', '200', '--model', 'mobilenet-v3-small'],
      ...['--recipe', smallRecipe(folder, 1), '--out', out],
    ];
    // A thousand steps to the end of the epoch.
    const running = startSdnet([...args, '--batch', '1']);
    const watcher = watch(out, (_, name) => {
      if (name === 'checkpoint.safetensors') running.process.kill('SIGTERM');
    });
    const { code, stderr } = await running.ended;
    watcher.close();
    expect(code).toBe(130);
    expect(stderr).toContain(`Stopped. ${out} holds the run as it started; go on with --resume.`);
    // Other options would be another run: it is found.
    const other = await sdnetHere(...args, '--batch', '14', '--resume');
    expect(other.stderr).toContain('was started with --batch 1, so it cannot go on with --batch 14');
  });

  it('fine-tunes a run', async () => {
    const tuned = join(folder, 'tuned');
    const { code, stderr } = await sdnetHere(
      ...training('--epochs', '1', '--init', join(folder, 'whole'), '--out', tuned),
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(logOf(tuned)).toHaveLength(1);
    const scores = await jsonOf('evaluate', ...fer2013, '--weights', tuned);
    expect(scores).toMatchObject({ model: 'mobilenet-v3-small', samples: 14 });
    expect(scores.accuracy).toBeCloseTo(logOf(tuned)[0]!.validationAccuracy, 12);
  });
});

describe('a command line that cannot be understood exits with 2', () => {
  it.each([
    ['', /Name a command\./],
    ['predict', /an argument is missing\./],
    ['predict face.png --weights=', /--weights is empty; a value is expected\./],
    ['evaluate --dataset synthetic --threads 5000', /--threads 5000: at most \d+ are of use/],
    ['recognise', /Unknown argument: recognise/],
    ['inspect resnet', /resnet is neither a network nor a file; choose one of sdnet, mobilenet/],
    ['inspect ghostnet --stem-stride 3', /Argument: stem-stride, Given: 3, Choices: 1, 2/],
    ['inspect sdnet --size 2.5', /--size 2\.5: a whole number from 1 to 512 is expected\./],
    ['train --dataset synthetic --out', /Not enough arguments following: out/],
    ['train --dataset synthetic --seed x', /--seed x: a number is expected\./],
    ['train --dataset synthetic --data-seed=-1', /--data-seed -1: a whole number from 0 is expected\./],
    ['train --dataset synthetic --epochs 0', /--epochs 0: a whole number from 1 to 10000 is expected\./],
    ['train --dataset synthetic --threads 0', /--threads 0: a whole number from 1 is expected\./],
    ['inspect sdnet --size 48 --size 32', /--size is given more than once\./],
    ['train --dataset synthetic --speed 3', /Unknown argument: speed/],
    ['evaluate --dataset synthetic --split all', /Argument: split, Given: "all", Choices: "train"/],
    ['evaluate', /Missing required argument: dataset/],
    ['export', /Missing required argument: out/],
    ['datasets', /Name what to do: check or crop\./],
    [
      'train --dataset synthetic --protocol random',
      /--protocol random needs a --fold: which one is the validation images/,
    ],
  ])('sdnet %s', async (line, message) => {
    const { code, stdout, stderr } = await sdnetHere(...line.split(' ').filter(Boolean));
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/\nSee sdnet --help, or sdnet <command> --help\.\n$/);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

it('exit code and message are those of the process', async () => {
  const wrong = await sdnet('train', '--dataset', 'synthetic', '--seed', 'x');
  expect(wrong).toEqual({
    code: 2,
    stdout: '',
    stderr: '--seed x: a number is expected.\nSee sdnet --help, or sdnet <command> --help.\n',
  });
});
