import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { makeClip, withoutFfmpeg } from '../../lab/test/support/make-clip.js';
import { type Running, sdnetHere, startSdnet } from '../../lab/test/support/sdnet-command.js';
import { suiteFolder } from '../../lab/test/support/suite-folder.js';
import { put } from '../../lab/test/support/temporary-folder.js';
import { readProgress } from '../src/label/ledger.js';
import { noiseImages } from './support/noise-images.js';
import { freePort, startRedis, type TestRedis, withoutRedis } from './support/redis.js';
import { startWorker as startWorkerOf } from './support/start-worker.js';

describe.skipIf(withoutRedis)(`a queue${withoutRedis ?? ''}`, () => {
  const folder = suiteFolder();
  const data = join(folder, 'crops');
  noiseImages(data, 200);
  const broken = join(data, 'image00150.png');
  put(data, 'image00150.png', readFileSync(broken).subarray(0, 200));
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis(folder);
    return redis.stop;
  });
  const label = (name: string, ...more: readonly string[]) =>
    startSdnet(['label', data, '--cropped', '--out', join(folder, name), ...more]);
  const startWorker = (...args: readonly string[]): Promise<Running> =>
    startWorkerOf(redis.url, { args, cwd: folder });

  it('gives the same bytes as this machine alone, though workers and Redis are killed', async () => {
    expect((await label('alone.jsonl').ended).code).toBe(1);
    const producers = ['one.jsonl', 'two.jsonl'].map((name) => label(name, '--queue', redis.url));
    const workers = [await startWorker(), await startWorker()];
    const until = async (done: number) => {
      for (;;) {
        const progress = await readProgress(join(folder, 'one.ledger')).catch(() => undefined);
        if (progress && progress.done + progress.failed >= done) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    await until(1);
    workers[0]!.process.kill('SIGKILL');
    await redis.killAndRestart();
    for (const { ended } of producers)
      expect(await ended).toMatchObject({ code: 1, stderr: expect.stringContaining('1 of 200 files') });
    const alone = readFileSync(join(folder, 'alone.jsonl'));
    for (const name of ['one.jsonl', 'two.jsonl'])
      expect(readFileSync(join(folder, name)).equals(alone), name).toBe(true);

    const args = ['label', '--status', '--out', join(folder, 'one.jsonl'), '--queue', redis.url];
    const { stdout } = await sdnetHere(...args, '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ total: 200, done: 199, failed: 1 },
      queue: {
        waiting: 0,
        active: 0,
        delayed: 0,
        dead: [{ path: broken, attempts: 1, reason: expect.stringMatching(/./) }],
      },
    });
    workers[1]!.process.kill('SIGTERM');
    expect((await workers[1]!.ended).code).toBe(0);
  });

  it('has workers fetch the files where they are told to', async () => {
    const fetched: string[] = [];
    const server = createHttpServer((request, response) => {
      fetched.push(request.url!);
      response.end(readFileSync(join(folder, decodeURIComponent(request.url!))));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const worker = await startWorker('--files', `http://127.0.0.1:${port}/`);
    const args = ['label', 'crops/image00003.png', '--maximum-faces', '1', '--out', 'fetched.csv'];
    const { code, stderr } = await startSdnet([...args, '--queue', redis.url], undefined, folder).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(fetched).toEqual(['/crops/image00003.png']);
    expect(readFileSync(join(folder, 'fetched.csv'), 'utf8')).toContain('crops/image00003.png');
    worker.process.kill('SIGTERM');
    await worker.ended;
    server.close();
  });

  it.skipIf(withoutFfmpeg)(`labels videos as this machine does${withoutFfmpeg ?? ''}`, async () => {
    const clips = ['a.mp4', 'b.mp4'];
    for (const clip of clips) makeClip(folder, clip, 0.3, [{ x: '100', y: '60' }]);
    put(folder, 'c.mp4', 'no video');
    const labelClips = (out: string, ...more: readonly string[]) =>
      startSdnet(['label', ...clips, 'c.mp4', '--out', out, ...more], undefined, folder).ended;
    expect((await labelClips('clips-alone.jsonl')).code).toBe(1);
    const worker = await startWorker();
    expect((await labelClips('clips.jsonl', '--queue', redis.url)).code).toBe(1);
    worker.process.kill('SIGTERM');
    await worker.ended;
    const [alone, queued] = ['clips-alone.jsonl', 'clips.jsonl'].map((name) =>
      readFileSync(join(folder, name), 'utf8'),
    );
    expect(queued).toBe(alone);
    expect(alone).toContain('happy');
  });

  it('is left by Ctrl-C where no worker is, with nothing of it in the queue', async () => {
    const args = [
      'label',
      'crops/image00005.png',
      'crops/image00006.png',
      '--out',
      'left.csv',
      '--queue',
      redis.url,
    ];
    const running = startSdnet(
      args,
      (text) => {
        // By then the files are in the queue, or soon.
        if (text.includes('No worker is at the queue')) setTimeout(() => running.process.kill('SIGINT'), 500);
      },
      folder,
    );
    const { code, stderr } = await running.ended;
    expect({ code, stderr }).toEqual({
      code: 130,
      stderr: expect.stringContaining('What is labelled is kept'),
    });
    const status = await sdnetHere(
      ...['label', '--status', '--out', join(folder, 'left.csv'), '--queue', redis.url, '--json'],
    );
    expect(JSON.parse(status.stdout)).toMatchObject({ queue: { waiting: 0, active: 0, delayed: 0 } });
  });

  it('is refused where it is of another version', async () => {
    const client = new Redis(redis.url);
    await client.set('sdnet:protocol', '7');
    const refused = await sdnetHere('work', '--queue', redis.url);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(
      /its queue is of version 7; this program has version 1.*another database.*\/1\./,
    );
    await client.set('sdnet:protocol', '1');
    client.disconnect();
  });

  it('is refused where it demands a password, which is not shown', async () => {
    const locked = await startRedis(suiteFolderOf(folder, 'locked'), '--requirepass', 'secret');
    onTestFinished(locked.stop);
    const address = locked.url.replace('//', '//:wrong@');
    for (const url of [locked.url, address]) {
      const { code, stderr } = await sdnetHere('work', '--queue', url);
      expect({ code, stderr }).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/it demands a password/),
      });
      expect(stderr).not.toContain('wrong');
    }
  });
});

