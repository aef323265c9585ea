/** Times Human's emotion net on face crops, on its wasm backend: one JSON line a batch size. */
import { humanNet } from './human-net.mjs';
import { drawnCrop, inferenceOptions, medianMilliseconds, printRow } from './peer.mjs';

const { batches, milliseconds } = inferenceOptions();
const { tf, threads, note, scores } = await humanNet();

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
    note,
  });
  crops.dispose();
}
