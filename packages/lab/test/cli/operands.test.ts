import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWeights } from '@sdnet/lab';
import { beforeAll, describe, expect, it } from 'vitest';
import { facePngs } from '../support/draw-faces.js';
import { program, sdnetHere } from '../support/sdnet-command.js';
import { suiteFolder } from '../support/suite-folder.js';
import { put } from '../support/temporary-folder.js';
import { untrainedWeights } from '../support/untrained-weights.js';

const folder = suiteFolder();
const weights = join(folder, 'weights.safetensors');
const evil = join(folder, 'evil.safetensors');
const faces = join(folder, 'faces');
const face = (name: string) => join(faces, name);
let png: Buffer;

beforeAll(async () => {
  [png] = (await facePngs('happy', 1)) as [Buffer];
  for (const name of ['b.png', 'a.png', 'c[1].png', 'sub/d.png', 'sub/.hidden.png']) put(faces, name, png);
  put(faces, 'notes.txt', 'no image');
  await writeWeights(weights, untrainedWeights('mobilenet-v3-small', { preprocessing: small }));
  const classNames = ['happy (99 %)\nfake.png: sad', '\u001b[2Jwiped'];
  await writeWeights(evil, untrainedWeights('mobilenet-v3-small', { preprocessing: small, classNames }));
});
const small = { size: 32, channels: 1, mean: 0.5, deviation: 0.25 } as const;

/** What `predict` says of the operands: the files it names, in order. */
async function predicted(...args: string[]) {
  const { code, stdout, stderr } = await sdnetHere('predict', '--cropped', '--weights', weights, ...args);
  const files = stdout.split('\n').filter(Boolean);
  for (const line of files) expect(line).toMatch(/^.*: \w+ \(\d+ %\)$/);
  return { code, files: files.map((line) => line.replace(/: \w+ \(\d+ %\)$/, '')), stderr };
}

