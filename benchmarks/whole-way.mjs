/**
 * Accuracy of expressions from the photo on: scene → detector → aligned face → network, ours beside face-api.js and
 * Human; see README.md.
 *
 *   node benchmarks/whole-way.mjs --data FER2013 [--faces 1000] [--size 150 --size 48] [--only ours] [--half odd|even] [--weights FILE]
 *
 * The faces are every other one of the public test: on the others the rule of the crop was chosen (`--half even`).
 * Each is pasted into a 640×480 scene of six, upright and turned by ±30° in turn, and counts as wrong where it is not found.
 * Beside it stands the accuracy of the same network on the same faces given as crops, and cut out of the scenes exactly
 * where they were pasted: what lies between these two is lost to painting, what is left to the detector and its crops.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { nodeRuntime } from '@sdnet/autograd/node';
import { decodeWeights, alignFace, exportOnnx, mirror, preprocess } from 'sdnet';
import { faceApiNet } from './peers/face-api-net.mjs';
import { faceApi, human } from './peers/whole-face.mjs';
import { humanNet } from './peers/human-net.mjs';
import { backgrounds } from './scenes/backgrounds.mjs';
import { paintScene } from './scenes/compose.mjs';
import { ourDetector } from './scenes/detectors.mjs';
import { exactCrop } from './scenes/exact-crop.mjs';
import { faceCrops } from './scenes/face-crops.mjs';
import { matchFaces } from './scenes/matching.mjs';
import { table } from './table.mjs';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    faces: { type: 'string', default: '1000' },
    size: { type: 'string', multiple: true, default: ['150', '48'] },
    half: { type: 'string', default: 'odd' },
    only: { type: 'string' },
    weights: {
      type: 'string',
      default: fileURLToPath(new URL('../models/sdnet-fer2013/weights.safetensors', import.meta.url)),
    },
  },
});
if (!values.data) {
  console.error('Name FER2013 by --data: its folder, or fer2013.csv.');
  process.exit(2);
}
const { count, cropOf, labelOf, classNames } = await faceCrops(values.data, 'validation');
const half = Array.from({ length: count }, (_, index) => index).filter(
  (index) => index % 2 === (values.half === 'odd' ? 1 : 0),
);
const total = Math.min(Number(values.faces), half.length);
// The split is sorted by class: from all of it.
const chosen = Array.from({ length: total }, (_, index) => half[Math.floor((index * half.length) / total)]);
const angles = [0, 30, -30];
/** Of what is cut out exactly; more than each network's input. */
const exactSide = 128;

/** Six faces a scene, each in a cell of its own; neighbours in `chosen` come into different scenes. */
function scenes(size) {
  const scenesNeeded = Math.ceil(total / 6);
  return Array.from({ length: scenesNeeded }, (_, scene) => {
    const faces = [];
    for (let cell = 0; cell < 6; cell++) {
      const index = cell * scenesNeeded + scene;
      if (index >= total) continue;
      const [x, y] = [107 + 213 * (cell % 3), 110 + 240 * Math.floor(cell / 3)];
      const jitter = (factor) => ((index * factor) % 21) - 10;
      faces.push({
        ...{ crop: chosen[index], x: x + jitter(7), y: y + jitter(11), size },
        ...{ angle: angles[index % 3], head: Math.floor(index / 3) % 2 === 0 },
      });
    }
    const kinds = Object.keys(backgrounds);
    return { seed: 900_000 + scene, width: 640, height: 480, background: kinds[scene % kinds.length], faces };
  });
}

const best = (scores) => scores.indexOf(Math.max(...scores));
const byClass = (scores) => classNames.map((name) => scores[name] ?? 0);

/** Our detector and SDNet, with one view and with the mean of two, the face and its mirror image: both of the same detections. */
async function ours() {
  const file = await readFile(values.weights);
  const weights = await decodeWeights(new Uint8Array(file));
  const { preprocessing } = weights;
  const { size, channels } = preprocessing;
  const session = await nodeRuntime.createSession(exportOnnx(weights), { threads: 1 });
  const detector = await ourDetector();
  /** For each input the class by one view, and by both. */
  async function classes(inputs) {
    if (inputs.length === 0) return [];
    const mirrored = inputs.map((input) => input.slice());
    for (const input of mirrored) mirror(input, size);
    const data = Float32Array.from([...inputs, ...mirrored].flatMap((input) => [...input]));
    const shape = [2 * inputs.length, channels, size, size];
    const { scores } = await session.run({ images: { shape, data } });
    const sum = (rows, name) =>
      rows.reduce(
        (total, row) => total + scores.data[row * classNames.length + weights.classNames.indexOf(name)],
        0,
      );
    return inputs.map((_, index) =>
      [[index], [index, inputs.length + index]].map((rows) =>
        best(classNames.map((name) => sum(rows, name))),
      ),
    );
  }
  return {
    names: ['SDNet, 1 view', 'SDNet, 2 views'],
    async crops(crops, side) {
      return classes(
        crops.map((pixels) => preprocess({ width: side, height: side, channels: 1, pixels }, preprocessing)),
      );
    },
    async recognize(image) {
      const faces = await detector.detect(image);
      const found = await classes(faces.map((face) => alignFace(image, face, preprocessing).input));
      return faces.map(({ box }, index) => ({ box, classes: found[index] }));
    },
  };
}

