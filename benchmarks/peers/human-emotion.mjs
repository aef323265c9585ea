/**
 * Times Human's emotion net on face crops, on its wasm backend: one JSON line a batch size.
 * Human runs the net only behind its face detector, so the net is loaded here by itself, with the
 * preprocessing of Human's src/gear/emotion.ts: resize to 64×64, grey, −1…1.
 */
import { readFileSync } from 'node:fs';
import {
  drawnCrop,
  folderOf,
  inferenceOptions,
  medianMilliseconds,
  printRow,
  tensorflowWasm,
} from './peer.mjs';

const SIDE = 64;

const { batches, milliseconds } = inferenceOptions();
const { tf, threads } = await tensorflowWasm();
const folder = `${folderOf('@vladmandic/human')}/..`;
const { version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
const net = await tf.loadGraphModel({ load: async () => savedModel() });
const luma = tf.tensor1d([0.2989, 0.587, 0.114]);

/** The model's topology and weights, in the form TensorFlow.js asks of a loader. */
function savedModel() {
  const { modelTopology, userDefinedMetadata, weightsManifest } = JSON.parse(
    readFileSync(`${folder}/models/emotion.json`, 'utf8'),
  );
  const weights = readFileSync(`${folder}/models/emotion.bin`);
  return {
    modelTopology,
    userDefinedMetadata,
    weightSpecs: weightsManifest.flatMap((group) => group.weights),
    weightData: weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.length),
  };
}

/** Scores [N,7] of crops [N,48,48,3] in 0…1. */
async function scores(crops) {
  const output = tf.tidy(() => {
    const grey = tf.image.resizeBilinear(crops, [SIDE, SIDE]).mul(luma).sum(3, true);
    return net.execute(grey.sub(0.5).mul(2));
  });
  const values = await output.data();
  output.dispose();
  return values;
}

for (const batch of batches) {
  const pixels = Array.from({ length: batch }, (_, index) =>
    Array.from(drawnCrop(index), (byte) => byte / 255),
  );
  const crops = tf.tensor4d(Float32Array.from(pixels.flat()), [batch, 48, 48, 3]);
  printRow({
    name: "Human's emotion net",
    batch,
    milliseconds: await medianMilliseconds(() => scores(crops), milliseconds),
    threads,
    note: `@vladmandic/human ${version} on TensorFlow.js wasm, with its resize`,
  });
  crops.dispose();
}
