import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWeights } from '@sdnet/lab';
import { Redis } from 'ioredis';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { drawCkPlus48 } from '../../lab/test/support/draw-ck-plus-48.js';
import { expectSameRun } from '../../lab/test/support/run-folder.js';
import { type Running, sdnetHere, startSdnet } from '../../lab/test/support/sdnet-command.js';
import { smallRecipe } from '../../lab/test/support/small-training.js';
import { suiteFolder } from '../../lab/test/support/suite-folder.js';
import { put } from '../../lab/test/support/temporary-folder.js';
import { untrainedWeights } from '../../lab/test/support/untrained-weights.js';
import { lockRun } from '../../lab/src/runs/run-lock.js';
import { freePort, startRedis, type TestRedis, withoutRedis } from './support/redis.js';
import { startWorker, stopWorker } from './support/start-worker.js';

const folder = suiteFolder();
process.env.SDNET_CACHE = join(folder, 'cache');
const data = join(folder, 'CK+48');
const init = join(folder, 'init.safetensors');
const weights = untrainedWeights('mobilenet-v3-small');
const crossval = (out: string, ...more: readonly string[]) => [
  ...['crossval', '--dataset', 'ck+48', '--data', data, '--folds', '2', '--model', 'mobilenet-v3-small'],
  ...['--recipe', smallRecipe(folder, 3), '--init', init, '--threads', '1', '--out', out, ...more],
];

beforeAll(async () => {
  await drawCkPlus48(data);
  await writeWeights(init, weights);
});

