import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'csv-parse/sync';
import sharp from 'sharp';
import { createRecognizer, type Face } from 'sdnet';
import { beforeAll, describe, expect, it } from 'vitest';
import { plainImage } from '../support/draw-image.js';
import { sdnetHere } from '../support/sdnet-command.js';
import { suiteFolder } from '../support/suite-folder.js';
import { put } from '../support/temporary-folder.js';

const portrait = resolve(import.meta.dirname, '../../../../samples/portrait.jpg');
const folder = suiteFolder();
const photo = join(folder, 'a, "portrait".jpg');
let plain: string;

beforeAll(async () => {
  copyFileSync(portrait, photo);
  plain = put(folder, 'plain.png', await plainImage(90, 200));
});

async function recognized(options: { views?: 1 | 2 } = {}): Promise<Face[]> {
  const recognizer = await createRecognizer(options);
  const faces = await recognizer.recognize(photo);
  await recognizer.release();
  return faces;
}

describe('sdnet predict on photos', () => {
  it('prints a line of JSON an image and writes a row a face, as the recognizer answers them', async () => {
    const table = join(folder, 'faces.csv');
    const missing = join(folder, 'missing.jpg');
    const args = ['predict', photo, plain, missing, '--jsonl', '--csv', table];
    const { code, stdout, stderr } = await sdnetHere(...args);
    const faces = await recognized();
    expect(faces).toMatchObject([{ expression: 'happy' }]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/1 of 3 images could not be read\.\n$/);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toEqual([
      { file: photo, faces },
      { file: plain, faces: [] },
      { file: missing, error: expect.stringContaining('there is no such file') },
    ]);
    const rows: Record<string, string>[] = parse(readFileSync(table), { columns: true });
    expect(rows).toHaveLength(1);
    const [{ box, scores, confidence }] = faces as [Face];
    expect(rows[0]).toMatchObject({ file: photo, expression: 'happy' });
    expect(Number(rows[0]!.x)).toBeCloseTo(box.x, 2);
    expect(Number(rows[0]!.width)).toBeCloseTo(box.width, 2);
    expect(Number(rows[0]!.confidence)).toBeCloseTo(confidence, 5);
    expect(Number(rows[0]!.score_sad)).toBeCloseTo(scores.sad!, 5);

    const before = readFileSync(table, 'utf8');
    expect(await sdnetHere('predict', missing, '--csv', table)).toMatchObject({ code: 1 });
    expect(readFileSync(table, 'utf8')).toBe(before);
  });

  it('says in a line what each shows', async () => {
    const { stdout } = await sdnetHere('predict', photo, plain);
    expect(stdout).toMatch(/^.*portrait"\.jpg: happy \(\d+ %\)\n.*plain\.png: no face\n$/);
  });

  it('looks for faces as it is told', async () => {
    // A face of 60 pixels.
    const large = join(folder, 'large.png');
    const inlay = await sharp(portrait).resize(300).toBuffer();
    const canvas = { width: 2000, height: 2000, channels: 3, background: { r: 90, g: 90, b: 90 } } as const;
    await sharp({ create: canvas })
      .composite([{ input: inlay, left: 1400, top: 200 }])
      .png()
      .toFile(large);
    expect((await sdnetHere('predict', large)).stdout).toMatch(/: happy \(\d+ %\)\n$/);
    const coarse = await sdnetHere('predict', large, '--minimum-face', '600');
    expect(coarse.stdout).toMatch(/: no face\n$/);
    const { stdout } = await sdnetHere('predict', photo, '--views', '2', '--maximum-faces', '1', '--json');
    expect(JSON.parse(stdout)).toEqual([{ file: photo, faces: await recognized({ views: 2 }) }]);
  });

  it('refuses what has no meaning before it reads an image', async () => {
    const refused = async (...args: string[]) => {
      const { code, stdout, stderr } = await sdnetHere('predict', photo, ...args);
      expect(stdout).toBe('');
      expect(code).not.toBe(0);
      return stderr;
    };
    expect(await refused('--json', '--jsonl')).toMatch('--json and --jsonl: choose one');
    expect(await refused('--maximum-faces', '0')).toMatch('--maximum-faces 0: a whole number from 1');
    expect(await refused('--minimum-face', '-3')).toMatch('--minimum-face -3: a number of pixels from 16');
    expect(await refused('--cropped', '--views', '2')).toMatch('--views is for photos');
    expect(await refused('--csv', photo)).toMatch('is read itself, and the faces would replace it');
    expect(readFileSync(photo)).toEqual(readFileSync(portrait));
    const own = put(folder, 'own.safetensors', 'weights');
    expect(await refused('--weights', own, '--csv', own)).toMatch('own.safetensors: is read itself');
    expect(readFileSync(own, 'utf8')).toBe('weights');
    expect(await refused('--csv', '-')).toMatch('-: is no file');
    expect(await refused('--csv', join(folder, 'none/faces.csv'))).toMatch('there is no folder');
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });
});
