// Makes a data set to teach a network what the detector shows it:
//
//   node tools/detector-crops.mjs --data FER2013 --out NEW_FOLDER [--size 68]
//
// FER2013's training faces, each twice: as it is, and once pasted into a scene (its size, angle and place drawn by a seed),
// found there by the library's detector and cropped by its rule. Validation images are those of the public test as they are.
// All have the network's size: reduced from a larger one they would be softer than what it sees later.
// `npx sdnet train --dataset folder --data NEW_FOLDER` takes the folder.

import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cropFace, resizeBilinear } from 'sdnet';
import sharp from 'sharp';
import { random } from '@sdnet/autograd';
import { backgrounds } from '../benchmarks/scenes/backgrounds.mjs';
import { paintScene } from '../benchmarks/scenes/compose.mjs';
import { ourDetector } from '../benchmarks/scenes/detectors.mjs';
import { faceCrops } from '../benchmarks/scenes/face-crops.mjs';
import { matchFaces } from '../benchmarks/scenes/matching.mjs';

const { values } = parseArgs({
  options: { data: { type: 'string' }, out: { type: 'string' }, size: { type: 'string', default: '68' } },
});
if (!values.data || !values.out) {
  console.error('Name FER2013 by --data, and by --out a new folder.');
  process.exit(2);
}
const size = Number(values.size);
const work = `${values.out}.unfinished`;

async function save(split, className, name, pixels, side) {
  const folder = join(work, split, className);
  await mkdir(folder, { recursive: true });
  const raw = { width: side, height: side, channels: 1 };
  await sharp(pixels, { raw })
    .toColourspace('b-w')
    .png()
    .toFile(join(folder, `${name}.png`));
}

/** A crop of FER2013 at the network's size, as `preprocess` would enlarge it. */
function enlarged(pixels) {
  const plane = resizeBilinear(Float32Array.from(pixels), 48, 48, size, size);
  return Uint8Array.from(plane, (level) => Math.round(level));
}

/** A scene of twelve or six faces in turn, a cell of 640×480 each, from face `first` on; angle, place, head and size drawn by a seed. */
function planCells(scene, first, count) {
  const source = random(scene, 3);
  const columns = 4 - (scene % 2);
  const rows = 3 - (scene % 2);
  const [cellWidth, cellHeight] = [640 / columns, 480 / rows];
  const cells = Array.from({ length: Math.min(columns * rows, count - first) }, (_, cell) => {
    const side = Math.min(cellWidth, cellHeight) * (0.35 + 0.55 * source.uniform());
    const place = (from, length) => from + length / 2 + (length - side) * 0.5 * (source.uniform() - 0.5);
    return {
      crop: first + cell,
      x: place(cellWidth * (cell % columns), cellWidth),
      y: place(cellHeight * Math.floor(cell / columns), cellHeight),
      size: side,
      angle: 70 * (source.uniform() - 0.5),
      head: source.uniform() < 0.5,
    };
  });
  const kinds = Object.keys(backgrounds);
  return { seed: scene, width: 640, height: 480, background: kinds[scene % kinds.length], faces: cells };
}

for (const split of ['train', 'validation']) {
  const { count, cropOf, labelOf, classNames } = await faceCrops(values.data, split);
  for (let index = 0; index < count; index++)
    await save(split, classNames[labelOf(index)], `${index}`, enlarged(cropOf(index)), size);
  if (split !== 'train') continue;

  const detector = await ourDetector();
  let found = 0;
  for (let [first, scene] = [0, 0]; first < count; scene++) {
    const plan = planCells(scene, first, count);
    const image = paintScene(plan, cropOf);
    const detections = await detector.detect(image);
    const matches = matchFaces(
      plan.faces,
      detections.map(({ box }) => box),
    );
    for (const [index, { crop }] of plan.faces.entries()) {
      if (matches[index] < 0) continue;
      found++;
      const { pixels } = cropFace(image, detections[matches[index]], size, 1);
      await save(split, classNames[labelOf(crop)], `${crop}-detected`, pixels, size);
    }
    first += plan.faces.length;
    if (scene % 200 === 0) console.log(`${first} of ${count} faces, ${found} found`);
  }
  await detector.release();
  console.log(`${found} of ${count} faces found`);
}
await rename(work, values.out);
