/**
 * Speed of whole frames: one 640×480 frame with one face of 150 pixels, from pixels to expressions, ours beside face-api.js and
 * Human, in Node and in headless Chromium, with the accuracy on the same faces beside it; see README.md.
 *
 *   node benchmarks/frame.mjs --data FER2013 [--faces 100] [--rounds 2] [--only node|chromium]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { claim } from './claim.mjs';
import { describeMachine } from './machine.mjs';
import { measureInRounds, measurement } from './measure.mjs';
import { paintMovingFaces } from './scenes/moving-faces.mjs';
import { table, threeDigits } from './table.mjs';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    faces: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '2' },
    only: { type: 'string' },
  },
});
if (!values.data) {
  console.error('Name FER2013 by --data: its folder, or fer2013.csv.');
  process.exit(2);
}
/** With the second, faster weights, `models/sdnet-fer2013-48`. */
const small = 'ours, 48×48';
const folder = await mkdtemp(join(tmpdir(), 'sdnet-frame-'));
try {
  await paintMovingFaces(values.data, Number(values.faces), folder);
  const scenes = ['--scenes', folder];
  const inNode = (label, script, args, options) =>
    measurement(`${label}, Node`, script, [...scenes, ...args], { ...options, fields: { where: 'Node' } });
  const inChromium = (engine, args = []) =>
    measurement(`${engine}, Chromium`, 'pages/time-frames.mjs', [...scenes, '--engine', engine, ...args], {
      fields: { where: 'Chromium' },
    });
  const weights = fileURLToPath(new URL('../models/sdnet-fer2013-48/weights.safetensors', import.meta.url));
  const smaller = ['--weights', weights, '--name', small];
  const { rows, notes } = await measureInRounds(
    [
      inNode('ours, 2 threads', 'ours/frame.mjs', ['--threads', 2], { required: true }),
      inNode('ours, 1 thread', 'ours/frame.mjs', ['--threads', 1], { required: true }),
      inNode('ours, 48×48, 1 thread', 'ours/frame.mjs', ['--threads', 1, ...smaller], { required: true }),
      inNode('face-api.js', 'peers/frame.mjs', ['--peer', 'face-api.js']),
      inNode('Human', 'peers/frame.mjs', ['--peer', 'Human']),
      inChromium('ours'),
      inChromium('ours', smaller),
      ...['face-api.js', 'Human'].map((engine) => inChromium(engine)),
    ].filter(({ fields: { where } }) => !values.only || values.only === where.toLowerCase()),
    Number(values.rounds),
  );
  report(rows, notes);
} finally {
  await rm(folder, { recursive: true, force: true });
}

function report(rows, notes) {
  const percent = (share) => (share === undefined ? undefined : `${(100 * share).toFixed(1)} %`);
  console.log(
    `\n640×480, one face. ${describeMachine()}; rounds: ${values.rounds}; faces: ${values.faces}.\n`,
  );
  console.log(
    table(
      [
        ['where', ({ where }) => where],
        ['engine', ({ name }) => name],
        ['path', ({ path }) => path],
        ['threads', ({ threads }) => threads],
        ['ms a frame', ({ milliseconds }) => threeDigits(milliseconds)],
        ['fastest–slowest', (row) => `${threeDigits(row.fastest)}–${threeDigits(row.slowest)}`],
        ['frames/s', ({ imagesPerSecond }) => threeDigits(imagesPerSecond)],
        ['found', ({ found }) => percent(found)],
        ['right', ({ accuracy }) => percent(accuracy)],
        ['identities', ({ identities }) => identities],
      ],
      rows,
    ),
  );
  for (const note of notes) console.log(`\n${note}`);
  const time = (where, name, path, threads) =>
    rows.find(
      (row) =>
        row.where === where &&
        row.name === name &&
        row.path === path &&
        (threads === undefined || row.threads === threads),
    )?.milliseconds;
  console.log();
  for (const [where, path, name, threads, bars] of [
    ['Node', 'photo', 'ours', 2, { 'face-api.js': 5, Human: 2.5 }],
    ['Node', 'photo, faces from 40 px', 'ours', 2, { 'face-api.js': 5, Human: 2.5 }],
    ['Node', 'photo', 'ours', 1, {}],
    ['Node', 'camera', 'ours', 2, {}],
    ['Node', 'camera', small, 1, {}],
    ['Chromium', 'camera', 'ours', 1, { 'face-api.js': 3, Human: 1.5 }],
    ['Chromium', 'camera', small, 1, { 'face-api.js': 3, Human: 1.5 }],
    ['Chromium', 'photo', 'ours', 1, {}],
    ['Chromium', 'photo, faces from 40 px', 'ours', 1, {}],
    ['Chromium', 'photo', small, 1, {}],
  ])
    for (const peer of ['face-api.js', 'Human']) {
      const [own, other] = [time(where, name, path, threads), time(where, peer, 'photo')];
      const factor = own && other && other / own;
      const ways = `${where}, ${name}, ${path}, ${threads} thread(s)`;
      if (bars[peer])
        console.log(
          claim(
            `${ways}: at least ${bars[peer]} × as fast as ${peer}`,
            factor?.toFixed(2),
            factor >= bars[peer],
          ),
        );
      else if (factor) console.log(`  beside it: ${ways}: ${factor.toFixed(2)} × as fast as ${peer}`);
    }
}
