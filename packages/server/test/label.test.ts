import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { parse } from 'csv-parse/sync';
import { parquetReadObjects } from 'hyparquet';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeClip, withoutFfmpeg } from '../../lab/test/support/make-clip.js';
import { sdnet, sdnetHere, startSdnet } from '../../lab/test/support/sdnet-command.js';
import { suiteFolder } from '../../lab/test/support/suite-folder.js';
import { put, temporaryFolder } from '../../lab/test/support/temporary-folder.js';
import type { Face } from 'sdnet';
import { openLedger, readProgress } from '../src/label/ledger.js';
import { createLocalLabeller } from '../dist/label/local-labeller.js';
import { noiseImages } from './support/noise-images.js';
import { samplePath } from './support/start.js';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what is in a line is looked into, not typed
const linesOf = (file: string): any[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

describe('labels of crops', () => {
  const folder = suiteFolder();
  const data = join(folder, 'crops');
  const images = noiseImages(data, 300);
  // The last are a copy and a damaged image.
  copyFileSync(images[0]!, images[298]!);
  put(data, 'image00299.png', readFileSync(images[299]!).subarray(0, 200));
  const args = (out: string, ...more: string[]) => ['label', data, '--cropped', '--out', out, ...more];
  const whole = join(folder, 'whole.jsonl');

  it('are of every image once, and say what could not be read', async () => {
    const { code, stdout, stderr } = await sdnet(...args(whole));
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        '1 of 300 files could not be read; the output says why. Mend them and run the same command again.\n',
    });
    expect(stdout).toMatch(/^299 of 300 files labelled, 1 failed, 0 waiting; 299 faces, \S+ files\/s\.\n$/);
    const lines = linesOf(whole);
    expect(lines.map(({ file }) => file)).toEqual(images);
    expect(lines[0].faces).toEqual(lines[298].faces);
    expect(lines[0].sha256).toBe(lines[298].sha256);
    expect(lines[299]).toMatchObject({ error: expect.stringMatching(/./) });
    expect(existsSync(join(folder, 'whole.ledger-lock'))).toBe(false);
    // What `predict` says of the same images, but for the last bits.
    const predicted = await sdnetHere('predict', images[0]!, images[17]!, '--cropped', '--json');
    for (const { file, scores } of JSON.parse(predicted.stdout) as { file: string; scores: object }[]) {
      const [face] = lines.find((line) => line.file === file).faces;
      for (const [name, score] of Object.entries(scores)) expect(face.scores[name]).toBeCloseTo(score, 5);
    }
  });

  it('killed again and again, are the same bytes in the end as those of an undisturbed run', async () => {
    const killed = join(folder, 'killed.jsonl');
    for (let kill = 0; kill < 2; kill++) {
      const before = kill === 0 ? 0 : (await readProgress(join(folder, 'killed.ledger'))).done;
      // While it starts, or after some labels more.
      const after = before + Math.floor(Math.random() * 80);
      const running = startSdnet(args(killed));
      const look = setInterval(() => {
        void doneIn(join(folder, 'killed.ledger')).then((done) => {
          if (done >= after) running.process.kill('SIGKILL');
        });
      }, 20);
      expect((await running.ended).code).toBe(null);
      clearInterval(look);
      expect(existsSync(killed)).toBe(false);
    }
    expect((await sdnet(...args(killed))).code).toBe(1);
    expect(readFileSync(killed).equals(readFileSync(whole))).toBe(true);
  });

  it('are written in other formats from the same ledger', async () => {
    // Mended, it is labelled now.
    copyFileSync(images[1]!, images[299]!);
    const [csv, parquet] = ['whole.csv', 'whole.parquet'].map((name) => join(folder, name)) as [
      string,
      string,
    ];
    expect(await sdnet(...args(csv))).toMatchObject({ code: 0, stderr: '' });
    // Everything is labelled: nothing is computed, so within this process.
    expect(await sdnetHere(...args(parquet))).toMatchObject({ code: 0, stderr: '' });
    const rows: Record<string, string>[] = parse(readFileSync(csv), { columns: true });
    const { buffer, byteOffset, byteLength } = readFileSync(parquet);
    const table = await parquetReadObjects({
      file: buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer,
    });
    expect(rows.map(({ file }) => file)).toEqual(images);
    const [first] = linesOf(whole)[0].faces;
    expect(rows[0]).toMatchObject({ expression: first.expression, error: '', time: '' });
    expect(Number(rows[0]!.score_happy)).toBeCloseTo(first.scores.happy, 5);
    expect(
      table.map((row) =>
        Object.fromEntries(
          Object.entries(row).map(([name, value]) => [name, value === null ? '' : String(value)]),
        ),
      ),
    ).toEqual(rows);
  });

  it('follow the folder: a changed image is labelled again, one that is gone is left out', async () => {
    const csv = join(folder, 'whole.csv');
    copyFileSync(images[2]!, images[3]!);
    utimesSync(images[3]!, 1, 1);
    rmSync(images[4]!);
    const { code, stderr } = await sdnet(...args(csv));
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: '1 files that were labelled before are no longer there, and left out.\n',
    });
    const rows: Record<string, string>[] = parse(readFileSync(csv), { columns: true });
    expect(rows).toHaveLength(299);
    expect(rows[3]!.sha256).toBe(rows[2]!.sha256);
  });

  it('are the same by another spelling of the folder, and after a file was renamed', async () => {
    const here = join(folder, 'here.jsonl');
    const spelled = (path: string) => sdnet('label', path, '--cropped', '--out', here);
    expect(await spelled(data)).toMatchObject({ code: 0, stderr: '' });
    // What is known of a content is not computed again: marked, it comes back.
    const ledger = new Database(here.replace('.jsonl', '.ledger'));
    ledger.exec(`UPDATE files SET labels = replace(labels, '"expression":"', '"expression":"was ')`);
    ledger.close();
    renameSync(images[5]!, join(data, 'renamed.png'));
    expect(await spelled(`${join('/', '..', data)}/../crops/`)).toMatchObject({ code: 0, stderr: '' });
    const expressions = linesOf(here).flatMap(({ faces }) => faces.map((face: Face) => face.expression));
    expect(expressions).toHaveLength(299);
    for (const expression of expressions) expect(expression).toMatch(/^was /);
    renameSync(join(data, 'renamed.png'), images[5]!);
  });

  it('are known to --status', async () => {
    const { code, stdout } = await sdnetHere('label', '--out', whole, '--status', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ total: 299, done: 299, failed: 0, faces: 299 });
  });

  it.each([
    [
      'another data set',
      [join(data, 'image00000.png'), '--cropped'],
      /is the ledger of .*crops, and goes on with just these\. Name/,
    ],
    ['other settings', [data], /labels were made with another --cropped, and would be mixed/],
  ])('are not mixed with those of %s', async (_, operands, message) => {
    const refused = await sdnetHere('label', ...operands, '--out', whole);
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(message) });
  });

  it('are not made by two commands at a time, and not with a ledger that is none', async () => {
    const lock = new Database(join(folder, 'whole.ledger-lock'));
    lock.exec('BEGIN EXCLUSIVE');
    expect((await sdnetHere(...args(whole))).stderr).toMatch(/another sdnet label works with it/);
    lock.close();
    const other = join(folder, 'other.ledger');
    new Database(other).exec('CREATE TABLE a (b)').close();
    expect((await sdnetHere(...args(whole, '--ledger', other))).stderr).toMatch(
      /is no ledger of sdnet label/,
    );
    writeFileSync(other, 'text '.repeat(1000));
    expect((await sdnetHere(...args(whole, '--ledger', other))).stderr).toMatch(/this is no ledger/);
    renameSync(join(folder, 'whole.ledger'), other);
    new Database(other).exec('PRAGMA user_version = 7').close();
    expect((await sdnetHere(...args(whole, '--ledger', other))).stderr).toMatch(
      /this ledger is of version 7; this command has version 1/,
    );
  });
});

