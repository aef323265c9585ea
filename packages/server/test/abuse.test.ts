import { randomBytes, randomInt } from 'node:crypto';
import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { startSdnet } from '../../lab/test/support/sdnet-command.js';
import { suiteFolder } from '../../lab/test/support/suite-folder.js';
import { put } from '../../lab/test/support/temporary-folder.js';
import { writePng } from '../../sdnet/test/node/support/write-png.js';
import { type Answer, ask, sample } from './support/start.js';

/** `SDNET_FUZZ=5000` sends so many bodies and tokens, and slow bodies too. */
const fuzz = Number(process.env.SDNET_FUZZ ?? 0);
const count = fuzz || 60;
const token = 'the-token-of-this-test-0123456789';
const authorization = `Bearer ${token}`;

const portrait = sample('portrait.jpg');
let address: string;
let port: number;

beforeAll(async () => {
  const file = put(suiteFolder(), 'tokens', `${token}\n`);
  const running = startSdnet(['serve', '--port', '0', '--workers', '1', '--token-file', file], (text) =>
    hear(text),
  );
  let hear = (_: string) => {};
  const listening = new Promise<string>((resolve) => {
    hear = (text) => {
      const [, found] = /listening at (http:[\w.:/]+)/.exec(text) ?? [];
      if (found) resolve(found);
    };
  });
  address = await Promise.race([
    listening,
    running.ended.then(({ stderr }) => Promise.reject(new Error(stderr))),
  ]);
  port = Number(new URL(address).port);
  return async () => {
    running.process.kill('SIGTERM');
    // It has never ended before, and ends well.
    expect((await running.ended).code).toBe(0);
  };
});

/** On a connection of its own: one that was kept may be closed by the server just then. */
const send = (body: Uint8Array | string, type: string, more: Record<string, string> = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const headers = { authorization, 'content-type': type, ...more };
    const outgoing = request(`${address}/v1/recognize`, { method: 'POST', agent: false, headers });
    outgoing.on('error', reject).on('response', (response) => {
      text(response).then((answer) => {
        const answerType = response.headers['content-type'] ?? '';
        resolve({
          ...{ status: response.statusCode!, type: answerType, headers: new Headers() },
          body: answerType.includes('json') ? JSON.parse(answer) : answer,
        });
      }, reject);
    });
    outgoing.end(body);
  });

/** Bytes as they are, on a connection of their own; what comes back until its end. */
function sendRaw(
  text: string | Uint8Array,
  { end = false, until = () => false }: { end?: boolean; until?: (answer: string) => boolean } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => {
      socket.write(text);
      if (end) socket.end();
    });
    socket.setEncoding('latin1');
    socket.on('data', (part: string) => {
      answer += part;
      if (until(answer)) socket.destroy();
    });
    socket.on('error', (error: NodeJS.ErrnoException) =>
      // Whoever sends more than is read may lose the answer.
      error.code === 'ECONNRESET' || error.code === 'EPIPE' ? resolve(answer) : reject(error),
    );
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve(answer));
  });
}

/** 4xx, with a reason that a person can read. */
function expectReason({ status, type, body }: Answer, what: string): void {
  expect(status, `${what}: ${JSON.stringify(body)}`).toBeGreaterThanOrEqual(400);
  expect(status, `${what}: ${JSON.stringify(body)}`).toBeLessThan(500);
  expect(type, what).toMatch(/^application\/problem\+json/);
  expect(body.detail, what).toMatch(/\w/);
}

function expectRawReason(answer: string, what: string): void {
  const [head, body = ''] = answer.split('\r\n\r\n');
  expect(head, `${what}: ${answer}`).toMatch(/^HTTP\/1\.1 4\d\d /);
  expect(body, what).toContain('"detail":"');
}

const metric = async (name: string): Promise<number> => {
  const { body } = await ask(address, '/metrics', { headers: { authorization } });
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(body as string)![1]);
};

