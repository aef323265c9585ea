import { once } from 'node:events';
import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { createRecognizer, type Face } from 'sdnet';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, post, sample, samplePath, start } from './support/start.js';

const closing: (() => Promise<void>)[] = [];
let address: string;
let server: Awaited<ReturnType<typeof start>>;
beforeAll(async () => {
  server = await start({}, (close) => closing.push(close));
  address = server.address;
});
afterAll(() => Promise.all(closing.map((close) => close())));

const portrait = sample('portrait.jpg');
const crop = sample('astronaut.png');
const blank = Buffer.from(
  await sharp({ create: { width: 200, height: 150, channels: 3, background: 'grey' } })
    .png()
    .toBuffer(),
);

/** Batches of other sizes sum in another order. */
function expectSame(found: Face, { scores, confidence: _, ...expected }: Face): void {
  expect(found).toMatchObject(expected);
  for (const [name, score] of Object.entries(scores)) expect(found.scores[name]).toBeCloseTo(score, 5);
  expect(found.confidence).toBe(found.scores[found.expression]);
}

describe('POST /v1/recognize', () => {
  it('answers what the recognizer does in a program, however the image is sent', async () => {
    const recognizer = await createRecognizer({ threads: 1 });
    const [face] = await recognizer.recognize(samplePath('portrait.jpg'));
    await recognizer.release();
    expect(face!.expression).toBe('happy');

    const form = new FormData();
    form.append('image', new Blob([portrait]), 'first.jpg');
    form.append('other', new Blob([Buffer.from('no image')]), 'second.txt');
    const base64 = portrait.toString('base64');
    const json = JSON.stringify({ images: [base64, `data:image/jpeg;base64,${base64}`] });
    const answers = await Promise.all([
      post(address, '/v1/recognize', portrait),
      post(address, '/v1/recognize', portrait, { 'content-type': 'image/jpeg' }),
      // What curl says of --data-binary.
      post(address, '/v1/recognize', portrait, { 'content-type': 'application/x-www-form-urlencoded' }),
      post(address, '/v1/recognize', form),
      post(address, '/v1/recognize', json, { 'content-type': 'application/json' }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(answers.map(({ body }) => body.images.length)).toEqual([1, 1, 1, 2, 2]);
    for (const { body } of answers) {
      expect(body.images[0]).toMatchObject({ width: 512, height: 512 });
      expect(body.images[0].faces).toHaveLength(1);
      expectSame(body.images[0].faces[0], face!);
    }
    expect(answers[3]!.body.images[0].name).toBe('first.jpg');
    expect(answers[3]!.body.images[1]).toMatchObject({
      name: 'second.txt',
      error: { code: 'image-unreadable' },
    });
    expectSame(answers[4]!.body.images[1].faces[0], face!);
  });

  it('takes the recognizer’s options', async () => {
    const cropped = await createRecognizer({ detector: false, views: 2, threads: 1 });
    const [face] = await cropped.recognize(samplePath('astronaut.png'));
    await cropped.release();
    const { body } = await post(address, '/v1/recognize?cropped=true&views=2', crop);
    expectSame(body.images[0].faces[0], face!);
    expect(body.images[0].faces[0].keypoints).toBeUndefined();
    const none = await post(address, '/v1/recognize', blank);
    expect(none.body.images[0].faces).toEqual([]);
  });

  it('lets images of several requests share a batch', async () => {
    const batches = async () => {
      const { body } = await ask(address, '/metrics');
      const value = (name: string) => Number(new RegExp(`^${name} (.*)$`, 'm').exec(body)![1]);
      return { count: value('sdnet_batch_images_count'), images: value('sdnet_batch_images_sum') };
    };
    const before = await batches();
    const answers = await Promise.all(
      Array.from({ length: 24 }, () => post(address, '/v1/recognize?cropped=true', crop)),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    const after = await batches();
    expect(after.images - before.images).toBe(24);
    expect(after.count - before.count).toBeLessThan(24);
  });

  it('drops a request whose client leaves, and goes on', async () => {
    const left = new AbortController();
    const gone = Array.from({ length: 40 }, () =>
      fetch(`${address}/v1/recognize`, {
        ...{ method: 'POST', body: portrait, signal: left.signal },
        headers: { 'content-type': 'image/jpeg' },
      }),
    );
    const waiting = async () => {
      const { body } = await ask(address, '/metrics');
      return Number(/^sdnet_queue_waiting_images (.*)$/m.exec(body)![1]);
    };
    while ((await waiting()) === 0);
    left.abort();
    await Promise.allSettled(gone);
    await server.log.until('"status":499');
    expect((await post(address, '/v1/recognize', portrait)).status).toBe(200);
  });
});

describe('POST /v1/explain', () => {
  it('says where in the face the network looked', async () => {
    const { status, body } = await post(address, '/v1/explain', portrait);
    expect(status).toBe(200);
    expect(body).toMatchObject({ width: 512, height: 512, expression: 'happy' });
    expect(body.gradCam.values).toHaveLength(body.gradCam.width * body.gradCam.height);
    expect(Math.max(...body.gradCam.values)).toBeLessThanOrEqual(1);
    expect(Math.max(...body.gradCam.values)).toBeGreaterThan(0.5);
    // The maps' middle lies in the face's box.
    const [a, b, c, d, e, f] = body.toImage;
    const half = body.gradCam.width / 2;
    const [x, y] = [a * half + b * half + c, d * half + e * half + f];
    const { box } = body.face;
    expect(x).toBeGreaterThan(box.x);
    expect(x).toBeLessThan(box.x + box.width);
    expect(y).toBeGreaterThan(box.y);
    expect(y).toBeLessThan(box.y + box.height);
    const sad = await post(address, '/v1/explain?expression=sad&cropped=true', crop);
    expect(sad.body).toMatchObject({ expression: 'sad', face: { expression: 'happy' } });
    expect(sad.body.logit).toBeLessThan(body.logit);
  });

  it.each([
    ['a face that is not there', '?face=3', portrait, 422, 'no-face', /has 1 face, .* no face 3/],
    ['a class that is none', '?expression=bored', portrait, 400, 'option-invalid', /no class "bored".*happy/],
    ['an image without faces', '', blank, 422, 'no-face', /No face was found/],
  ])('refuses %s', async (_, query, image, status, code, detail) => {
    const answer = await post(address, `/v1/explain${query}`, image);
    expect(answer).toMatchObject({ status, type: expect.stringContaining('application/problem+json') });
    expect(answer.body).toMatchObject({ status, code, detail: expect.stringMatching(detail) });
  });
});

describe('around it', () => {
  it('refuses what is not for it before it receives the body', async () => {
    const send = (path: string, method: string, body: string) =>
      ask(address, path, { method, body, headers: { 'content-type': 'application/json' } });
    expect(await send('/nothing', 'POST', '{')).toMatchObject({ status: 404, body: { code: 'not-found' } });
    const wrong = await send('/v1/recognize', 'DELETE', '{');
    expect(wrong).toMatchObject({ status: 405, body: { code: 'method-not-allowed' } });
    expect(wrong.headers.get('allow')).toBe('POST');
    // The answer is there though the body never comes.
    const { port } = new URL(address);
    const connection = connect({ host: '127.0.0.1', port: Number(port) });
    connection.write(
      'POST /nothing HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 20000000\r\n\r\n',
    );
    const [answer] = (await once(connection, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 404 /);
    connection.destroy();
  });

  it('says that a form has too many parts', async () => {
    const form = new FormData();
    for (let index = 0; index < 33; index++) form.append('image', new Blob(['x']), `${index}.png`);
    expect(await post(address, '/v1/recognize', form)).toMatchObject({
      status: 400,
      body: { code: 'request-invalid', detail: expect.stringMatching(/more parts than images/) },
    });
  });

  it('says what recognizes, whether it lives, and how it does', async () => {
    expect((await ask(address, '/v1/models')).body.models[0]).toMatchObject({
      model: 'sdnet',
      classes: expect.arrayContaining(['happy', 'neutral']),
      input: { width: 68, height: 68, channels: 1 },
    });
    expect(await ask(address, '/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await ask(address, '/readyz')).toMatchObject({ status: 200, body: { status: 'ready' } });
    const { type, body } = await ask(address, '/metrics');
    expect(type).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(body).toMatch(/^sdnet_images_total\{outcome="image-unreadable"\} 1$/m);
    expect(body).toMatch(/^sdnet_queue_limit_images 64$/m);
    expect(body).toMatch(/^process_resident_memory_bytes \d/m);
  });

  it('describes itself by the schemas that it validates with, on a page that loads nothing from elsewhere', async () => {
    const { body } = await ask(address, '/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    expect(Object.keys(body.paths).sort()).toEqual(
      ['/healthz', '/metrics', '/readyz', '/v1/explain', '/v1/models', '/v1/recognize'].sort(),
    );
    const { parameters, requestBody } = body.paths['/v1/recognize'].post;
    const { minimum } = parameters.find(({ name }: { name: string }) => name === 'minimumFace').schema;
    expect((await post(address, `/v1/recognize?minimumFace=${minimum - 1}`, portrait)).status).toBe(400);
    const { maxItems } = requestBody.content['application/json'].schema.properties.images;
    const many = JSON.stringify({ images: Array(maxItems + 1).fill('AAAA') });
    expect((await post(address, '/v1/recognize', many, { 'content-type': 'application/json' })).status).toBe(
      400,
    );

    const page = await ask(address, '/docs/');
    expect(page.status).toBe(200);
    expect(page.body).not.toMatch(/(src|href)="(https?:)?\/\//);
    const script = await ask(address, '/docs/static/swagger-initializer.js');
    expect(script.body).toMatch(/"validatorUrl":null/);
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'self'/);
  });

  it('logs neither images nor scores', async () => {
    const form = new FormData();
    form.append('image', new Blob([portrait]), 'my-secret-name.jpg');
    await post(address, '/v1/recognize', form);
    const line = JSON.parse(await server.log.until('"faces":1'));
    expect(line).toMatchObject({ route: '/v1/recognize', status: 200, images: 1, faces: 1 });
    // The first line says where it listens.
    const all = server.log.lines.filter((text) => !text.includes('listening')).join('');
    expect(all).not.toMatch(/happy|scores|confidence|secret|127\.0\.0\.1|box/);
  });

  it('logs what was read where it is asked to', async () => {
    const telling = await start({ logResults: true });
    await post(telling.address, '/v1/recognize', portrait);
    const line = JSON.parse(await telling.log.until('"results"'));
    expect(line.results[0].faces[0]).toMatchObject({
      expression: 'happy',
      scores: { happy: expect.any(Number) },
    });
  });
});

it('answers 503 with Retry-After where the queue is full, and recovers', async () => {
  const small = await start({ queue: 2 });
  const answers = await Promise.all(
    Array.from({ length: 12 }, () => post(small.address, '/v1/recognize', portrait)),
  );
  const refused = answers.filter(({ status }) => status === 503);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 503]));
  for (const { headers, body } of refused) {
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(body).toMatchObject({ code: 'queue-full' });
  }
  expect((await post(small.address, '/v1/recognize', portrait)).status).toBe(200);
});

it('lets only named origins and holders of a token in', async () => {
  const { writeFileSync, mkdtempSync, rmSync } = await import('node:fs');
  const { tmpdir } = await import('node:os');
  const { join } = await import('node:path');
  const folder = mkdtempSync(join(tmpdir(), 'sdnet-tokens-'));
  writeFileSync(join(folder, 'tokens'), '# of the test\nfirst-token-0123456789\n\nsecond-token-0123456789\n');
  const guarded = await start({
    host: '0.0.0.0',
    tokenFile: join(folder, 'tokens'),
    cors: ['https://example.com'],
  });
  rmSync(folder, { recursive: true });
  const local = guarded.address.replace('0.0.0.0', '127.0.0.1');
  const as = (authorization: string, origin?: string) =>
    ask(local, '/v1/models', { headers: { authorization, ...(origin && { origin }) } });

  const none = await ask(local, '/v1/models');
  expect(none).toMatchObject({ status: 401, body: { code: 'token-invalid' } });
  expect(none.headers.get('www-authenticate')).toBe('Bearer');
  expect((await as('Bearer first-token-0123456789')).status).toBe(200);
  expect((await as('bearer second-token-0123456789')).status).toBe(200);
  for (const wrong of [
    'Bearer first-token-012345678',
    'Bearer first-token-0123456789x',
    'Basic Zmlyc3Q6',
    'Bearer # of the test',
  ])
    expect((await as(wrong)).status).toBe(401);
  expect((await ask(local, '/metrics')).status).toBe(401);
  expect((await ask(local, '/healthz')).status).toBe(200);

  const named = await as('Bearer first-token-0123456789', 'https://example.com');
  expect(named.headers.get('access-control-allow-origin')).toBe('https://example.com');
  expect((await as('Bearer first-token-0123456789', 'https://example.org')).status).toBe(403);
  const preflight = await ask(local, '/v1/recognize', {
    method: 'OPTIONS',
    headers: { origin: 'https://example.com', 'access-control-request-method': 'POST' },
  });
  expect(preflight.status).toBe(204);
  // Without a name, no page is let in.
  const closed = await ask(address, '/v1/models', { headers: { origin: 'https://example.com' } });
  expect(closed).toMatchObject({ status: 403, body: { code: 'origin-unknown' } });
  expect(closed.headers.get('access-control-allow-origin')).toBeNull();
});

it.each(['127.0.0.1', 'localhost'])('ends soon at %s, though connections say nothing', async (host) => {
  const { address, close } = await start({ host });
  const { port } = new URL(address);
  const addresses = await lookup(host, { all: true });
  const connections = addresses.map((at) => connect({ host: at.address, port: Number(port) }));
  await Promise.all(connections.map((connection) => once(connection, 'connect')));
  for (const connection of connections) connection.on('error', () => undefined);
  const left = Promise.all(connections.map((connection) => once(connection, 'close')));
  const from = performance.now();
  await close();
  await left;
  expect(performance.now() - from).toBeLessThan(10_000);
});

it('does not count how long a form takes to arrive against the time limit', async () => {
  const { address } = await start({ timeLimit: 4000 });
  // Before it, the processes start.
  await post(address, '/v1/recognize?cropped=true', crop);
  const head = '--b\r\ncontent-disposition: form-data; name="image"; filename="a.png"\r\n\r\n';
  const body = Readable.from(
    (async function* () {
      yield Buffer.concat([Buffer.from(head), crop.subarray(0, 500)]);
      await setTimeout(6000);
      yield Buffer.concat([crop.subarray(500), Buffer.from('\r\n--b--\r\n')]);
    })(),
  );
  const answer = await ask(address, '/v1/recognize?cropped=true', {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
    body: Readable.toWeb(body),
    duplex: 'half',
  } as RequestInit);
  expect(answer).toMatchObject({ status: 200, body: { images: [{ faces: [{ expression: 'happy' }] }] } });
});
