/**
 * Times face-api.js's expression net on face crops, on its wasm backend: one JSON line a batch size.
 * From pixels to scores, so with its own resize to 112×112 and normalisation.
 */
import {
  drawnCrop,
  folderOf,
  inferenceOptions,
  medianMilliseconds,
  printRow,
  requirePeer,
  tensorflowWasm,
} from './peer.mjs';

const { batches, milliseconds } = inferenceOptions();
const { tf, threads } = await tensorflowWasm();
const build = '@vladmandic/face-api/dist/face-api.node-wasm.js';
const faceapi = requirePeer(build);
await faceapi.nets.faceExpressionNet.loadFromDisk(`${folderOf(build)}/../model`);

for (const batch of batches) {
  const crops = Array.from({ length: batch }, (_, index) => tf.tensor3d(drawnCrop(index), [48, 48, 3]));
  const input = batch === 1 ? crops[0] : crops;
  const run = () => faceapi.nets.faceExpressionNet.predictExpressions(input);
  printRow({
    name: 'face-api.js expression net',
    batch,
    milliseconds: await medianMilliseconds(run, milliseconds),
    threads,
    note: `@vladmandic/face-api ${faceapi.version} on TensorFlow.js wasm, with its resize`,
  });
  tf.dispose(crops);
}
