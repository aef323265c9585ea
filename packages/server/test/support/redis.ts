import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** Why tests with a queue are skipped; nothing where they are not. `.ci/run` installs Redis. */
export const withoutRedis: string | undefined = spawnSync('redis-server', ['--version']).error
  ? ' (skipped: redis-server is not installed)'
  : undefined;

/** A Redis of the test's own, whose data survive its death in an append-only file in `folder`. */
export interface TestRedis {
  readonly url: string;
  /** SIGKILL, and the same again. */
  killAndRestart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startRedis(folder: string, ...options: readonly string[]): Promise<TestRedis> {
  const port = await freePort();
  let redis = await start();

  async function start(): Promise<ChildProcess> {
    const child = spawn(
      'redis-server',
      [
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--dir',
        folder,
        '--appendonly',
        'yes',
        '--save',
        '',
        ...options,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let printed = '';
    for await (const text of child.stdout.setEncoding('utf8')) {
      printed += text as string;
      if (printed.includes('Ready to accept connections')) break;
    }
    // The loop has closed the stream: what is printed later must not end it.
    return child;
  }
  async function end(): Promise<void> {
    const ended = once(redis, 'exit');
    redis.kill('SIGKILL');
    await ended;
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    async killAndRestart() {
      await end();
      redis = await start();
    },
    stop: end,
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
