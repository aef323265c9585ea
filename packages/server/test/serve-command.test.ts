import { expect, it } from 'vitest';
import { sdnetHere, startSdnet } from '../../lab/test/support/sdnet-command.js';
import { post, sample } from './support/start.js';

it('serves until it is stopped, and then ends well', async () => {
  let listen = (_: string) => {};
  const listening = new Promise<string>((resolve) => (listen = resolve));
  const running = startSdnet(['serve', '--port', '0', '--workers', '1'], (text) => {
    const [, address] = /listening at (http:[\w.:/]+)/.exec(text) ?? [];
    if (address) listen(address);
  });
  const ended = running.ended.then(({ stderr }) => Promise.reject(new Error(stderr)));
  const address = await Promise.race([listening, ended]);
  const { status, body } = await post(address, '/v1/recognize', sample('portrait.jpg'));
  expect(status).toBe(200);
  expect(body.images[0].faces).toMatchObject([{ expression: 'happy' }]);
  running.process.kill('SIGTERM');
  const { code, stdout } = await running.ended;
  expect(code).toBe(0);
  expect(stdout).toContain(`Serving ${address}, documented at ${address}/docs.`);
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