describe('sdnet predict loses no operand', () => {
  it('after --, also where they begin like options', async () => {
    expect(await predicted(face('b.png'), '--', face('a.png'))).toEqual({
      code: 0,
      files: [face('b.png'), face('a.png')],
      stderr: '',
    });
    const { code, files, stderr } = await predicted('--', face('a.png'), '--json', '-w.png');
    expect({ code, files }).toEqual({ code: 1, files: [face('a.png')] });
    expect(stderr).toBe(
      '--json: there is no such file or folder. Check the path.\n' +
        '-w.png: there is no such file or folder. Check the path.\n2 of 3 images could not be read.\n',
    );
  });

  it('such as true, a number or a text with blanks', async () => {
    const { stderr } = await predicted('--json=false', 'true', '007', '1e3', ' ');
    for (const name of ['true', '007', '1e3', ' '])
      expect(stderr).toContain(`${name}: there is no such file or folder.`);
    expect(stderr).toContain('4 of 4 images could not be read.');
  });

  it('reads standard input, in its place and once', async () => {
    const child = spawn(process.execPath, [
      ...[
        program,
        'predict',
        '--cropped',
        '--weights',
        weights,
        face('a.png'),
        '-',
        face('b.png'),
        '-',
        '--json',
      ],
    ]);
    child.stdin.end(png);
    let output = '';
    child.stdout.on('data', (text) => (output += text));
    const [code] = await once(child, 'close');
    const results = JSON.parse(output);
    expect(results.map(({ file }: { file: string }) => file)).toEqual([
      face('a.png'),
      '-',
      face('b.png'),
      '-',
    ]);
    expect(results[1].scores).toEqual(results[0].scores);
    expect(results[3].error).toContain('standard input is named more than once');
    expect(code).toBe(1);
  });

  it('expands folders and quoted patterns in a stable order', async () => {
    expect(await predicted(faces)).toEqual({
      code: 0,
      files: ['a.png', 'b.png', 'c[1].png', 'sub/d.png'].map(face),
      stderr: '',
    });
    expect((await predicted(face('*.png'))).files).toEqual(['a.png', 'b.png', 'c[1].png'].map(face));
    expect((await predicted(face('**/*.png'))).files).toEqual(
      ['a.png', 'b.png', 'c[1].png', 'sub/d.png'].map(face),
    );
    // A file that is called like a pattern is that file.
    expect((await predicted(face('c[1].png'))).files).toEqual([face('c[1].png')]);
  });

  it.skipIf(process.platform === 'win32')('follows links, and not in circles', async () => {
    const linked = join(folder, 'linked');
    mkdirSync(linked);
    copyFileSync(face('a.png'), join(linked, 'a.png'));
    symlinkSync(linked, join(linked, 'again'));
    symlinkSync(join(faces, 'sub'), join(linked, 'other'));
    expect((await predicted(linked)).files).toEqual(
      ['a.png', 'other/d.png'].map((name) => join(linked, name)),
    );
  });

  // Windows has no names that are not Unicode, and links only for administrators.
  it.skipIf(process.platform === 'win32')(
    'reads a folder in which some things cannot be looked at',
    async () => {
      const photos = join(folder, 'photos');
      mkdirSync(photos);
      copyFileSync(face('a.png'), join(photos, 'a.png'));
      for (const name of ['notes', 'gone.png']) symlinkSync('nowhere', join(photos, name));
      for (const ending of ['png', 'txt'])
        writeFileSync(Buffer.from(`${photos}/\xff.${ending}`, 'latin1'), png);
      const { code, files, stderr } = await predicted(photos);
      expect({ code, files }).toEqual({ code: 1, files: [join(photos, 'a.png')] });
      expect(stderr).toBe(
        `${photos}: the name \\xff.png is not UTF-8, so its file cannot be named. Rename it.\n` +
          `${join(photos, 'gone.png')}: there is no such file or folder. Check the path.\n` +
          '2 of 3 images could not be read.\n',
      );
    },
  );

  it('prints what it can read, and names what it cannot', async () => {
    const bad = put(folder, 'bad.png', 'no image');
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    const { code, files, stderr } = await predicted(
      ...[bad, face('a.png'), join(folder, 'none.png'), empty, face('*.gif'), 'https://example.com/a.png'],
      face('b.png'),
    );
    expect({ code, files }).toEqual({ code: 1, files: [face('a.png'), face('b.png')] });
    const lines = stderr.trimEnd().split('\n');
    expect(lines).toHaveLength(6);
    expect(lines[0]).toContain(`${bad}: not an image`);
    expect(lines[1]).toContain('none.png: there is no such file or folder');
    expect(lines[2]).toContain(`${empty}: the folder holds no image.`);
    expect(lines[3]).toContain('*.gif: no file is called like this.');
    expect(lines[4]).toContain('https://example.com/a.png: this is an address. Nothing is fetched');
    expect(lines[5]).toBe('5 of 7 images could not be read.');
  });

  it('as JSON too, one entry for each', async () => {
    const { code, stdout } = await sdnetHere(
      ...['predict', '--cropped', '--weights', weights, '--json', face('a.png'), join(folder, 'none.png')],
    );
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual([
      {
        file: face('a.png'),
        expression: expect.any(String),
        confidence: expect.any(Number),
        scores: expect.any(Object),
      },
      { file: join(folder, 'none.png'), error: expect.stringContaining('there is no such file') },
    ]);
  });
});