/** 0 while there is no ledger. */
const doneIn = (ledger: string): Promise<number> =>
  readProgress(ledger).then(
    ({ done, failed }) => done + failed,
    () => 0,
  );

it.skipIf(withoutFfmpeg)(`of photos and videos hold what is read in each${withoutFfmpeg ?? ''}`, async () => {
  const folder = temporaryFolder();
  const portrait = join(folder, 'b.jpg');
  copyFileSync(samplePath('portrait.jpg'), portrait);
  makeClip(folder, 'c.mp4', 0.5, [{ x: '100', y: '60' }]);
  put(folder, 'd.mp4', 'no video');
  put(folder, 'notes.txt', 'no image');
  noiseImages(join(folder, 'a'), 1);
  const out = join(folder, 'labels.jsonl');
  const { code, stderr } = await sdnet('label', folder, '--out', out);
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(/^1 of 4 files/) });
  const lines = linesOf(out);
  expect(lines.map(({ file, time }) => [file.slice(folder.length + 1), time])).toEqual([
    ['a/image00000.png', undefined],
    ['b.jpg', undefined],
    ...[0, 100, 200, 300, 400].map((time) => ['c.mp4', time]),
    ['d.mp4', undefined],
  ]);
  expect(lines[0].faces).toEqual([]);
  expect(lines[1].faces).toMatchObject([{ expression: 'happy' }]);
  expect(lines[2].faces).toMatchObject([{ id: expect.any(Number) }]);
  expect(lines.at(-1).error).toMatch(/./);

  const manifest = put(folder, 'list.csv', `file,label\n${portrait},happy\ngone.jpg,sad\n`);
  const csv = join(folder, 'labels.csv');
  const listed = await sdnet('label', manifest, '--out', csv, '--ledger', join(folder, 'list.ledger'));
  expect(listed).toMatchObject({ code: 1, stderr: expect.stringMatching(/^1 of 2 files/) });
  const rows: Record<string, string>[] = parse(readFileSync(csv), { columns: true });
  expect(rows).toMatchObject([
    { file: portrait, expression: 'happy', error: '' },
    { file: join(folder, 'gone.jpg'), expression: '', error: expect.stringMatching(/gone\.jpg: /) },
  ]);
});

