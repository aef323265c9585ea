import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { createRecognizer } from 'sdnet';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { plainImage } from '../support/draw-image.js';
import { sdnetHere } from '../support/sdnet-command.js';
import { suiteFolder } from '../support/suite-folder.js';
import { put } from '../support/temporary-folder.js';

vi.setConfig({ testTimeout: 300_000 });

const samples = resolve(import.meta.dirname, '../../../../samples');
const folder = suiteFolder();
const photo = join(folder, 'photo.jpg');
let plain: string;

beforeAll(async () => {
  copyFileSync(join(samples, 'portrait.jpg'), photo);
  plain = put(folder, 'plain.png', await plainImage(90, 200));
});

/** Side of the picture's squares, and where they begin. */
const [side, top, lefts] = [320, 76, [16, 352, 688]] as const;

const square = (file: string, column: number) =>
  sharp(file).extract({ left: lefts[column]!, top, width: side, height: side }).removeAlpha();

describe('sdnet explain', () => {
  it('draws the face, and over its mouth what speaks for a smile', async () => {
    const out = join(folder, 'why.png');
    expect(await sdnetHere('explain', photo, '--out', out)).toEqual({
      code: 0,
      stdout: expect.stringMatching(/why\.png: happy \(\d+ %\)\n$/),
      stderr: '',
    });
    expect(await sharp(out).metadata()).toMatchObject({ format: 'png', width: 1024 });
    // What is in the first square is a face that can be read again.
    const recognizer = await createRecognizer();
    const [face] = await recognizer.recognize(await square(out, 0).png().toBuffer());
    await recognizer.release();
    expect(face!.expression).toBe('happy');
    const { mouth, leftEye, rightEye } = face!.keypoints!;
    const apart = leftEye.x - rightEye.x;
    // The map's strongest colour is yellow, of much red and little blue.
    const { data } = await square(out, 1).raw().toBuffer({ resolveWithObject: true });
    const yellow = (index: number) => data[3 * index]! - 2 * data[3 * index + 2]! + data[3 * index + 1]!;
    let strongest = 0;
    const inside = (at: number) => at > 60 && at < side - 60;
    for (let index = 0; index < side * side; index++)
      if (inside(index % side) && inside(index / side) && yellow(index) > yellow(strongest))
        strongest = index;
    const spot = { x: strongest % side, y: strongest / side };
    expect(Math.hypot(spot.x - mouth.x, spot.y - mouth.y)).toBeLessThan(apart);
    // The third is another map.
    const other = await square(out, 2).raw().toBuffer();
    expect(Buffer.compare(other, data)).not.toBe(0);
  });

  it('explains another expression, and a face that is cropped', async () => {
    const out = join(folder, 'sad.png');
    const cropped = join(samples, 'astronaut.png');
    const args = ['explain', cropped, '--cropped', '--expression', 'sad', '--out', out];
    const { stdout } = await sdnetHere(...args);
    expect(stdout).toMatch(/sad\.png: happy \(\d+ %\), what speaks for sad\n$/);
    // All of the image is shown, without a frame.
    const shown = await square(out, 0).resize(48, 48).greyscale().raw().toBuffer();
    const given = await sharp(cropped).resize(48, 48).greyscale().raw().toBuffer();
    const difference = given.reduce((sum, level, index) => sum + Math.abs(level - shown[index]!), 0);
    expect(difference / given.length).toBeLessThan(6);
  });

  it('says what it cannot explain, and writes nothing', async () => {
    const out = join(folder, 'none.png');
    const refused = async (code: number, ...args: string[]) => {
      const ended = await sdnetHere('explain', ...args);
      expect(ended).toMatchObject({ code, stdout: '' });
      return ended.stderr;
    };
    expect(await refused(1, plain, '--out', out)).toMatch(/plain\.png: no face is found .* say --cropped/);
    expect(await refused(1, join(folder, 'gone.jpg'), '--out', out)).toMatch('there is no such file');
    expect(await refused(1, folder, '--out', out)).toMatch('several images');
    expect(await refused(2, photo, '--out', out, '--expression', 'bored')).toMatch(
      /--expression bored: .*angry, disgust/,
    );
    expect(await refused(2, photo, '--out', join(folder, 'none.jpg'))).toMatch('ends in .png');
    expect(await refused(2, photo, '--out', out, '--maximum-faces', '51')).toMatch('--maximum-faces 51');
    expect(await refused(1, plain, '--out', plain)).toMatch('the picture would replace it');
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(readFileSync(photo)).toEqual(readFileSync(join(samples, 'portrait.jpg')));
  });
});