const rgb = (pixels) =>
  Uint8Array.from({ length: 3 * pixels.length }, (_, index) => pixels[Math.floor(index / 3)]);

async function faceApiWhole() {
  const { tf, predict } = await faceApiNet();
  const whole = await faceApi();
  const names = { disgust: 'disgusted', fear: 'fearful', surprise: 'surprised' };
  return {
    names: ['face-api.js'],
    async crops(crops, side) {
      const tensors = crops.map((pixels) => tf.tensor3d(rgb(pixels), [side, side, 3]));
      const results = [await predict(tensors)].flat();
      tf.dispose(tensors);
      return results.map((scores) => [best(classNames.map((name) => scores[names[name] ?? name]))]);
    },
    recognize: async (image) =>
      (await whole.recognize(image)).map(({ box, scores }) => ({ box, classes: [best(byClass(scores))] })),
  };
}

async function humanWhole() {
  const { tf, scores } = await humanNet();
  const whole = await human({ maximumFaces: 100 });
  const order = ['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral'];
  return {
    names: ['Human'],
    async crops(crops, side) {
      const bytes = crops.flatMap((pixels) => [...rgb(pixels)]);
      const input = tf.tensor4d(
        Float32Array.from(bytes, (byte) => byte / 255),
        [crops.length, side, side, 3],
      );
      const found = await scores(input);
      input.dispose();
      return crops.map((_, index) => {
        const row = found.subarray(7 * index, 7 * index + 7);
        return [best(classNames.map((name) => row[order.indexOf(name)]))];
      });
    },
    recognize: async (image) =>
      (await whole.recognize(image)).map(({ box, scores }) => ({
        box,
        classes: [Object.keys(scores).length === 0 ? -1 : best(byClass(scores))],
      })),
  };
}

const engines = { ours, 'face-api.js': faceApiWhole, Human: humanWhole };
const rows = [];
for (const [key, make] of Object.entries(engines)) {
  if (values.only && values.only !== key) continue;
  const engine = await make();
  /** Whether each face is recognised as a crop: a list for each of the engine's names. */
  const asCrop = engine.names.map(() => new Map());
  for (let start = 0; start < total; start += 50) {
    const some = chosen.slice(start, start + 50);
    const found = await engine.crops(some.map(cropOf), 48);
    for (const [place, index] of some.entries())
      for (const [way, right] of asCrop.entries())
        right.set(index, Number(found[place][way] === labelOf(index)));
  }
  for (const size of values.size.map(Number)) {
    const sums = engine.names.map(() => ({ upright: [0, 0], turned: [0, 0], exact: 0, differences: [] }));
    let found = 0;
    for (const scene of scenes(size)) {
      const image = paintScene(scene, cropOf);
      const exact = await engine.crops(
        scene.faces.map((face) => exactCrop(image, face, exactSide)),
        exactSide,
      );
      const faces = await engine.recognize(image);
      const matches = matchFaces(
        scene.faces,
        faces.map(({ box }) => box),
      );
      for (const [index, { crop, angle }] of scene.faces.entries()) {
        if (matches[index] >= 0) found++;
        for (const [way, each] of sums.entries()) {
          const { [angle === 0 ? 'upright' : 'turned']: sum, differences } = each;
          each.exact += Number(exact[index][way] === labelOf(crop)) / total;
          const right = Number(faces[matches[index]]?.classes[way] === labelOf(crop));
          sum[0] += right;
          sum[1]++;
          differences.push(right - asCrop[way].get(crop));
        }
      }
    }
    for (const [way, name] of engine.names.entries()) {
      const crops = [...asCrop[way].values()].reduce((sum, right) => sum + right, 0) / total;
      rows.push({ name, size, crops, found: found / total, ...sums[way] });
    }
  }
}
/** The mean difference to the crops in points, with its standard error: the same faces are on both sides. */
function difference({ differences }) {
  const mean = differences.reduce((sum, each) => sum + each, 0) / total;
  const variance = differences.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (total - 1);
  return `${(100 * mean).toFixed(1)} ± ${(100 * Math.sqrt(variance / total)).toFixed(1)}`;
}
const percent = (value) => `${(100 * value).toFixed(1)} %`;
console.log(`\n${total} faces of FER2013's public test, the ${values.half} half.\n`);
console.log(
  table(
    [
      ['engine', ({ name }) => name],
      ['size', ({ size }) => `${size} px`],
      ['as crops', ({ crops }) => percent(crops)],
      ['cut exactly', ({ exact }) => percent(exact)],
      ['whole way', ({ upright, turned }) => percent((upright[0] + turned[0]) / total)],
      ['difference', difference],
      ['upright', ({ upright: [right, faces] }) => percent(right / faces)],
      ['±30°', ({ turned: [right, faces] }) => percent(right / faces)],
      ['found', ({ found }) => percent(found)],
    ],
    rows,
  ),
);
