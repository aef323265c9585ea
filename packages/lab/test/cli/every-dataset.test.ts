import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { type Expression, expressions } from '@sdnet/training';
import { facePngs } from '../support/draw-faces.js';
import { sdnetHere } from '../support/sdnet-command.js';
import { smallRecipe } from '../support/small-training.js';
import { suiteFolder } from '../support/suite-folder.js';
import { put } from '../support/temporary-folder.js';

const folder = suiteFolder();
process.env.SDNET_CACHE = join(folder, 'cache');

const subjects = [1, 2, 3, 4];
const sixExpressions = expressions.filter((expression) => expression !== 'neutral');

/** CK+ as it is distributed: four frames of each emotion of each subject, the face in the middle of a frame. */
async function drawCkPlus(root: string): Promise<void> {
  // In the order of their numbers: anger, contempt, disgust, fear, happiness, sadness, surprise.
  const emotions: Expression[] = ['angry', 'neutral', 'disgust', 'fear', 'happy', 'sad', 'surprise'];
  const landmarks = Array.from(
    { length: 68 },
    (_, index) => `  ${8 + (index % 33)}.0  ${8 + ((index * 7) % 33)}.0`,
  );
  for (const [index, emotion] of emotions.entries()) {
    const images = await facePngs(emotion, 4 * subjects.length);
    for (const subject of subjects)
      for (let frame = 1; frame <= 4; frame++) {
        const sequence = `S00${subject}/00${index + 1}`;
        const name = `${sequence}/${sequence.replace('/', '_')}_0000000${frame}`;
        put(root, `cohn-kanade-images/${name}.png`, images.pop()!);
        put(root, `Landmarks/${name}_landmarks.txt`, landmarks.join('\n'));
        if (frame === 4) put(root, `Emotion/${name}_emotion.txt`, `   ${index + 1}.0000000e+00\n`);
      }
  }
}

async function drawOuluCasia(root: string): Promise<void> {
  const names = { angry: 'Anger', happy: 'Happiness', sad: 'Sadness' } as Record<Expression, string>;
  for (const expression of sixExpressions) {
    const images = await facePngs(expression, 3 * subjects.length);
    for (const subject of subjects)
      for (let frame = 0; frame < 3; frame++) {
        const name = names[expression] ?? expression;
        const jpeg = await sharp(images.pop()).jpeg().toBuffer();
        put(root, `PreProcess_Img/VL_Acropped/Strong/P00${subject}/${name}/00${frame}.jpeg`, jpeg);
      }
  }
}

async function drawSfew(root: string): Promise<void> {
  for (const expression of expressions)
    for (const [index, image] of (await facePngs(expression, 10)).entries()) {
      const upright = await sharp(image).resize(143, 181, { fit: 'fill' }).png().toBuffer();
      put(root, `${index < 8 ? 'Train' : 'Val'}/${expression}/Film_00${index}.png`, upright);
    }
}

/** Every face has eight votes for what it shows and two for neutral; contempt is a drawn neutral face. */
async function drawFerPlus(root: string): Promise<void> {
  const voted = ['neutral', 'happy', 'surprise', 'sad', 'angry', 'disgust', 'fear', 'contempt'] as const;
  const pixels = ['emotion,pixels,Usage'];
  const votes = [
    'Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF',
  ];
  for (const [column, expression] of voted.entries())
    for (const [index, image] of (
      await facePngs(expression === 'contempt' ? 'neutral' : expression, 10)
    ).entries()) {
      const usage = index < 8 ? 'Training' : 'PublicTest';
      pixels.push(`0,${[...(await sharp(image).toColourspace('b-w').raw().toBuffer())].join(' ')},${usage}`);
      const row = Array<number>(10).fill(0);
      row[0] = 2;
      row[column]! += 8;
      votes.push(`${usage},fer${pixels.length}.png,${row.join(',')}`);
    }
  put(root, 'fer2013.csv', `${pixels.join('\n')}\n`);
  put(root, 'fer2013new.csv', `${votes.join('\n')}\n`);
}

async function drawManifest(root: string): Promise<void> {
  const rows = ['file,label,subject'];
  for (const expression of expressions)
    for (const [index, image] of (await facePngs(expression, 8)).entries()) {
      put(root, `${expression}/${index}.png`, image);
      rows.push(`${expression}/${index}.png,${expression},S${index % 4}`);
    }
  put(root, 'faces.csv', rows.join('\n'));
}

describe('each data set in its published layout can be trained and evaluated', () => {
  it.each([
    ['ck+', drawCkPlus, '', ['--classes', '8', '--fold', '1', '--folds', '2'], 2 * 7 * 4],
    ['oulu-casia', drawOuluCasia, '', ['--fold', '2', '--folds', '4'], 6 * 3],
    ['sfew', drawSfew, '', [], 14],
    ['ferplus', drawFerPlus, '', ['--labels', 'distribution'], 16],
    ['manifest', drawManifest, 'faces.csv', ['--protocol', 'leave-one-subject-out', '--fold', '3'], 14],
  ] as const)('%s', async (dataset, draw, file, options, samples) => {
    const root = join(folder, dataset);
    const out = join(folder, `${dataset} run`);
    await draw(root);
    const data = ['--dataset', dataset, '--data', join(root, file)];
    const particular = options.filter((_, index) => /classes|labels/.test(options[index - (index % 2)]!));
    const run = async (...args: string[]) => {
      const { code, stdout, stderr } = await sdnetHere(...args, '--json');
      expect(code, stderr).toBe(0);
      return JSON.parse(stdout);
    };
    const { history } = await run(
      ...['train', ...data, ...options, '--model', 'mobilenet-v3-small'],
      ...['--recipe', smallRecipe(folder, 1), '--batch', '8', '--threads', '1', '--out', out],
    );
    // What it was trained on, the run remembers.
    const { accuracy, samples: found } = await run('evaluate', '--weights', out, ...data, ...particular);
    expect(found).toBe(samples);
    expect(accuracy).toBe(history[0].validationAccuracy);
  });
});
