/**
 * One face in each of many scenes that are larger than a frame: a window of 640×480 that moves over a scene is a clip of
 * a moving face. Painted once into a file, so that all engines see the same frames, in Node and in a page.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { random } from '@sdnet/autograd';
import { backgrounds } from './backgrounds.mjs';
import { paintScene } from './compose.mjs';
import { cutFrame } from './cut-frame.mjs';
import { faceCrops } from './face-crops.mjs';
import { matchFaces } from './matching.mjs';

const [width, height] = [704, 544];

/** Paints `count` faces of FER2013's public test, taken from all classes, of 150 pixels: `scenes.bin` and `scenes.json` in `folder`. */
export async function paintMovingFaces(data, count, folder) {
  const crops = await faceCrops(data, 'validation');
  const kinds = Object.keys(backgrounds);
  const faces = [];
  const planes = new Uint8Array(count * width * height);
  for (let index = 0; index < count; index++) {
    const source = random(700_000 + index, 3);
    const crop = Math.floor(((index + source.uniform()) * crops.count) / count);
    const x = width / 2 + 120 * (source.uniform() - 0.5);
    const y = height / 2 + 80 * (source.uniform() - 0.5);
    const face = { crop, x, y, size: 150, angle: 20 * (source.uniform() - 0.5), head: index % 2 === 0 };
    const scene = { seed: 700_000 + index, width, height, background: kinds[index % kinds.length] };
    const { pixels } = paintScene({ ...scene, faces: [face] }, crops.cropOf);
    for (let at = 0; at < width * height; at++) planes[index * width * height + at] = pixels[3 * at];
    faces.push({ x, y, size: face.size, expression: crops.classNames[crops.labelOf(crop)] });
  }
  await writeFile(join(folder, 'scenes.bin'), planes);
  await writeFile(join(folder, 'scenes.json'), JSON.stringify({ width, height, faces }));
}

/** What `paintMovingFaces` has painted: the number of scenes, and frame `step` of a scene's clip. */
export async function movingFaces(folder) {
  const scenes = JSON.parse(await readFile(join(folder, 'scenes.json'), 'utf8'));
  const planes = await readFile(join(folder, 'scenes.bin'));
  return {
    count: scenes.faces.length,
    /** The frame as RGB pixels, and `judge(faces)` of `{ box, expression }`: whether the face was found and read right. */
    frame(index, step = 0) {
      const { grey, left, top } = cutFrame(scenes, planes, index, step);
      const pixels = new Uint8Array(3 * grey.length);
      for (let at = 0; at < grey.length; at++) pixels.fill(grey[at], 3 * at, 3 * at + 3);
      const { x, y, size, expression } = scenes.faces[index];
      return {
        image: { width: 640, height: 480, channels: 3, pixels },
        judge(faces) {
          const boxes = faces.map(({ box }) => box);
          const match = matchFaces([{ x: x - left, y: y - top, size }], boxes)[0];
          return { found: match >= 0, right: faces[match]?.expression === expression };
        },
      };
    },
  };
}
