import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'csv-parse/sync';
import sharp from 'sharp';
import { createRecognizer, type Face } from 'sdnet';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ffmpeg, makeClip, portraitFile, withoutFfmpeg } from '../support/make-clip.js';
import { commandsOf, readmeBlocks, runIn } from '../support/readme-blocks.js';
import { sdnetHere, startSdnet } from '../support/sdnet-command.js';
import { suiteFolder } from '../support/suite-folder.js';
import { put } from '../support/temporary-folder.js';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });
afterEach(() => vi.unstubAllEnvs());

const folder = suiteFolder();
const name = 'a <b>&"clip".mp4';
let clip: string;
/** Its face at 120 pixels, as a photo. */
let portrait: Face;

beforeAll(async () => {
  if (withoutFfmpeg) return;
  // One face moves to the right, the other leaves after a second.
  clip = makeClip(folder, name, 2, [
    { x: '10+30*t', y: '20' },
    { x: '190', y: '100', when: 'lt(t,0.95)' },
  ]);
  const photo = join(folder, 'portrait.png');
  await sharp({ create: { width: 320, height: 240, channels: 3, background: '#808080' } })
    .composite([{ input: await sharp(portraitFile).resize(120, 120).toBuffer(), left: 100, top: 60 }])
    .toFile(photo);
  const recognizer = await createRecognizer();
  [portrait] = (await recognizer.recognize(photo)) as [Face];
  await recognizer.release();
});

type Row = Record<string, string>;
const rowsIn = (file: string): Row[] => parse(readFileSync(file), { columns: true });
const number = (row: Row, column: string) => Number(row[column]);

/** Nothing that was being written, or is to be written, is left. */
const outputs = () => readdirSync(folder).filter((file) => /\.(csv|svg|html|tmp)$/.test(file));

