/**
 * Frames a second with tracking, on a clip made of FER2013's faces; see README.md.
 *
 *   node benchmarks/track.mjs --data FER2013 [--frames 300] [--faces 1 --faces 4] [--size 150] [--rounds 3]
 *
 * 640×480, 30 frames a second: faces of the public test on drawn heads go round, each on a circle of its own. Beside the
 * tracker stands the recognizer, which searches every frame, and the command, which starts, decodes the clip and tracks.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createRecognizer, createTracker } from 'sdnet';
import { busyShare, describeMachine } from './machine.mjs';
import { median } from './peers/peer.mjs';
import { paintScene } from './scenes/compose.mjs';
import { faceCrops } from './scenes/face-crops.mjs';
import { matchFaces } from './scenes/matching.mjs';
import { table } from './table.mjs';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    frames: { type: 'string', default: '300' },
    faces: { type: 'string', multiple: true, default: ['1', '4'] },
    size: { type: 'string', default: '150' },
    rounds: { type: 'string', default: '3' },
  },
});
if (!values.data) {
  console.error('Name FER2013 by --data: its folder, or fer2013.csv.');
  process.exit(2);
}
const [width, height, rate] = [640, 480, 30];
const size = Number(values.size);
const { count, cropOf, labelOf, classNames } = await faceCrops(values.data, 'validation');

/** The faces of a frame: each goes round its place once in ten seconds. */
function placed(frame, faces) {
  const columns = Math.ceil(Math.sqrt((faces * width) / height));
  const rows = Math.ceil(faces / columns);
  const turn = (2 * Math.PI * frame) / (10 * rate);
  return Array.from({ length: faces }, (_, index) => ({
    crop: Math.floor(((index + 0.5) * count) / faces),
    x: (width * ((index % columns) + 0.5)) / columns + 30 * Math.cos(turn + index),
    y: (height * (Math.floor(index / columns) + 0.5)) / rows + 30 * Math.sin(turn + index),
    size,
    angle: 10 * Math.sin(turn),
    head: true,
  }));
}

const paint = (frame, faces) =>
  paintScene({ seed: 1, width, height, background: 'gradient', faces: placed(frame, faces) }, cropOf);

/** Runs a program to its end; `input` goes to its standard input. */
async function run(command, args, input = []) {
  const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = once(child, 'close');
  for (const chunk of input) if (!child.stdin.write(chunk)) await once(child.stdin, 'drain');
  child.stdin.end();
  const [code] = await ended;
  if (code !== 0) throw new Error(`${command} ended with ${code}.`);
}

/** What was found: how many of the faces, with which identities, and how many of the expressions are right. */
function judge(frames, faces) {
  const identities = new Set(frames.flatMap((found) => found.map(({ id }) => id)));
  let found = 0;
  let right = 0;
  for (const [frame, recognized] of frames.entries()) {
    const truth = placed(frame, faces);
    const boxes = recognized.map(({ box }) => box);
    for (const [index, match] of matchFaces(truth, boxes).entries()) {
      if (match < 0) continue;
      found++;
      right += recognized[match].expression === classNames[labelOf(truth[index].crop)] ? 1 : 0;
    }
  }
  return { found: found / (frames.length * faces), right: right / found, identities: identities.size };
}

const milliseconds = async (work) => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};

const busy = await busyShare();
const folder = await mkdtemp(join(tmpdir(), 'sdnet-track-'));
const rows = [];
try {
  for (const faces of values.faces.map(Number)) {
    const images = Array.from({ length: Number(values.frames) }, (_, frame) => paint(frame, faces));
    const clip = join(folder, `${faces}.mp4`);
    const raw = [
      '-f',
      'rawvideo',
      '-pix_fmt',
      'rgb24',
      '-s',
      `${width}x${height}`,
      '-r',
      `${rate}`,
      '-i',
      '-',
    ];
    const encoding = ['-pix_fmt', 'yuv420p', '-crf', '18', clip];
    await run(
      'ffmpeg',
      ['-v', 'error', ...raw, ...encoding],
      images.map(({ pixels }) => pixels),
    );
    const recognizer = await createRecognizer();
    await recognizer.recognize(images[0]);
    const command = fileURLToPath(new URL('../packages/lab/bin/sdnet.js', import.meta.url));
    const ways = {
      async tracked(results) {
        const tracker = createTracker(recognizer);
        for (const [frame, image] of images.entries())
          results.push(await tracker.next(image, (1000 * frame) / rate));
        await tracker.release();
      },
      async 'every frame searched'(results) {
        for (const image of images) results.push(await recognizer.recognize(image));
      },
      'sdnet predict, whole command': () => run(process.execPath, [command, 'predict', clip]),
    };
    const times = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
    const judged = {};
    for (let round = 0; round < Number(values.rounds); round++)
      for (const [name, way] of Object.entries(ways)) {
        const results = [];
        times[name].push(await milliseconds(() => way(results)));
        if (results.length > 0) judged[name] = judge(results, faces);
      }
    await recognizer.release();
    for (const [name, measured] of Object.entries(times)) {
      const { found, right, identities } = judged[name] ?? {};
      const percent = (part) => (part === undefined ? '–' : (100 * part).toFixed(1));
      const perSecond = (1000 * images.length) / median(measured);
      rows.push({
        ...{ name, faces, perSecond: perSecond.toFixed(1), found: percent(found), right: percent(right) },
        identities: name === 'tracked' ? identities : undefined,
      });
    }
  }
} finally {
  await rm(folder, { recursive: true });
}
console.log(`${values.frames} frames of ${width}×${height}, faces of ${size} px. ${describeMachine()}`);
console.log(
  table(
    [
      ['way', ({ name }) => name],
      ['faces', ({ faces }) => faces],
      ['frames/s', ({ perSecond }) => perSecond],
      ['found, %', ({ found }) => found],
      ['expression right, %', ({ right }) => right],
      ['identities', ({ identities }) => identities],
    ],
    rows,
  ),
);
if (busy > 0.1)
  console.log(
    `Do not quote these figures: ${Math.round(100 * busy)} % of the machine was taken by other programs.`,
  );
