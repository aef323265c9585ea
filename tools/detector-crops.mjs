// Makes a data set to teach a network what the detector shows it:
//
//   node tools/detector-crops.mjs --data FER2013 --out NEW_FOLDER
//
// FER2013's training faces, each twice: as it is, and once pasted into a scene (its size, angle and place drawn by a seed),
// found there by the library's detector and cropped by its rule. Validation images are those of the public test as they are.
// All are 68×68, as SDNet sees them. `npx sdnet train --dataset folder --data NEW_FOLDER` takes the folder.

import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cropFace, resizeBilinear } from 'sdnet';
import sharp from 'sharp';
import { paintScene, planScene } from '../benchmarks/scenes/compose.mjs';
import { ourDetector } from '../benchmarks/scenes/detectors.mjs';
import { faceCrops } from '../benchmarks/scenes/face-crops.mjs';
import { matchFaces } from '../benchmarks/scenes/matching.mjs';

const { values } = parseArgs({ options: { data: { type: 'string' }, out: { type: 'string' } } });
if (!values.data || !values.out) {
  console.error('Name FER2013 by --data, and by --out a new folder.');
  process.exit(2);
}
const size = 68;
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

for (const split of ['train', 'validation']) {
  const { count, cropOf, labelOf, classNames } = await faceCrops(values.data, split);
  for (let index = 0; index < count; index++)
    await save(split, classNames[labelOf(index)], `${index}`, enlarged(cropOf(index)), size);
  if (split !== 'train') continue;

  // The scenes' faces are numbered anew, so that each training face is in one scene.
  const detector = await ourDetector();
  const placed = { faces: 0, found: 0 };
  for (let seed = 1; placed.faces < count; seed++) {
    const plan = planScene({
      seed,
      crops: count,
      sizes: [48, 64, 96, 128, 150, 200],
      angles: [-30, -15, 0, 0, 15, 30],
      jitter: 8,
      faces: 8,
    });
    const faces = plan.faces
      .slice(0, count - placed.faces)
      .map((face, index) => ({ ...face, crop: placed.faces + index }));
    placed.faces += faces.length;
    const image = paintScene({ ...plan, faces }, cropOf);
    const detections = await detector.detect(image);
    const matches = matchFaces(
      faces,
      detections.map(({ box }) => box),
    );
    for (const [index, { crop }] of faces.entries()) {
      if (matches[index] < 0) continue;
      placed.found++;
      const { pixels } = cropFace(image, detections[matches[index]], size, 1);
      await save(split, classNames[labelOf(crop)], `${crop}-detected`, pixels, size);
    }
    if (seed % 500 === 0) console.log(`${placed.faces} of ${count} faces, ${placed.found} found`);
  }
  await detector.release();
  console.log(`${placed.faces} of ${count} faces, ${placed.found} found`);
}
await rename(work, values.out);