describe.skipIf(withoutRedis)(`an experiment by a queue${withoutRedis ?? ''}`, () => {
  const whole = join(folder, 'whole');
  let redis: TestRedis;
  beforeAll(async () => {
    expect(await sdnetHere(...crossval(whole))).toMatchObject({ code: 0 });
    redis = await startRedis(folder);
    return redis.stop;
  });

  async function expectSame(out: string): Promise<void> {
    expect(readdirSync(out).sort()).toEqual(readdirSync(whole).sort());
    for (const file of ['crossval.json', 'crossval.md', ...[1, 2].map((n) => `evaluations/fold${n}.json`)])
      expect(readFileSync(join(out, file), 'utf8'), file).toBe(readFileSync(join(whole, file), 'utf8'));
    for (const name of ['fold1', 'fold2']) await expectSameRun(join(out, name), join(whole, name));
  }

  /** Starts a command; `act` is called once for each text that it prints on standard error. */
  function acting(args: readonly string[], acts: Readonly<Record<string, () => void>>): Running {
    let printed = '';
    const waiting = new Map(Object.entries(acts));
    return startSdnet(args, (text) => {
      printed += text;
      for (const [expected, act] of [...waiting])
        if (printed.includes(expected) && waiting.delete(expected)) act();
    });
  }

  it("ends in the same bytes, though a worker and another one's training are killed in the middle", async () => {
    const out = join(folder, 'killed');
    // Somebody else is at one of the runs.
    mkdirSync(join(out, 'fold2'), { recursive: true });
    const lock = await lockRun(join(out, 'fold2'));
    const printed = ['', ''];
    const workers = await Promise.all(
      printed.map((_, index) => startWorker(redis.url, { onError: (text) => (printed[index] += text) })),
    );
    const workerOf = (fold: string) => printed.findIndex((text) => text.includes(`${fold}: begun`));
    let killed = -1;
    const running = acting(crossval(out, '--queue', redis.url), {
      'fold2: waits: Another training': () => void lock.release(),
      'fold1: epoch 1'() {
        killed = workerOf('fold1');
        workers[killed]!.process.kill('SIGKILL');
      },
      'fold2: epoch 1'() {
        const { process: id } = JSON.parse(readFileSync(join(out, 'fold2/run.lock'), 'utf8'));
        process.kill(id, 'SIGKILL');
      },
    });
    const { code, stderr } = await running.ended;
    expect({ code, stderr }).toMatchObject({ code: 0 });
    await expectSame(out);
    expect(stderr).toContain('fold1: its worker is gone; the next one goes on with it');
    // Each epoch was trained once.
    expect(stderr.match(/fold1: epoch 1 /g)).toHaveLength(1);
    expect(stderr.match(/fold2: epoch 1 /g)).toHaveLength(1);
    expect(stderr).toContain('fold2: waits: The process that trained ended by SIGKILL');
    await stopWorker(workers[1 - killed]!);
  });

  it('goes on where it was interrupted, and takes over what a stopped worker gives back', async () => {
    const out = join(folder, 'interrupted');
    const first = await startWorker(redis.url);
    const interrupted = acting(crossval(out, '--queue', redis.url), {
      'fold1: epoch 1'() {
        interrupted.process.kill('SIGINT');
        first.process.kill('SIGTERM');
      },
    });
    const { code, stderr } = await interrupted.ended;
    expect({ code, stderr }).toMatchObject({
      code: 130,
      stderr: expect.stringMatching(/no worker had begun are taken back: [12]\..*Start it again to go on/s),
    });
    expect(await first.ended).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`${out}/fold1: stopped`),
    });
    expect(existsSync(join(out, 'fold1/run.lock'))).toBe(false);

    const second = await startWorker(redis.url);
    const { ended } = startSdnet(crossval(out, '--queue', redis.url));
    expect(await ended).toMatchObject({
      code: 0,
      stderr: expect.not.stringMatching(/fold1: epoch 1|its worker is gone/),
    });
    await expectSame(out);
    await stopWorker(second);
  });

  it('ends with the reason where workers find other weights, and is made when they are mended', async () => {
    const out = join(folder, 'mended');
    const kept = join(folder, 'kept.safetensors');
    await copyFile(init, kept);
    const workers: Promise<Running>[] = [];
    const running = acting(crossval(out, '--queue', redis.url), {
      'No worker is at the queue'() {
        const other = writeWeights(init, {
          ...weights,
          parameters: weights.parameters.map((value) => 1.01 * value),
        });
        workers.push(other.then(() => startWorker(redis.url)));
      },
    });
    const { code, stdout, stderr } = await running.ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^fold1: failed: .*fold1 is another one here .*: fineTuned was .*, now /m);
    expect(stderr).toMatch(/^2 of 2 runs failed: fold1, fold2\./m);
    await copyFile(kept, init);
    expect(await sdnetHere(...crossval(out, '--queue', redis.url))).toMatchObject({ code: 0 });
    await expectSame(out);

    const compare = (folderOf: string, ...more: readonly string[]) => [
      ...['compare', '--dataset', 'synthetic', '--samples', '10', '--recipe', smallRecipe(folder, 1)],
      ...['--models', 'mobilenet-v3-small', '--seeds', '3', '--threads', '1', '--out', folderOf, ...more],
    ];
    const [alone, queued] = [join(folder, 'compared'), join(folder, 'compared-by-queue')];
    expect(await sdnetHere(...compare(alone))).toMatchObject({ code: 0 });
    expect(await sdnetHere(...compare(queued, '--queue', redis.url))).toMatchObject({ code: 0 });
    expect(readFileSync(join(queued, 'table.json'), 'utf8')).toBe(
      readFileSync(join(alone, 'table.json'), 'utf8'),
    );
    await stopWorker((await Promise.all(workers))[0]!);
  });

  it('is refused where Redis is of another version of this program, or demands a password', async () => {
    const out = join(folder, 'refused');
    const client = new Redis(redis.url);
    await client.set('sdnet:protocol', '7');
    const refused = await sdnetHere(...crossval(out, '--queue', redis.url));
    await client.set('sdnet:protocol', '1');
    client.disconnect();
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/its queue is of version 7/) });
    put(folder, 'locked/.keep', '');
    const locked = await startRedis(join(folder, 'locked'), '--requirepass', 'secret');
    onTestFinished(locked.stop);
    expect(await sdnetHere(...crossval(out, '--queue', locked.url))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/it demands a password/),
    });
    expect(existsSync(out)).toBe(false);
  });
});

it.each(['compare', 'ablate', 'crossval'])('sdnet %s is refused where there is no Redis', async (command) => {
  const out = join(folder, 'nowhere');
  const url = `redis://127.0.0.1:${await freePort()}`;
  const args = [command, '--dataset', 'synthetic', '--samples', '10', '--out', out, '--queue', url];
  expect(await sdnetHere(...args)).toEqual({
    ...{ code: 1, stdout: '' },
    stderr: `${url}: no Redis answers there. Start one, or mend the address.\n`,
  });
  expect(existsSync(out)).toBe(false);
});
