import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fuzzCount } from '../../../../test/support/fuzzing.js';
import { lockRun } from '../../src/runs/run-lock.js';
import { refusal } from '../support/refusal.js';
import { put, temporaryFolder } from '../support/temporary-folder.js';

/** Rounds of each race. */
const rounds = fuzzCount(10);
const program = fileURLToPath(new URL('../support/lock-contender.mjs', import.meta.url));

const contenders: ChildProcess[] = [];
const start = (): ChildProcess => {
  const contender = fork(program, { execArgv: [] });
  contenders.push(contender);
  return contender;
};
afterAll(() => contenders.forEach((contender) => contender.kill('SIGKILL')));

async function ask(contender: ChildProcess, message: object): Promise<unknown> {
  const answer = once(contender, 'message');
  contender.send(message);
  return (await answer)[0];
}

/** What a training that did not end could have left. */
const stale: readonly (readonly [name: string, content: string | undefined])[] = [
  ['without an old lock', undefined],
  ['with an empty lock', ''],
  ['with the lock of a process whose number another has now', String(process.pid)],
  [
    'with the lock of process 1 of another container',
    `${JSON.stringify({ process: 1, host: 'other', machine: '0a1b2c3d' })}\n`,
  ],
  [
    'with the lock of a process that has ended',
    `${JSON.stringify({ process: 2 ** 22 + 1, host: hostname(), machine: '0a1b2c3d' })}\n`,
  ],
];

describe('of four processes that want a run folder', () => {
  let racers: ChildProcess[];
  beforeAll(() => {
    racers = Array.from({ length: 4 }, start);
  });

  it.each(stale)('one gets it, %s', async (_, content) => {
    const root = temporaryFolder();
    for (let round = 0; round < rounds; round++) {
      const folder = join(root, String(round));
      mkdirSync(folder);
      if (content !== undefined) put(folder, 'run.lock', content);
      const answers = await Promise.all(racers.map((racer) => ask(racer, { take: folder })));
      expect(answers.filter((answer) => answer === 'held')).toHaveLength(1);
      for (const answer of answers.filter((other) => other !== 'held'))
        expect(answer).toMatch(/^Another training.* is writing to /);
      await Promise.all(racers.map((racer) => ask(racer, { release: true })));
      expect(readdirSync(folder)).toEqual([]);
    }
  });

  it('no two have it at a time, however often it changes hands', async () => {
    const folder = temporaryFolder();
    put(folder, 'run.lock', '');
    const results = (await Promise.all(
      racers.map((racer) => ask(racer, { churn: folder, times: 10 * rounds })),
    )) as { held: number; together: number }[];
    expect(results.map(({ together }) => together)).toEqual([0, 0, 0, 0]);
    expect(results.reduce((sum, { held }) => sum + held, 0)).toBeGreaterThan(0);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('lockRun', () => {
  it('names who is there, and takes over from a process that was killed', async () => {
    const folder = temporaryFolder();
    const holder = start();
    expect(await ask(holder, { take: folder })).toBe('held');
    expect(await refusal(lockRun(folder))).toBe(
      `Another training, process ${holder.pid} on ${hostname()}, is writing to ${folder}. ` +
        'Wait for it, or choose another folder by --out.',
    );
    const ended = once(holder, 'exit');
    holder.kill('SIGKILL');
    await ended;
    expect(readdirSync(folder)).toEqual(['run.lock']);
    const lock = await lockRun(folder);
    expect(JSON.parse(readFileSync(join(folder, 'run.lock'), 'utf8'))).toMatchObject({
      process: process.pid,
      host: hostname(),
    });
    await lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('keeps out another training of the same process', async () => {
    const folder = temporaryFolder();
    const lock = await lockRun(folder);
    expect(await refusal(lockRun(folder))).toContain(`process ${process.pid} on `);
    await lock.release();
    await (await lockRun(folder)).release();
  });

  it('notices that the folder was moved away, also where another is in its place', async () => {
    const folder = join(temporaryFolder(), 'run');
    mkdirSync(folder);
    const lock = await lockRun(folder);
    await lock.requireHeld();
    renameSync(folder, `${folder} moved`);
    expect(await refusal(lock.requireHeld())).toContain(`${folder} was moved away or replaced`);
    mkdirSync(folder);
    const other = await lockRun(folder);
    expect(await refusal(lock.requireHeld())).toContain(`${folder} was moved away or replaced`);
    await lock.release();
    // It is not its to remove.
    await other.requireHeld();
    await other.release();
  });

  it('notices that its file was removed', async () => {
    const folder = temporaryFolder();
    const lock = await lockRun(folder);
    rmSync(join(folder, 'run.lock'));
    expect(await refusal(lock.requireHeld())).toContain('run.lock removed');
    await lock.release();
  });

  it.skipIf(process.platform === 'win32')('neither follows a link nor opens a folder', async () => {
    const folder = temporaryFolder();
    const precious = put(folder, 'precious', 'much');
    const run = join(folder, 'run');
    mkdirSync(run);
    symlinkSync(precious, join(run, 'run.lock'));
    expect(await refusal(lockRun(run))).toContain('could not be locked');
    expect(readFileSync(precious, 'utf8')).toBe('much');
    rmSync(join(run, 'run.lock'));
    mkdirSync(join(run, 'run.lock'));
    expect(await refusal(lockRun(run))).toContain('it is a folder, but a file was expected');
  });
});
