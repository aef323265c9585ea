/**
 * Times face-api.js's expression net on face crops, on its wasm backend: one JSON line a batch size.
 * From pixels to scores, so with its own resize to 112×112 and normalisation.
 */
import { faceApiNet } from './face-api-net.mjs';
import { drawnCrop, inferenceOptions, medianMilliseconds, printRow } from './peer.mjs';

const { batches, milliseconds } = inferenceOptions();
const { tf, threads, note, predict } = await faceApiNet();

for (const batch of batches) {
  const crops = Array.from({ length: batch }, (_, index) => tf.tensor3d(drawnCrop(index), [48, 48, 3]));
  const input = batch === 1 ? crops[0] : crops;
  printRow({
    name: 'face-api.js expression net',
    batch,
    milliseconds: await medianMilliseconds(() => predict(input), milliseconds),
    threads,
    note,
  });
  tf.dispose(crops);
}
