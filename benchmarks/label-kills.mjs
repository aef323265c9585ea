/**
 * Bulk labelling that is killed again and again: every image must be in the output once, and the output the same bytes as
 * that of an undisturbed run; see README.md.
 *
 *   node benchmarks/label-kills.mjs [--data ../data/fer2013/train] [--images 20000] [--kills 10] [--out FOLDER]
 *
 * Kills are SIGKILL to the command's process, after a random number of labels more. Throughput is beside that of `sdnet predict
 * --cropped` on the same images.
 */
import { readdir, readFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from './machine.mjs';
import { runSdnet, startSdnet, statusOf } from './sdnet-process.mjs';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '../data/fer2013/train' },
    images: { type: 'string', default: '20000' },
    kills: { type: 'string', default: '10' },
    out: { type: 'string' },
    'without-predict': { type: 'boolean', default: false },
  },
});
const count = Number(values.images);
const kills = Number(values.kills);
const folder = values.out ? resolve(values.out) : await mkdtemp(join(tmpdir(), 'sdnet-label-kills-'));

const names = (await readdir(values.data, { recursive: true })).filter((name) => /\.(png|jpe?g)$/.test(name));
const paths = names
  .sort()
  .slice(0, count)
  .map((name) => resolve(values.data, name));
if (paths.length < count) throw new Error(`${values.data} has ${paths.length} images.`);
const manifest = join(folder, 'images.csv');
await writeFile(manifest, `file\n${paths.map((path) => relative(dirname(manifest), path)).join('\n')}\n`);
const args = (name) => ['label', manifest, '--cropped', '--out', join(folder, name)];

console.log(describeMachine());
const whole = await timed(() => runSdnet(args('whole.jsonl')));
console.log(
  `undisturbed: ${(count / whole).toFixed(0)} images/s, ${whole.toFixed(0)} s with its start and its output`,
);

const moments = [];
for (let kill = 0; kill < kills; kill++) {
  const before = await statusOf(join(folder, 'killed.jsonl'));
  const left = count - before;
  // So that there is something left for those that follow.
  const after = before + Math.floor((Math.random() * 2 * left) / (kills - kill + 1));
  const running = startSdnet(args('killed.jsonl'));
  while (running.isRunning() && (await statusOf(join(folder, 'killed.jsonl'))) < after)
    await new Promise((resolve) => setTimeout(resolve, 100));
  if (!running.isRunning()) throw new Error('It ended before it was killed.');
  running.kill();
  await running.ended;
  moments.push(await statusOf(join(folder, 'killed.jsonl')));
  console.log(`killed with ${moments.at(-1)} labels`);
}
await runSdnet(args('killed.jsonl'));

const [one, other] = await Promise.all(
  ['whole', 'killed'].map((name) => readFile(join(folder, `${name}.jsonl`))),
);
const files = one
  .toString()
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line).file);
const isOnce = new Set(files).size === files.length && files.length === count;
console.log(`every image once: ${isOnce}; same bytes after ${kills} kills: ${one.equals(other)}`);

if (!values['without-predict']) {
  // As many as a command line takes.
  const some = paths.slice(0, 2000);
  const seconds = await timed(() => runSdnet(['predict', ...some, '--cropped', '--jsonl']));
  console.log(
    `predict: ${(some.length / seconds).toFixed(0)} images/s with its start (${some.length} images)`,
  );
}
if (!values.out) await rm(folder, { recursive: true });
process.exitCode = isOnce && one.equals(other) ? 0 : 1;

async function timed(task) {
  const start = performance.now();
  await task();
  return (performance.now() - start) / 1000;
}
