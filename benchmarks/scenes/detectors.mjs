/**
 * Our detector and those of face-api.js and Human behind one interface: `detect(image)` gives the boxes of a `RawImage`'s
 * faces, `{ x, y, width, height }` in its pixels. Each runs with its own defaults, but for Human's limit of one face.
 */
import { readFile } from 'node:fs/promises';
import { nodeRuntime } from '@sdnet/autograd/node';
import { createDetector } from 'sdnet';
import { faceApi, human } from '../peers/whole-face.mjs';

const folder = new URL('../../models/blazeface/', import.meta.url);
const model = async (name) => new Uint8Array(await readFile(new URL(name, folder)));

/** Our detector, as the benchmarks use it: on one thread, which finds the same and leaves the others to other work. */
export async function ourDetector() {
  const models = { shortRange: await model('short-range.onnx'), back: await model('back.onnx') };
  return createDetector(nodeRuntime, models, { threads: 1 });
}

export const detectors = {
  async ours() {
    const { detect, release } = await ourDetector();
    return { detect: async (image) => (await detect(image)).map(({ box }) => box), release };
  },
  async 'face-api.js'() {
    const { detect, release } = await faceApi();
    return { detect: async (image) => (await detect(image)).map(({ box }) => box), release };
  },
  async Human() {
    const { detect, release } = await human({ maximumFaces: 100 });
    return { detect: async (image) => (await detect(image)).map(({ box }) => box), release };
  },
};