it.skipIf(withoutFfmpeg)(
  `of a video that is gone or changed before its turn are none, and the others go on${withoutFfmpeg ?? ''}`,
  async () => {
    const folder = temporaryFolder();
    const [first, gone, changed] = ['a.mp4', 'b.mp4', 'c.mp4'].map((name, index) => {
      makeClip(folder, name, 0.5 + 0.1 * index, [{ x: '100', y: '60' }]);
      return { path: join(folder, name), isVideo: true };
    });
    const labeller = await createLocalLabeller(
      samplePath('../models/sdnet-fer2013/weights.safetensors'),
      1,
      { cropped: false },
      () => undefined,
    );
    onTestFinished(() => labeller.close());
    const { signal } = new AbortController();
    const labels = [first, gone, changed].map((file) => labeller.label(file!, signal));
    // All three are hashed, and the first is under way.
    await setTimeout(100);
    rmSync(gone!.path);
    copyFileSync(first!.path, changed!.path);
    expect(await Promise.all(labels)).toEqual([
      { hash: expect.any(String), labels: { frames: expect.any(Array) } },
      { hash: expect.any(String), error: expect.stringMatching(/there is no such file/) },
      { hash: expect.any(String), error: expect.stringMatching(/was changed while it was labelled/) },
    ]);
  },
);

