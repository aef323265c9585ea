/**
 * A photo of twelve megapixels with 40 faces of 60 to 300 pixels: how many are found, in what time and memory; see README.md.
 *
 *   node benchmarks/large-photo.mjs --data FER2013 [--photos 3] [--threads 2]
 *
 * Each photo is painted and written as JPEG here, and recognised in a process of its own, so that its memory is its own.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { random } from '@sdnet/autograd';
import sharp from 'sharp';
import { claim } from './claim.mjs';
import { describeMachine } from './machine.mjs';
import { measureInRounds, measurement } from './measure.mjs';
import { paintScene } from './scenes/compose.mjs';
import { faceCrops } from './scenes/face-crops.mjs';
import { table, threeDigits } from './table.mjs';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    photos: { type: 'string', default: '3' },
    threads: { type: 'string', default: '2' },
  },
});
if (!values.data) {
  console.error('Name FER2013 by --data: its folder, or fer2013.csv.');
  process.exit(2);
}
const { count, cropOf } = await faceCrops(values.data, 'validation');
const [width, height] = [4000, 3000];

/** 40 faces in 8×5 cells, each size from 60 to 300 pixels once, in any order; half of them on drawn heads. */
function planPhoto(seed) {
  const source = random(seed, 4);
  const cells = Array.from({ length: 40 }, (_, index) => index);
  for (let last = 39; last > 0; last--) {
    const other = source.integer(last + 1);
    [cells[last], cells[other]] = [cells[other], cells[last]];
  }
  const faces = cells.map((cell, index) => {
    const size = 60 + (240 * index) / 39;
    const [x, y] = [500 * (cell % 8) + 250, 600 * Math.floor(cell / 8) + 300];
    const near = () => (2 * source.uniform() - 1) * 80;
    const angle = 10 * (2 * source.uniform() - 1);
    return { crop: source.integer(count), x: x + near(), y: y + near(), size, angle, head: index % 2 === 0 };
  });
  const background = ['clouds', 'gradient', 'shapes'][seed % 3];
  return { seed, width, height, background, faces };
}

const folder = await mkdtemp(join(tmpdir(), 'sdnet-photo-'));
try {
  const measurements = [];
  for (let seed = 0; seed < Number(values.photos); seed++) {
    const plan = planPhoto(seed);
    const file = join(folder, `${seed}.jpg`);
    const { pixels } = paintScene(plan, cropOf);
    await sharp(pixels, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 95 })
      .toFile(file);
    const args = ['--file', file, '--threads', values.threads, '--faces', JSON.stringify(plan.faces)];
    measurements.push(
      measurement(`photo ${seed + 1}`, 'ours/large-photo.mjs', args, {
        required: true,
        fields: { background: plan.background },
      }),
    );
  }
  const { rows, notes } = await measureInRounds(measurements, 1);
  console.log(`\n4000×3000 JPEG, 40 faces of 60–300 px, ${values.threads} threads. ${describeMachine()}.\n`);
  console.log(
    table(
      [
        ['background', (row) => row.background],
        ['found', (row) => row.found],
        ['false', (row) => row.falseFaces],
        ['seconds', (row) => threeDigits(row.milliseconds / 1000)],
        ['first call', (row) => threeDigits(row.first / 1000)],
        ['peak memory, MiB', (row) => row.peakMemoryMiB],
      ],
      rows,
    ),
  );
  for (const note of notes) console.log(`\n${note}`);
  const worst = (of) => Math.max(...rows.map(of));
  const found = Math.min(...rows.map((row) => row.found));
  console.log();
  console.log(claim('at least 38 of 40 faces found in each', found, found >= 38));
  const time = worst((row) => row.milliseconds) / 1000;
  console.log(claim('under 1.5 s', `${threeDigits(time)} s`, time < 1.5));
  const memory = worst((row) => row.peakMemoryMiB) * 1.048576;
  console.log(claim('peak memory under 600 MB', `${memory.toFixed(0)} MB`, memory < 600));
} finally {
  await rm(folder, { recursive: true, force: true });
}