describe.skipIf(withoutFfmpeg)(`sdnet predict on videos${withoutFfmpeg ?? ''}`, () => {
  it('follows each face over time', async () => {
    const [table, chart] = [join(folder, 'all.csv'), join(folder, 'all.svg')];
    const { code, stdout, stderr } = await sdnetHere(
      ...['predict', clip, '--jsonl', '--csv', table, '--chart', chart],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const times = Array.from({ length: 20 }, (_, index) => 100 * index);
    const frames = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(frames.map(({ time }) => time)).toEqual(times);
    expect(frames[0]).toMatchObject({
      file: clip,
      faces: [{ expression: 'happy' }, { expression: 'happy' }],
    });

    const rows = rowsIn(table);
    expect(rows.map(({ file }) => file)).toEqual(rows.map(() => clip));
    const moving = rows.filter((row) => number(row, 'x') < 120 && number(row, 'y') < 70);
    const leaving = rows.filter((row) => !moving.includes(row));
    expect(moving.map((row) => number(row, 'time'))).toEqual(times);
    expect(leaving.map((row) => number(row, 'time'))).toEqual(times.slice(0, 10));
    for (const group of [moving, leaving]) expect(new Set(group.map(({ id }) => id)).size).toBe(1);
    expect(moving[0]!.id).not.toBe(leaving[0]!.id);
    const { box } = portrait;
    for (const row of moving) {
      const shift = 10 + 0.03 * number(row, 'time') - 100;
      expect(Math.abs(number(row, 'x') - (box.x + shift))).toBeLessThan(0.1 * box.width);
      expect(Math.abs(number(row, 'y') - (box.y - 40))).toBeLessThan(0.1 * box.width);
      expect(Math.abs(number(row, 'width') / box.width - 1)).toBeLessThan(0.1);
      expect(row.expression).toBe('happy');
    }
    // As the tracker says, in ms.
    expect(number(moving[0]!, 'lag')).toBe(0);
    expect(number(moving.at(-1)!, 'lag')).toBeGreaterThan(100);

    sharp.unblock({ operation: ['VipsForeignLoadSvgBuffer'] });
    const drawn = await sharp(readFileSync(chart))
      .flatten()
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const colour = (x: number, y: number) => [
      ...drawn.data.subarray(3 * (y * drawn.info.width + x)).subarray(0, 3),
    ];
    // Panels of the moving and the leaving face, at a quarter and at three quarters of the time.
    const happy = [230, 159, 0];
    expect([colour(280, 150), colour(720, 150)]).toEqual([happy, happy]);
    expect([colour(280, 278), colour(720, 278)]).toEqual([happy, [255, 255, 255]]);
  });

  it('does what the README says', async () => {
    copyFileSync(clip, join(folder, 'clip.mp4'));
    const [command] = commandsOf(readmeBlocks('Video')[0]!);
    const { code, stdout, stderr } = await runIn(folder, command!);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(
      'clip.mp4: face 1, 0:00.0 to 0:01.5: happy 100 %\nclip.mp4: face 2, 0:00.0 to 0:00.5: happy 100 %\n',
    );
    expect(rowsIn(join(folder, 'faces.csv')).map(({ time, id }) => `${time} ${id}`)).toEqual([
      ...['0 1', '0 2', '500 1', '500 2', '1000 1', '1500 1'],
    ]);
    const page = readFileSync(join(folder, 'faces.html'), 'utf8');
    expect(page).toContain('<title>clip.mp4: expressions over time</title>');
    expect(page).toContain('2 faces in 4 frames');
  });

  it('names a video that cannot be read, goes on with the others, and ends with 1', async () => {
    const broken = put(folder, 'broken.mp4', readFileSync(clip).subarray(0, 4000));
    const table = join(folder, 'some.csv');
    const { code, stdout, stderr } = await sdnetHere(
      ...['predict', broken, clip, join(folder, 'none.mp4'), '--json', '--every', '1000', '--csv', table],
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /broken\.mp4: its index is missing.*\n.*none\.mp4: there is no such file.*\n2 of 3 videos/s,
    );
    expect(JSON.parse(stdout)).toMatchObject([
      { file: broken, frames: [], error: expect.stringContaining('its index is missing') },
      {
        file: clip,
        frames: [
          { time: 0, faces: [{ id: 1 }, { id: 2 }] },
          { time: 1000, faces: [{ id: 1 }] },
        ],
      },
      { frames: [], error: expect.stringContaining('there is no such file') },
    ]);
    expect(rowsIn(table).map(({ time, id }) => `${time} ${id}`)).toEqual(['0 1', '0 2', '1000 1']);

    const lines = await sdnetHere('predict', broken, clip, '--jsonl', '--every', '1000');
    expect(
      lines.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { file: broken, error: expect.stringContaining('its index is missing') },
      { file: clip, time: 0 },
      { file: clip, time: 1000 },
    ]);

    const before = outputs();
    const alone = await sdnetHere(
      'predict',
      broken,
      '--csv',
      join(folder, 'broken.csv'),
      '--chart',
      join(folder, 'b.svg'),
    );
    expect(alone).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^\S*broken\.mp4: its index/),
    });
    expect(outputs()).toEqual(before);
  });

  it('follows faces in a clip too small for a sixteenth of it to be looked for', async () => {
    const small = join(folder, 'small.mp4');
    ffmpeg('-i', clip, '-t', '0.3', '-vf', 'scale=240:180', small);
    const { code, stdout } = await sdnetHere('predict', small);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/small\.mp4: face 1, 0:00\.0 to 0:00\.2: happy.*\n.*small\.mp4: face 2/),
    });
  });

  it('ends with Ctrl-C, and FFmpeg with it, and leaves no half file', async () => {
    const before = outputs();
    const long = makeClip(folder, 'long.mp4', 60, [{ x: '10', y: '20' }]);
    const running = startSdnet(['predict', long, '--jsonl', '--csv', join(folder, 'long.csv')]);
    running.process.stdout!.once('data', () => running.process.kill('SIGINT'));
    const { code, stderr } = await running.ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(/Stopped at 0:\d\d\.\d of .*long\.mp4/);
    expect(outputs()).toEqual(before);
    const commands = readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry) && existsSync(`/proc/${entry}/cmdline`))
      .flatMap((pid) => {
        try {
          return [readFileSync(`/proc/${pid}/cmdline`, 'utf8')];
        } catch {
          return [];
        }
      });
    expect(commands.filter((command) => command.includes(long))).toEqual([]);
  });

  it('refuses what has no meaning', async () => {
    const refused = async (...args: string[]) => {
      const { code, stdout, stderr } = await sdnetHere('predict', ...args);
      expect(stdout).toBe('');
      expect(code).toBe(2);
      return stderr;
    };
    expect(await refused(clip, portraitFile)).toMatch('read them by two commands');
    expect(await refused(portraitFile, '--every', '100')).toMatch('--every is for videos');
    expect(await refused(clip, '--every', '0')).toMatch('--every 0: a number of ms');
    expect(await refused(clip, '--chart', 'chart.png')).toMatch('a file called .svg or .html is expected');
    const both = join(folder, 'both.svg');
    expect(await refused(clip, '--chart', both, '--csv', both)).toMatch('a file called .csv is expected');
    expect(await refused(clip, clip, '--chart', 'chart.svg')).toMatch('--chart is of one video');
    expect(await refused(clip, '--cropped')).toMatch('--cropped is for images');
    const own = put(folder, 'own.safetensors', 'weights');
    for (const args of [
      ['--csv', clip],
      ['--weights', own, '--csv', own],
    ]) {
      const { code, stderr } = await sdnetHere('predict', clip, ...args);
      expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('is read itself') });
    }
    const typo = await sdnetHere('predict', clip, 'typo');
    expect(typo).toMatchObject({ code: 1, stderr: expect.stringContaining('typo: there is no such file') });
  });
});

it('names the command that installs FFmpeg where there is none', async () => {
  const file = put(folder, 'any.mp4', 'content');
  vi.stubEnv('PATH', resolve(folder, 'nothing'));
  const { code, stderr } = await sdnetHere('predict', file);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /Videos are read by ffprobe \(of FFmpeg\), which is not on this machine's PATH\. Install it: \S+ install ffmpeg/,
  );
});
