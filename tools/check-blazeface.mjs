// Compares the models of models/blazeface with the ones they were converted from, on the sample portrait and on noise:
//
//   (cd benchmarks && npm ci) && node tools/check-blazeface.mjs
//
// The "back" network runs in TensorFlow.js (wasm), from the file that Human carries; short range in TensorFlow Lite's own
// WebAssembly, which `npm pack` fetches. Exits with 1 where a score (after the sigmoid) differs by 1e-3 or more, or a
// coordinate by a thousandth of the input's side.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { random } from '@sdnet/autograd';
import { nodeRuntime } from '@sdnet/autograd/node';
import { webRuntime } from '@sdnet/autograd/web';
import { decodeImage } from '@sdnet/lab';
import { resizeBilinear, toPlanes } from 'sdnet';
import { folderOf, tensorflowWasm } from '../benchmarks/peers/peer.mjs';
import { fetchFiles } from './blazeface/fetch-files.mjs';
import { sources } from './blazeface/sources.mjs';

const tolerance = 1e-3;
const models = new URL('../models/blazeface/', import.meta.url);

/** The portrait, its face alone and noise, as planes of levels −1 … 1. */
async function images(size) {
  const portrait = await decodeImage(new URL('../samples/astronaut.png', import.meta.url).pathname);
  const planes = toPlanes(portrait, 3).map((plane) =>
    resizeBilinear(plane, portrait.width, portrait.height, size, size),
  );
  const whole = Float32Array.from(
    planes.flatMap((plane) => [...plane]),
    (level) => level / 127.5 - 1,
  );
  const noise = random(1);
  return [
    ['the portrait', whole],
    ['the portrait, dark', whole.map((level) => (level - 3) / 4)],
    ['noise', whole.map(() => 2 * noise.uniform() - 1)],
  ];
}

/** N×3×S×S as 1×S×S×3. */
function channelsLast(image, size) {
  const area = size * size;
  return Float32Array.from(image, (_, index) => image[(index % 3) * area + Math.floor(index / 3)]);
}

/** Scores and boxes of the network in Human, by TensorFlow.js. */
async function tensorflow() {
  const { tf } = await tensorflowWasm();
  const folder = join(folderOf('@vladmandic/human'), '..', 'models');
  const { modelTopology, weightsManifest } = JSON.parse(
    await readFile(join(folder, 'blazeface.json'), 'utf8'),
  );
  const bytes = await readFile(join(folder, 'blazeface.bin'));
  const net = await tf.loadGraphModel({
    load: async () => ({
      modelTopology,
      weightSpecs: weightsManifest.flatMap((group) => group.weights),
      weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
    }),
  });
  return async (image, size) => {
    const input = tf.tensor4d(channelsLast(image, size), [1, size, size, 3]);
    const outputs = net.execute(input, ['Identity:0', 'Identity_1:0', 'Identity_2:0', 'Identity_3:0']);
    const [fine, coarse, fineBoxes, coarseBoxes] = await Promise.all(outputs.map((output) => output.data()));
    tf.dispose([input, ...outputs]);
    return { scores: [...fine, ...coarse], boxes: [...fineBoxes, ...coarseBoxes] };
  };
}

/** Scores and boxes of the short range network, by TensorFlow Lite compiled to WebAssembly. */
async function tensorflowLite(folder) {
  const [script, wasmBinary] = await fetchFiles(
    {
      package: '@tensorflow/tfjs-tflite@0.0.1-alpha.10',
      files: {
        'package/wasm/tflite_web_api_cc.js':
          '08e963fcde11dc041feeac97ff711b3a157614edc98ff8bfa309557189b7368d',
        'package/wasm/tflite_web_api_cc.wasm':
          'f1eb42f96ae91e5ef34e2f833f011373ca1c40fdc9d4062ec21eb07b886ea54f',
      },
    },
    folder,
  );
  const source = sources.find(({ format }) => format === 'tflite');
  const [model] = await fetchFiles(source, folder);
  // It is written for a page; all it asks of one is where its script lies.
  const text = `${Buffer.from(script).toString()}; return tflite_web_api_ModuleFactory;`;
  const factory = new Function('document', 'self', text)({ currentScript: { src: '' } }, globalThis);
  const lite = await factory({ wasmBinary });
  const at = lite._malloc(model.length);
  lite.HEAPU8.set(model, at);
  const runner = lite.TFLiteWebModelRunner.CreateFromBufferAndOptions(at, model.length, {
    numThreads: 1,
    enableProfiling: false,
    maxProfilingBufferEntries: 0,
    xnnpackWeightCachePath: '',
  }).value();
  const tensors = (vector) => Array.from({ length: vector.size() }, (_, index) => vector.get(index));
  return async (image, size) => {
    tensors(runner.GetInputs())[0].data().set(channelsLast(image, size));
    if (!runner.Infer()) throw new Error('TensorFlow Lite failed.');
    const outputs = Object.fromEntries(tensors(runner.GetOutputs()).map((info) => [info.name, info.data()]));
    return { scores: [...outputs.classificators], boxes: [...outputs.regressors] };
  };
}

const sigmoid = (value) => 1 / (1 + Math.exp(-value));
const furthest = (values, expected) =>
  values.reduce((largest, value, index) => Math.max(largest, Math.abs(value - expected[index])), 0);

const folder = await mkdtemp(join(tmpdir(), 'blazeface-'));
let failed = false;
try {
  for (const [file, size, original] of [
    ['back.onnx', 256, await tensorflow()],
    ['short-range.onnx', 128, await tensorflowLite(folder)],
  ]) {
    for (const runtime of [nodeRuntime, webRuntime]) {
      const session = await runtime.createSession(new Uint8Array(await readFile(new URL(file, models))), {
        threads: 1,
      });
      for (const [name, data] of await images(size)) {
        const ours = await session.run({ images: { shape: [1, 3, size, size], data } });
        const theirs = await original(data, size);
        if (
          ours.scores.data.length !== theirs.scores.length ||
          ours.boxes.data.length !== theirs.boxes.length
        )
          throw new Error(`${file} gives another number of values than its original.`);
        const scores = furthest([...ours.scores.data].map(sigmoid), theirs.scores.map(sigmoid));
        const boxes = furthest([...ours.boxes.data], theirs.boxes);
        const best = sigmoid(theirs.scores.reduce((largest, score) => Math.max(largest, score)));
        const holds = scores < tolerance && boxes < tolerance * size;
        failed ||= !holds;
        console.log(
          `${holds ? '' : 'DIFFERS: '}${file} on ${runtime.name}, ${name} (best score ${best.toFixed(3)}): ` +
            `scores within ${scores.toExponential(1)}, coordinates within ${boxes.toExponential(1)} of ${size} px`,
        );
      }
      await session.release();
    }
  }
} finally {
  await rm(folder, { recursive: true });
}
process.exit(failed ? 1 : 0);
