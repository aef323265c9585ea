/**
 * What labelling costs on this machine, and what a queue adds: the figures of docs/scale.md.
 *
 *   node benchmarks/scale.mjs [--data ../data/fer2013/train] [--crops 3000] [--photos 120] [--workers 1,2]
 *
 * Costs are processor seconds of all processes, so other work on the machine changes them little; images a second need a quiet
 * machine. What a start takes is taken away: each is measured with a tenth of the images, too.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeMachine } from './machine.mjs';
import { table, threeDigits } from './table.mjs';

const cores = availableParallelism();
const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '../data/fer2013/train' },
    crops: { type: 'string', default: '3000' },
    photos: { type: 'string', default: '120' },
    workers: { type: 'string', default: [...new Set([1, cores])].join(',') },
    port: { type: 'string', default: '6390' },
  },
});
const program = fileURLToPath(new URL('../packages/lab/bin/sdnet.js', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'sdnet-scale-'));
console.log(describeMachine());

const crops = await writeCrops(Number(values.crops));
const photos = await writePhotos(Number(values.photos));
const redis = await startRedis();
const url = `redis://127.0.0.1:${values.port}`;

const rows = [];
for (const [what, files, more] of [
  ['crops', crops, ['--cropped']],
  ['photos', photos, []],
]) {
  for (const workers of values.workers.split(',')) {
    const cost = await slope(files, (some, name) =>
      run([...label(some, name), ...more, '--workers', workers]),
    );
    rows.push([`${what}, ${workers} processes`, cost]);
  }
  rows.push([
    `${what}, by a queue`,
    await slope(files, (some, name) => byQueue([...label(some, name), ...more])),
  ]);
}
console.log(
  table(
    [
      ['', ([what]) => what],
      ['images/s', ([, { rate }]) => threeDigits(rate)],
      ['processor ms an image', ([, { cost }]) => threeDigits(1000 * cost)],
      ['core-hours a million', ([, { cost }]) => threeDigits((1e6 * cost) / 3600)],
    ],
    rows,
  ),
);

const [ledger] = (await readdir(folder)).filter(
  (name) => name.startsWith(`${crops.length}-`) && name.endsWith('.ledger'),
);
for (const name of [ledger, ledger.replace('.ledger', '.jsonl')])
  console.log(
    `${name.split('.')[1]}: ${((await stat(join(folder, name))).size / crops.length).toFixed(0)} bytes a crop`,
  );
await measureRedis();
for (const threads of new Set([1, cores]))
  console.log(`one process, ${threads} thread(s): ${threeDigits(await photosASecond(threads))} photos/s`);
redis.kill();
await rm(folder, { recursive: true });

function label(files, name) {
  return ['label', files, '--out', join(folder, `${name}.jsonl`)];
}

/** What one image more costs, in processor seconds, and how many there are in a second. */
async function slope(files, task) {
  const some = Math.ceil(files.length / 10);
  const id = Math.random().toString(36).slice(2);
  const few = await task(await manifest(files.slice(0, some)), `${some}-${id}`);
  const many = await task(await manifest(files), `${files.length}-${id}`);
  const images = files.length - some;
  return { cost: (many.processor - few.processor) / images, rate: images / (many.seconds - few.seconds) };
}

async function manifest(files) {
  const path = join(folder, `list${files.length}.csv`);
  await writeFile(path, `file\n${files.join('\n')}\n`);
  return path;
}

/** Runs `sdnet` to its end; processor time of it and all it has started. */
async function run(args, whenStarted = async () => {}) {
  const command = 'TIMEFORMAT="%R %U %S"; time "$0" "$@"';
  const child = spawn('bash', ['-c', command, process.execPath, program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let printed = '';
  let hear = () => {};
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      printed += text;
      hear();
    });
  const closed = once(child, 'close');
  await whenStarted(child, async (text) => {
    while (!printed.includes(text)) await new Promise((resolve) => (hear = resolve));
  });
  const [code] = await closed;
  const [, seconds, user, system] = /([\d.]+) ([\d.]+) ([\d.]+)\s*$/.exec(printed) ?? [];
  if (code !== 0) throw new Error(`sdnet ${args.join(' ')}: ${printed}`);
  return { seconds: Number(seconds), processor: Number(user) + Number(system) };
}

/** The command and a worker of as many processes as there are cores. */
async function byQueue(args) {
  let asked;
  const worker = await run(['work', '--queue', url], async (child, until) => {
    await until('Working for');
    asked = await run([...args, '--queue', url]);
    // The shell waits for its command.
    for (const pid of (await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8'))
      .trim()
      .split(' '))
      process.kill(Number(pid), 'SIGTERM');
  });
  return { seconds: asked.seconds, processor: asked.processor + worker.processor };
}

/** Photos read one after the other in this process. */
async function photosASecond(threads) {
  const { createRecognizer } = await import('../packages/sdnet/dist/node/index.js');
  const recognizer = await createRecognizer({ threads });
  await recognizer.recognize(photos[0]);
  const start = performance.now();
  for (const photo of photos) await recognizer.recognize(photo);
  const seconds = (performance.now() - start) / 1000;
  await recognizer.release();
  return photos.length / seconds;
}

/** Memory of jobs that wait and that are done. */
async function measureRedis() {
  const { Queue } = await import('bullmq');
  const { labelJob, jobOptions } = await import('../packages/server/dist/queue/label-queue.js');
  const queue = new Queue('measure', { connection: { url }, prefix: 'sdnet' });
  const { Redis } = await import('ioredis');
  const client = new Redis(url);
  const used = async () => Number(/used_memory:(\d+)/.exec(await client.info('memory'))[1]);
  const before = await used();
  const count = 10_000;
  for (let index = 0; index < count; index += 1000)
    await queue.addBulk(
      Array.from({ length: 1000 }, (_, more) => {
        const hash = String(index + more).padStart(64, '0');
        const { id, data } = labelJob(`/mnt/photos/2024/holiday/IMG_${index + more}.jpg`, false, hash, {});
        return { name: 'image', data, opts: { ...jobOptions, jobId: id } };
      }),
    );
  console.log(`a job that waits takes ${((await used()) - before) / count} bytes of Redis`);
  client.disconnect();
  await queue.obliterate({ force: true });
  await queue.close();
}

async function writeCrops(count) {
  const names = (await readdir(values.data, { recursive: true })).filter((name) =>
    /\.(png|jpe?g)$/.test(name),
  );
  return names
    .sort()
    .slice(0, count)
    .map((name) => resolve(values.data, name));
}

/** The portrait again and again, with other bytes behind its end: files of one content are labelled once. */
async function writePhotos(count) {
  const bytes = await readFile(new URL('../samples/portrait.jpg', import.meta.url));
  await mkdir(join(folder, 'photos'));
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const path = join(folder, 'photos', `${index}.jpg`);
      await writeFile(path, Buffer.concat([bytes, Buffer.from(String(index))]));
      return path;
    }),
  );
}

async function startRedis() {
  const child = spawn('redis-server', [
    '--port',
    values.port,
    '--dir',
    folder,
    '--appendonly',
    'yes',
    '--save',
    '',
  ]);
  await new Promise((resolve) => {
    child.stdout.on('data', (text) => String(text).includes('Ready to accept') && resolve());
  });
  return child;
}
