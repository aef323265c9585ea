/**
 * Our detector and those of face-api.js and Human behind one interface: `detect(image)` gives the boxes of a `RawImage`'s
 * faces, `{ x, y, width, height }` in its pixels. Each runs with its own defaults.
 */
import { readFile } from 'node:fs/promises';
import { nodeRuntime } from '@sdnet/autograd/node';
import { createDetector } from 'sdnet';
import { faceApi, human } from '../peers/whole-face.mjs';

const models = new URL('../../models/blazeface/', import.meta.url);
const model = async (name) => new Uint8Array(await readFile(new URL(name, models)));

/** Our detector, as the benchmarks use it. */
export async function ourDetector() {
  return createDetector(nodeRuntime, {
    shortRange: await model('short-range.onnx'),
    back: await model('back.onnx'),
  });
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
    const { detect, release } = await human();
    return { detect: async (image) => (await detect(image)).map(({ box }) => box), release };
  },
};
