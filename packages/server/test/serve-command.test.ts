import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { sdnetHere, startSdnet } from '../../lab/test/support/sdnet-command.js';
import { ask, post, sample } from './support/start.js';

/** Starts `sdnet serve`; ends when it listens. */
async function startServer() {
  let listen = (_: string) => {};
  const listening = new Promise<string>((resolve) => (listen = resolve));
  const running = startSdnet(['serve', '--port', '0', '--workers', '1'], (text) => {
    const [, address] = /listening at (http:[\w.:/]+)/.exec(text) ?? [];
    if (address) listen(address);
  });
  const ended = running.ended.then(({ stderr }) => Promise.reject(new Error(stderr)));
  return { running, address: await Promise.race([listening, ended]) };
}

/** What the README shows of the answer to `samples/portrait.jpg`. */
function answerInReadme(): unknown {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
  const [, answer] = /```json\n(\{"images".*)\n```/.exec(readme)!;
  return JSON.parse(answer!.replace(', …', ''), (_, value: unknown) =>
    typeof value === 'number' ? expect.closeTo(value, 1) : value,
  );
}

it('serves until it is stopped, answers what it has accepted, and then ends well', async () => {
  const { running, address } = await startServer();
  const answers = Array.from({ length: 12 }, () => post(address, '/v1/recognize', sample('portrait.jpg')));
  const accepted = async () => {
    const { body } = await ask(address, '/metrics');
    const of = (name: string) =>
      Number(new RegExp(`^sdnet_queue_${name}_images (\\d+)$`, 'm').exec(body)![1]);
    // Those that are answered already are in neither.
    return (
      of('waiting') +
      of('running') +
      Number(/^sdnet_images_total\{outcome="read"\} (\d+)$/m.exec(body)?.[1] ?? 0)
    );
  };
  while ((await accepted()) < answers.length);
  running.process.kill('SIGTERM');
  for (const { status, body } of await Promise.all(answers)) {
    expect(status).toBe(200);
    expect(body).toMatchObject(answerInReadme() as object);
    expect(body.images[0].faces[0].expression).toBe('happy');
  }
  const { code, stdout } = await running.ended;
  expect(code).toBe(0);
  expect(stdout).toContain(`Serving ${address}, documented at ${address}/docs.`);
});

it('names the port that is taken', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const refused = await sdnetHere('serve', '--port', String(port), '--workers', '1');
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toContain(`127.0.0.1: port ${port} is taken by another program. Choose another`);
  taken.close();
});

it.each([
  ['--port 99999', 2, /--port 99999: a whole number from 0 to 65535 is expected/],
  ['--body-limit 0', 2, /--body-limit 0: a number above 0 and up to 500 is expected/],
  ['--host 0.0.0.0', 1, /0\.0\.0\.0 can be reached from other machines: name a file of tokens/],
  ['--cors https://example.com,nowhere', 1, /nowhere: this is no origin of pages/],
  ['--token-file not/there', 1, /not\/there: /],
])('refuses %s', async (options, code, message) => {
  const refused = await sdnetHere('serve', ...options.split(' '));
  expect(refused).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(message) });
});