describe.skipIf(process.platform === 'win32')('names that are not ours', () => {
  it('cannot forge a line or move the cursor', async () => {
    const name = 'face.png\nfake.png: happy (100 %)\u001b[2J\u202e\u0085.png';
    const shown = 'face.png\\u{a}fake.png: happy (100 %)\\u{1b}[2J\\u{202e}\\u{85}.png';
    put(folder, `names/${name}`, png);
    put(folder, `names/x${name}`, 'no image');
    const { stdout, stderr, code } = await sdnetHere(
      'predict',
      '--cropped',
      join(folder, 'names'),
      '--weights',
      evil,
    );
    expect(code).toBe(1);
    expect(stdout.split('\n')).toHaveLength(2);
    expect(stdout).toMatch(/^.*: (happy \(99 %\)\\u\{a\}fake\.png: sad|\\u\{1b\}\[2Jwiped) \(\d+ %\)\n$/);
    expect(stdout).toContain(`names/${shown}: `);
    expect(stderr).toContain(`names/x${shown}: not an image`);
    expect(stderr.trimEnd().split('\n')).toHaveLength(2);
    const json = await sdnetHere('predict', '--cropped', join(folder, 'names'), '--weights', evil, '--json');
    // eslint-disable-next-line no-control-regex
    expect(json.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(JSON.parse(json.stdout)[0].file).toBe(join(folder, 'names', name));
    const inspected = await sdnetHere('inspect', evil);
    expect(inspected.stdout).toContain('classes  happy (99 %)\\u{a}fake.png: sad, \\u{1b}[2Jwiped');
  });

  it('are cut in messages', async () => {
    const { stderr } = await sdnetHere('inspect', 'x'.repeat(5_000_000));
    expect(stderr.length).toBeLessThan(2200);
    expect(stderr).toMatch(/^x+ … \(\d+ characters left out\) … .*name a file of weights\.$/m);
  });
});

describe('arguments that would vanish or be taken for others are refused', () => {
  it.each([
    ['evaluate --dataset synthetic --tta -- flip', /Argument: tta, Given: "flip", Choices/],
    ['inspect sdnet -- ghostnet', /Unknown argument: ghostnet/],
    ['inspect sdnet ghostnet', /Unknown argument: ghostnet/],
    ['inspect sdnet -', /Unknown argument: -/],
    ['inspect sdnet --network ghostnet', /Unknown argument: network/],
    ['predict a.png --images b.png', /Unknown argument: images/],
    ['train --dataset synthetic -- x', /Unknown argument: x/],
    ['train --dataset synthetic -', /Unknown argument: -/],
    ['train --dataset synthetic --json true', /Unknown argument: true/],
    ['train --dataset synthetic --json=maybe', /--json maybe: true or false is expected\./],
    ['train --dataset synthetic --no-json', /Unknown arguments?: no-json/],
    ['train --dataset synthetic --seed.x 3', /Unknown argument: seed\.x/],
    ['train --dataset synthetic --seed=', /--seed is empty; a value is expected\./],
    ['train --dataset synthetic --$0 x', /Unknown argument: \$0/],
    ['train --dataset synthetic --seed 1 --seed 2', /--seed is given more than once\./],
    ['train --dataset synthetic --epochs 1e9', /--epochs 1000000000: a whole number from 1 to 10000/],
    ['train --dataset synthetic --batch 1e12', /--batch 1000000000000: a whole number from 1 to 65536/],
    ['train --dataset synthetic --samples 1e7', /--samples 10000000: a whole number from 10 to 20000/],
    ['train --dataset synthetic --learning-rate 0', /--learning-rate 0: a positive number is expected\./],
    ['train --dataset synthetic --learning-rate x', /--learning-rate x: a number is expected\./],
    ['train --resume', /--resume needs an --out/],
    ['train', /Missing required argument: dataset/],
    ['evaluate --dataset synthetic x', /Unknown argument: x/],
    ['evaluate --dataset synthetic -- x', /Unknown argument: x/],
    ['export --out a.onnx b.onnx', /Unknown argument: b\.onnx/],
    ['datasets check --dataset synthetic -- x', /Unknown argument: x/],
    ['inspect sdnet --classes 1e15', /--classes 1000000000000000: a whole number from 1 to 10000/],
    ['inspect sdnet --size 1e9', /--size 1000000000: a whole number from 1 to 512/],
  ])('sdnet %s', async (line, message) => {
    const { code, stdout, stderr } = await sdnetHere(...line.split(' '));
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it.each([
    [['predict', ''], /^An argument is empty/],
    [['train', '--dataset', 'synthetic', '--seed', ''], /^--seed is empty; a value is expected\./],
    [['train', '--dataset', 'synthetic', '--seed', ' '], /^--seed is empty; a value is expected\./],
    [['export', '--out', ''], /^--out is empty; a value is expected\./],
  ])('an empty text: sdnet %j', async (args, message) => {
    expect(await sdnetHere(...args)).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
  });
});