it('counts no faces of a file that waits again', async () => {
  const task = { weights: 'w', classNames: ['happy'], cropped: true };
  const ledger = await openLedger(join(temporaryFolder(), 'ledger'), ['x'], task);
  onTestFinished(() => ledger.close());
  const at = (path: string, modified: number) => ({ path, isVideo: false, size: 1, modified });
  ledger.list([at('a', 1), at('b', 1)]);
  const labels = (faces: number) => ({ width: 1, height: 1, faces: Array<Face>(faces).fill({} as Face) });
  ledger.record([
    { path: 'a', isVideo: false, outcome: { hash: '1', labels: labels(3) } },
    { path: 'b', isVideo: false, outcome: { hash: '2', labels: labels(1) } },
  ]);
  expect(ledger.progress()).toMatchObject({ done: 2, faces: 4 });
  ledger.list([at('a', 2), at('b', 1)]);
  expect(ledger.progress()).toMatchObject({ done: 1, faces: 1 });
});

/** A disk that is soon full; nothing where none can be had. `remount` changes it: `size=20m`, `ro`. */
function smallDisk(folder: string, size: string): { remount(options: string): void } | undefined {
  const mount = (options: string) =>
    spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'none', folder]).status;
  if (mount(`size=${size}`) !== 0) return undefined;
  onTestFinished(() => void spawnSync('umount', [folder]));
  return { remount: (options) => void mount(`remount,${options}`) };
}

it('loses nothing where the disk gets full under the ledger', async ({ skip }) => {
  const folder = temporaryFolder();
  const data = join(folder, 'crops');
  noiseImages(data, 150);
  const disk = put(folder, 'disk/.keep', '').slice(0, -'/.keep'.length);
  const small = smallDisk(disk, '160k');
  if (!small) return skip('this user may mount no disk');
  const args = ['label', data, '--cropped', '--workers', '1', '--out', join(disk, 'labels.csv')];
  const { code, stderr } = await sdnet(...args);
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /labels\.ledger: the disk is full\. What it held before is kept: make room/,
    ),
  });
  small.remount('size=20m');
  expect(await sdnet(...args)).toMatchObject({ code: 0, stderr: '' });
  expect(readFileSync(join(disk, 'labels.csv'), 'utf8').trimEnd().split('\n')).toHaveLength(151);
});

it('loses nothing where the output cannot be written', async ({ skip }) => {
  const folder = temporaryFolder();
  const data = join(folder, 'crops');
  noiseImages(data, 150);
  const disk = put(folder, 'disk/.keep', '').slice(0, -'/.keep'.length);
  const small = smallDisk(disk, '12k');
  if (!small) return skip('this user may mount no disk');
  const out = join(disk, 'labels.csv');
  const args = ['label', data, '--cropped', '--out', out, '--ledger', join(folder, 'labels.ledger')];
  const refused = (reason: string) => ({
    ...{ code: 1, stdout: '' },
    stderr: expect.stringContaining(`${out} could not be written: ${reason}`),
  });
  expect(await sdnet(...args)).toMatchObject(refused('the disk is full. Make room and try again'));
  expect(readdirSync(disk)).toEqual([]);
  // All is labelled, and only to be written.
  small.remount('ro,size=20m');
  expect(await sdnetHere(...args)).toMatchObject(refused('its disk can only be read'));
  small.remount('rw');
  expect(await sdnetHere(...args)).toMatchObject({ code: 0, stderr: '' });
  expect(readFileSync(out, 'utf8').trimEnd().split('\n')).toHaveLength(151);
});

it.each([
  ['--out labels.txt photos', 2, /--out labels\.txt: a file called \.jsonl, \.csv, \.parquet is expected/],
  ['--out labels.csv', 2, /name images or folders/],
  ['--out labels.csv photos --status', 2, /--status takes no images/],
  ['--out labels.csv --status', 1, /labels\.ledger: there is no such ledger/],
  ['--out not/there/labels.csv photos', 1, /there is no folder not\/there/],
  ['--out labels.csv photos --ledger ./labels.csv', 1, /labels\.csv: is read itself, and the labels/],
  ['--out labels.csv samples --ledger not/there/labels', 1, /there is no folder not\/there/],
  ['--out labels.csv photos --cropped --every 5', 2, /--every is for photos/],
])('refuses %s', async (options, code, message) => {
  const refused = await sdnetHere('label', ...options.split(' '));
  expect(refused).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(message) });
});
