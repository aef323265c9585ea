/**
 * Labelling by a queue whose workers and Redis are killed at random: two commands ask, four workers label; no job may be lost,
 * none be twice in an output, damaged images must be listed, and the bytes be those of a run without a queue; see README.md.
 *
 *   node benchmarks/queue-kills.mjs [--data ../data/fer2013/train] [--jobs 5000] [--poison 25] [--out FOLDER]
 *
 * Every few seconds a worker gets SIGKILL and another is started, or Redis gets SIGKILL and is started again on its append-only
 * file, until all is labelled.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { describeMachine } from './machine.mjs';
import { runSdnet, startSdnet, statusOf } from './sdnet-process.mjs';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '../data/fer2013/train' },
    jobs: { type: 'string', default: '5000' },
    poison: { type: 'string', default: '25' },
    out: { type: 'string' },
  },
});
const count = Number(values.jobs);
const poisonCount = Number(values.poison);
const folder = values.out ? resolve(values.out) : await mkdtemp(join(tmpdir(), 'sdnet-queue-kills-'));
const images = join(folder, 'images');
await mkdir(images, { recursive: true });
const names = (await readdir(values.data, { recursive: true }))
  .filter((name) => /\.(png|jpe?g)$/.test(name))
  .sort();
if (names.length < count) throw new Error(`${values.data} has ${names.length} images.`);
// Different contents, since a job is a content; some of them cut off.
const contents = new Set();
const poison = new Set();
for (const name of names) {
  if (contents.size === count) break;
  const bytes = await readFile(join(values.data, name));
  const isPoison = contents.size % Math.floor(count / poisonCount) === 7 && poison.size < poisonCount;
  const content = isPoison ? bytes.subarray(0, bytes.length / 3) : bytes;
  const key = content.toString('latin1');
  if (contents.has(key)) continue;
  contents.add(key);
  const path = join(images, name.replaceAll('/', '-'));
  if (isPoison) poison.add(path);
  await writeFile(path, content);
}

console.log(describeMachine());
const label = (name, ...more) => ['label', images, '--cropped', '--out', join(folder, name), ...more];
const start = performance.now();
await runSdnet(label('alone.jsonl'));
console.log(`without a queue: ${((performance.now() - start) / 1000).toFixed(0)} s`);

const port = await freePort();
const url = `redis://127.0.0.1:${port}`;
let redis = await startRedis();
const newWorker = () => startSdnet(['work', '--queue', url, '--workers', '1']);
const workers = Array.from({ length: 4 }, newWorker);
await Promise.all(workers.map((worker) => worker.until('Working for')));
const begin = performance.now();
const outputs = ['one.jsonl', 'two.jsonl'];
const producers = outputs.map((name) => startSdnet(label(name, '--queue', url)));
const kills = { workers: 0, redis: 0 };
while (producers.some((producer) => producer.isRunning())) {
  await wait(4000 + 8000 * Math.random());
  if (!producers.some((producer) => producer.isRunning())) break;
  if (Math.random() < 0.3) {
    redis.kill('SIGKILL');
    await once(redis, 'exit');
    redis = await startRedis();
    kills.redis++;
  } else {
    const index = Math.floor(Math.random() * workers.length);
    workers[index].kill();
    await workers[index].ended;
    workers[index] = newWorker();
    kills.workers++;
  }
  console.log(
    `${kills.workers} workers and ${kills.redis} times Redis killed; ${await statusOf(join(folder, outputs[0]))} labels`,
  );
}
await Promise.all(producers.map(({ ended }) => ended));
const seconds = (performance.now() - begin) / 1000;

const alone = await readFile(join(folder, 'alone.jsonl'));
const same = await Promise.all(outputs.map(async (name) => alone.equals(await readFile(join(folder, name)))));
const files = alone
  .toString()
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line));
const everyImage = (lines) => new Set(lines.map(({ file }) => file)).size === count && lines.length === count;
let isOnce = everyImage(files);
for (const name of outputs) {
  const lines = (await readFile(join(folder, name), 'utf8')).trimEnd().split('\n');
  isOnce &&= everyImage(lines.map((line) => JSON.parse(line)));
  const differing = lines.filter((line, index) => line !== JSON.stringify(files[index]));
  if (differing.length > 0) console.log(`${name}: ${differing.length} other lines, such as ${differing[0]}`);
}
const status = await runSdnet(['label', '--out', join(folder, 'one.jsonl'), '--status', '--queue', url]);
const dead = [...status.printed.matchAll(/Dead letter: (.*?), after/g)].map(([, path]) => path);
const areListed = dead.length === poison.size && dead.every((path) => poison.has(path));
console.log(
  `${count} jobs, ${seconds.toFixed(0)} s with ${kills.workers} kills of workers and ${kills.redis} of Redis: ` +
    `every image once ${isOnce}; same bytes as without a queue ${same.join(', ')}; ${dead.length} dead letters, the ${poison.size} damaged images: ${areListed}`,
);
for (const worker of workers) worker.kill('SIGTERM');
await Promise.all(workers.map(({ ended }) => ended));
redis.kill();
if (!values.out) await rm(folder, { recursive: true });
process.exitCode = isOnce && same.every(Boolean) && areListed ? 0 : 1;

async function startRedis() {
  const options = [
    '--port',
    port,
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--appendonly',
    'yes',
    '--save',
    '',
  ];
  const child = spawn('redis-server', options.map(String), { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve, reject) => {
    let printed = '';
    child.stdout.on('data', (text) => {
      printed = (printed + text).slice(-10_000);
      if (printed.includes('Ready to accept connections')) resolve();
    });
    child.once('exit', () => reject(new Error(printed)));
  });
  return child;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: free } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return free;
}
