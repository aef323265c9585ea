/* global fetch */
/**
 * The server under load on loopback, beside the same images in a program: requests a second, delays, whether health is answered
 * meanwhile and memory stays flat; then more than it can do, and whether it recovers; see README.md.
 *
 *   node benchmarks/serve.mjs [--seconds 120] [--connections 1,8,64] [--overload 512] [--image samples/portrait.jpg]
 *
 * Needs autocannon (npm ci in this folder).
 */
import { execFile, execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { clearInterval, setInterval } from 'node:timers';
import { setTimeout } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { describeMachine } from './machine.mjs';
import { startSdnet } from './sdnet-process.mjs';
import { table } from './table.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    connections: { type: 'string', default: '1,8,64' },
    overload: { type: 'string', default: '512' },
    image: { type: 'string', default: fileURLToPath(new URL('../samples/portrait.jpg', import.meta.url)) },
  },
});
const seconds = Number(values.seconds);
const workers = availableParallelism();
const body = await readFile(values.image);

console.log(`${describeMachine()}, ${workers} workers, ${(body.length / 1000).toFixed(0)} kB an image`);
const inProcess = await measureInProcess();
const direct = await measurePool();
console.log(`createRecognizer in a program: ${inProcess.toFixed(1)} images/s`);
console.log(`the pool in a program: ${direct.toFixed(1)} images/s`);

const server = startSdnet(['serve', '--port', '0']);
const [, address] = /listening at (http:[\w.:/]+)/.exec(await server.until('Serving '));
// The first request of a process loads what it sends requests with.
await (await fetch(`${address}/healthz`)).arrayBuffer();
const rows = [];
for (const connections of values.connections.split(',').map(Number)) {
  const { result, health, memory } = await observed(() => load(connections, seconds));
  rows.push([
    String(connections),
    result.requests.average.toFixed(1),
    `${((100 * result.requests.average) / direct).toFixed(0)} %`,
    ...[result.latency.p50, result.latency.p99, health].map((ms) => ms.toFixed(0)),
    memory.map((bytes) => (bytes / 1e6).toFixed(0)).join(' → '),
    String(result.non2xx + result.errors + result.timeouts),
  ]);
}
console.log(
  table(
    [
      'connections',
      'requests/s',
      'of the pool',
      'p50 ms',
      'p99 ms',
      'slowest health, ms',
      'memory, MB',
      'failed',
    ].map((title, index) => [title, (row) => row[index]]),
    rows,
  ),
);

const { result, health } = await observed(() => load(Number(values.overload), Math.min(seconds, 30)));
console.log(
  `${values.overload} connections: ${JSON.stringify(result.statusCodeStats)}, ${result.timeouts} timeouts, ${result.errors} errors, slowest health ${health.toFixed(0)} ms`,
);
const start = performance.now();
let response;
do {
  // As it was told to.
  if (response) await setTimeout(1000 * Number(response.headers.get('retry-after')));
  response = await fetch(`${address}/v1/recognize`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'image/jpeg' },
  });
  await response.arrayBuffer();
} while (response.status === 503);
console.log(`then: ${response.status} after ${((performance.now() - start) / 1000).toFixed(1)} s`);
server.kill('SIGTERM');
await server.ended;

/** In a process of its own, or what health takes would be measured between its requests. */
async function load(connections, duration) {
  const script = fileURLToPath(new URL('load.mjs', import.meta.url));
  const args = [script, `${address}/v1/recognize`, values.image, connections, duration].map(String);
  return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout);
}

/** Does it, and asks for health ten times a second meanwhile; memory after a tenth, and in the end. */
async function observed(task) {
  let health = 0;
  const memory = [];
  const begin = performance.now();
  const timer = setInterval(async () => {
    const asked = performance.now();
    await (await fetch(`${address}/healthz`)).arrayBuffer();
    health = Math.max(health, performance.now() - asked);
    if (memory.length === 0 && asked - begin > 100 * seconds) memory.push(memoryOf(server.pid));
  }, 100);
  const outcome = await task();
  clearInterval(timer);
  memory.push(memoryOf(server.pid));
  return { result: outcome, health, memory };
}

/** Of the server and its pool, in bytes. */
function memoryOf(pid) {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,rss='], { encoding: 'utf8' }).trim().split('\n');
  const processes = lines.map((line) => line.trim().split(/ +/).map(Number));
  return (
    1024 * processes.reduce((sum, [own, parent, size]) => sum + (own === pid || parent === pid ? size : 0), 0)
  );
}

/** Images a second, one after the other, as a program reads them. */
async function measureInProcess() {
  const { createRecognizer } = await import('../packages/sdnet/dist/node/index.js');
  const recognizer = await createRecognizer();
  const rate = await rateOf(1, () => recognizer.recognize(body));
  await recognizer.release();
  return rate;
}

/** What the server computes with, without HTTP: as many images at a time as keep it busy. */
async function measurePool() {
  const { createEngine } = await import('../packages/server/dist/engine/engine.js');
  const { weights } = await import('../models/sdnet-fer2013/index.js');
  const engine = await createEngine({
    ...{ weights: fileURLToPath(weights), workers, queue: 64 * workers, pixelLimit: 25e6, timeLimit: 60_000 },
  });
  const rate = await rateOf(16 * workers, () => engine.recognize([{ bytes: body, options: {} }]));
  await engine.close();
  return rate;
}

async function rateOf(parallel, task) {
  await task();
  let done = 0;
  const begin = performance.now();
  const end = begin + 1000 * Math.max(5, seconds / 4);
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      while (performance.now() < end) {
        await task();
        done++;
      }
    }),
  );
  return (1000 * done) / (performance.now() - begin);
}
