import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { expressions } from '@sdnet/training';
import { facePngs } from '../support/draw-faces.js';
import { commandsOf, installIn, readmeBlocks, runIn } from '../support/readme-blocks.js';
import { smallRecipe } from '../support/small-training.js';
import { suiteFolder } from '../support/suite-folder.js';
import { put } from '../support/temporary-folder.js';

const folder = suiteFolder();
process.env.SDNET_CACHE = join(folder, 'cache');

/** What the blocks name, in small. */
beforeAll(async () => {
  const numbered = ['surprise', 'fear', 'disgust', 'happy', 'sad', 'angry', 'neutral'] as const;
  const spelled = { angry: '0_Anger', happy: 'Happiness', neutral: 'neutrality' } as const;
  const header = 'subDirectory_filePath,face_x,face_y,face_width,face_height,expression';
  const rows = [header];
  for (const expression of expressions) {
    const number = numbered.indexOf(expression) + 1;
    for (const [index, face] of (await facePngs(expression, 4)).entries()) {
      const name = expression in spelled ? spelled[expression as keyof typeof spelled] : expression;
      put(folder, `faces/${name}/${index}.png`, face);
      put(folder, `numbered/${number}/${index}.png`, face);
      put(folder, `RAF-DB/DATASET/${index < 3 ? 'train' : 'test'}/${number}/${index}.png`, face);
    }
    const image = `1/${expression}.png`;
    put(folder, `AffectNet/Manually_Annotated_Images/${image}`, (await facePngs(expression, 1))[0]!);
    rows.push(
      `${image},2,2,44,44,${['neutral', 'happy', 'sad', 'surprise', 'fear', 'disgust', 'angry'].indexOf(expression)}`,
    );
  }
  put(folder, 'AffectNet/training.csv', rows.join('\n'));
  put(folder, 'AffectNet/validation.csv', rows.join('\n').replaceAll('\n1/', '\n2/'));
  for (const expression of expressions)
    put(
      folder,
      `AffectNet/Manually_Annotated_Images/2/${expression}.png`,
      (await facePngs(expression, 2))[1]!,
    );
});

/** Less than the README's, which trains for hours. */
const quick = [
  ...['--model', 'mobilenet-v3-small', '--recipe', smallRecipe(folder, 1)],
  ...['--batch', '8', '--threads', '1'],
];

describe('README: Your own images', () => {
  const commands = readmeBlocks('Your own images').flatMap(commandsOf);

  it('has the commands', () => {
    expect(commands.map(([command]) => command)).toEqual([
      ...['evaluate', 'evaluate', 'datasets', 'train', 'evaluate'],
      ...['evaluate', 'evaluate', 'evaluate'],
    ]);
  });

  it.each(commands.map((args) => [args.join(' '), args] as const))('sdnet %s', async (_, args) => {
    const { code, stdout, stderr } = await runIn(folder, [...args, ...(args[0] === 'train' ? quick : [])]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const images = { faces: 28, numbered: 28, 'RAF-DB': 7, AffectNet: 7 }[args[args.indexOf('--data') + 1]!];
    if (args.includes('runs/mine'))
      expect(stdout).toMatch(args[0] === 'train' ? /validation accuracy/ : /^7 images/);
    else if (args[0] === 'evaluate') expect(stdout).toMatch(new RegExp(`^${images} images: accuracy`));
    else expect(stdout).toContain('folder: 28 images');
    if (args.includes('--predictions'))
      expect(readFileSync(join(folder, 'predictions.csv'), 'utf8').trim().split('\n')).toHaveLength(29);
  });
});

it('README: Train from a program runs as it stands', async () => {
  const { code } = readmeBlocks('Train from a program')[0]!;
  installIn(folder);
  const file = put(folder, 'train.mjs', code);
  const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: folder });
  expect(stdout).toMatch(/^validation accuracy \d+\.\d %\n$/);
  expect(existsSync(join(folder, 'runs/program/best.safetensors'))).toBe(true);
});