/** An image, or a form, or JSON, with some bytes others or missing. */
function fuzzedBody(): { body: Uint8Array<ArrayBuffer>; type: string } {
  const boundary = 'boundary0123';
  const form = Buffer.concat([
    Buffer.from(
      `--${boundary}\r\ncontent-disposition: form-data; name="image"; filename="a.jpg"\r\ncontent-type: image/jpeg\r\n\r\n`,
    ),
    portrait.subarray(0, 2000),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  const bodies = [
    { body: randomBytes(randomInt(0, 3000)), type: 'application/octet-stream' },
    { body: portrait, type: 'image/jpeg' },
    { body: writePng(8, 8, 8, 0, Array(8).fill(new Uint8Array(8))), type: 'image/png' },
    { body: form, type: `multipart/form-data; boundary=${boundary}` },
    {
      body: Buffer.from(JSON.stringify({ images: [portrait.toString('base64')] })),
      type: 'application/json',
    },
    {
      body: Buffer.from('{"images":["AAAA",{"a":[1e999,"\\ud800"]}],"__proto__":{"x":1}}'),
      type: 'application/json',
    },
  ];
  const { body, type } = bodies[randomInt(bodies.length)]!;
  const bytes = Buffer.from(body);
  for (let change = randomInt(1, 6); change > 0 && bytes.length > 0; change--)
    bytes[randomInt(Math.min(bytes.length, randomInt(2) ? 64 : bytes.length))] = randomInt(256);
  return {
    body: Uint8Array.from(bytes.subarray(0, randomInt(4) ? bytes.length : randomInt(bytes.length + 1))),
    type,
  };
}

describe('a server that is abused', () => {
  it(`answers ${count} fuzzed bodies, and keeps neither files nor memory of them`, async () => {
    const seen = new Map<number, number>();
    const batch = async (many: number) => {
      for (let sent = 0; sent < many; sent += 10)
        await Promise.all(
          Array.from({ length: 10 }, async () => {
            const { body, type } = fuzzedBody();
            const answer = await send(body, type);
            seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
            // An image with some other bytes is an image still.
            if (answer.status !== 200)
              expectReason(answer, `${type}, ${Buffer.from(body).toString('base64')}`);
          }),
        );
    };
    await batch(count / 2);
    const before = {
      files: await metric('process_open_fds'),
      memory: await metric('process_resident_memory_bytes'),
    };
    await batch(count / 2);
    if (fuzz) console.log('fuzzed bodies by status', Object.fromEntries(seen), before);
    // Connections that wait for more requests are some of them.
    expect(await metric('process_open_fds')).toBeLessThan(before.files + 15);
    expect(await metric('process_resident_memory_bytes')).toBeLessThan(before.memory + 100e6);
  });

  it('refuses bodies that are too large, or become so', async () => {
    const head = `POST /v1/recognize HTTP/1.1\r\nhost: localhost\r\nauthorization: ${authorization}\r\n`;
    const tenGigabytes = await sendRaw(
      `${head}content-type: image/jpeg\r\ncontent-length: 10000000000\r\n\r\n`,
    );
    expect(tenGigabytes).toMatch(/^HTTP\/1\.1 413 /);
    expectRawReason(tenGigabytes, '10 GB');
    const row = new Uint8Array(30_000);
    const wide = writePng(30_000, 30_000, 8, 0, Array(3000).fill(row) as Uint8Array[]);
    expectReason(await send(Uint8Array.from(wide), 'image/png'), '900 megapixels');
    // A hundred megabytes where 64×64 are announced.
    const deep = writePng(64, 64, 8, 0, Array(3000).fill(row) as Uint8Array[]);
    const answer = await send(Uint8Array.from(deep), 'image/png');
    if (answer.status !== 200) expectReason(answer, 'data behind the last row');
    const zipped = Uint8Array.from(gzipSync(Buffer.alloc(50e6)));
    expectReason(await send(zipped, 'image/png', { 'content-encoding': 'gzip' }), 'gzip');
    const deepJson = `{"images":${'['.repeat(100_000)}`;
    expectReason(await send(deepJson, 'application/json'), 'deep JSON');
  });

  it.each([
    'text/plain',
    'text/html',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'nonsense',
  ])('refuses a body of type %s', async (type) => expectReason(await send('a=1', type), type));

  const host = `host: localhost\r\nauthorization: ${authorization}\r\nconnection: close\r\n`;
  const post = `POST /v1/recognize HTTP/1.1\r\n${host}content-type: image/png\r\n`;
  it.each([
    ['a way out of the folder', `GET /docs/static/../../../../etc/passwd HTTP/1.1\r\n${host}\r\n`],
    ['an encoded way out', `GET /docs/static/..%2f..%2f..%2f..%2fetc%2fpasswd HTTP/1.1\r\n${host}\r\n`],
    ['a byte 0', `GET /docs/static/%00 HTTP/1.1\r\n${host}\r\n`],
    ['no UTF-8', `GET /%ff%fe HTTP/1.1\r\n${host}\r\n`],
    ['half an escape', `GET /docs/%2 HTTP/1.1\r\n${host}\r\n`],
    ['two slashes', `GET //etc/passwd HTTP/1.1\r\n${host}\r\n`],
    ['a long address', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n${host}\r\n`],
    ['many headers', `GET /v1/models HTTP/1.1\r\n${host}${'name: value\r\n'.repeat(5000)}\r\n`],
    ['two lengths', `${post}content-length: 3\r\ncontent-length: 4\r\n\r\nabcd`],
    ['a length and chunks', `${post}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a length below 0', `${post}content-length: -1\r\n\r\n`],
    ['a chunk of no size', `${post}transfer-encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n`],
    ['no method', `\x00\x01\x02 / HTTP/1.1\r\n${host}\r\n`],
    ['another protocol', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['a header with a line feed', `GET /v1/models HTTP/1.1\r\n${host}x: a\nb\r\n\r\n`],
    ['a method that is not for it', `DELETE /v1/recognize HTTP/1.1\r\n${host}\r\n`],
    ['no host', 'GET /v1/models HTTP/1.1\r\nconnection: close\r\n\r\n'],
  ])('refuses %s', async (what, text) => {
    const answer = await sendRaw(Buffer.from(text, 'latin1'));
    expectRawReason(answer, what);
    expect(answer).not.toContain('root:');
  });

  it('goes on where connections are closed by half or in the middle', async () => {
    const head = `${post}content-length: ${portrait.length}\r\n\r\n`;
    // Who closes the sending end has left: nothing is computed for him.
    const parts = [
      post.slice(0, 30),
      post,
      head,
      Buffer.concat([Buffer.from(head), portrait.subarray(0, 5000)]),
      Buffer.concat([Buffer.from(head), portrait]),
    ];
    for (const part of parts) {
      const answer = await sendRaw(part, { end: true });
      if (answer !== '') expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    }
    const cut = Array.from({ length: 50 }, () => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.write(head);
        socket.resetAndDestroy();
      });
      return new Promise((resolve) => socket.on('close', resolve));
    });
    await Promise.all(cut);
    expect((await ask(address, '/healthz')).status).toBe(200);
  });

  it('has as much room as before for those that come after clients who left with requests behind one another', async () => {
    const type = `host: localhost\r\nauthorization: ${authorization}\r\ncontent-type: image/png\r\n`;
    const chunked = `POST /v1/recognize HTTP/1.1\r\n${type}transfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n`;
    const first = `POST /v1/recognize HTTP/1.1\r\n${type}content-length: ${portrait.length}\r\n\r\n`;
    // Each may take 20 of the 512 MB that are received at a time.
    const behind = Buffer.from(chunked.repeat(30));
    await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.write(Buffer.concat([Buffer.from(first), portrait, behind]));
        setTimeout(() => socket.resetAndDestroy(), 30);
      });
      socket.on('close', resolve);
    });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const answer = await sendRaw(chunked.replace('host', 'connection: close\r\nhost'));
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
  });

  it(`refuses ${count} wrong tokens`, async () => {
    for (let sent = 0; sent < count; sent += 20)
      await Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          const wrong =
            index % 2 ? randomBytes(24).toString('base64url') : token.slice(0, randomInt(token.length));
          const answer = await ask(address, '/v1/models', { headers: { authorization: `Bearer ${wrong}` } });
          expect(answer.status).toBe(401);
          expectReason(answer, 'a wrong token');
        }),
      );
  });

  it.runIf(fuzz > 0)(
    'ends slow heads and slow bodies (with SDNET_FUZZ alone: it waits for their time limits)',
    async () => {
      const slow = async (text: string, what: string) => {
        const answer = await sendRaw(text);
        expect(answer, what).toMatch(/^HTTP\/1\.1 408 /);
        expectRawReason(answer, what);
      };
      await Promise.all([
        ...Array.from({ length: 50 }, () => slow(post.slice(0, 40), 'half a head')),
        ...Array.from({ length: 50 }, () => slow(`${post}content-length: 1000\r\n\r\nabc`, 'a slow body')),
      ]);
    },
  );

  it('works as before after all that', async () => {
    const { status, body } = await send(portrait, 'image/jpeg');
    expect(status).toBe(200);
    expect(body.images[0].faces).toMatchObject([{ expression: 'happy' }]);
  });
});