const suiteFolderOf = (folder: string, name: string): string => {
  put(join(folder, name), '.keep', '');
  return join(folder, name);
};

it('is refused where there is no Redis, or another service', async () => {
  const url = `redis://127.0.0.1:${await freePort()}`;
  const absent = await sdnetHere('label', 'samples', '--out', 'labels.csv', '--queue', url);
  expect(absent).toMatchObject({
    code: 1,
    stderr: `${url}: no Redis answers there. Start one, or mend the address.\n`,
  });
  const wrong = await sdnetHere('work', '--queue', 'http://localhost');
  expect(wrong.stderr).toMatch(/the address of a Redis is expected/);
});

it('is refused where Redis is old', async () => {
  // What Redis answers, as far as it is asked.
  const server = createServer((socket) => {
    socket.on('data', (bytes) => {
      for (const _ of bytes.toString().match(/\*\d+\r\n/g) ?? []) {
        const text = 'redis_version:5.0.14\r\nloading:0\r\n';
        socket.write(/info/i.test(bytes.toString()) ? `$${text.length}\r\n${text}\r\n` : '+OK\r\n');
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { stderr } = await sdnetHere('work', '--queue', `redis://127.0.0.1:${port}`);
  expect(stderr).toMatch(/this is Redis 5\.0\.14; 6\.2 or later is needed/);
  server.close();
});
