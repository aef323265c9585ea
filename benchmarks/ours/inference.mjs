/**
 * Times SDNet's exported ONNX model on ONNX Runtime: two JSON lines a batch size.
 *
 *   node ours/inference.mjs [--runtime node|web] [--batch 1 --batch 64] [--milliseconds 3000] [--threads 2]
 *
 * `input` says where a row starts: at `pixels`, 48×48 crops that are made grey, resized and normalised first (what the
 * other libraries' nets do too), or at a `tensor` that is ready (what PyTorch starts from).
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { decodeWeights, exportOnnx, preprocess } from 'sdnet';
import { drawnCrop, medianMilliseconds, printRow } from '../peers/peer.mjs';

const CROP = 48;

const { values } = parseArgs({
  options: {
    runtime: { type: 'string', default: 'node' },
    batch: { type: 'string', multiple: true, default: ['1', '64'] },
    milliseconds: { type: 'string', default: '3000' },
    threads: { type: 'string', default: '2' },
  },
});
const threads = Number(values.threads);
const runtime =
  values.runtime === 'web'
    ? (await import('@sdnet/autograd/web')).webRuntime
    : (await import('@sdnet/autograd/node')).nodeRuntime;

// Trained weights: from untrained ones activations shrink from layer to layer to denormal numbers, which are slow.
const weights = await decodeWeights(
  await readFile(new URL('../../models/sdnet-fer2013/weights.safetensors', import.meta.url)),
);
const preprocessing = { ...weights.preprocessing, size: 68 };
const model = exportOnnx({ ...weights, preprocessing });
const session = await runtime.createSession(model, { threads });

/** The network's input [N,1,68,68] of grey crops. */
function inputOf(crops) {
  const { size } = preprocessing;
  const data = new Float32Array(crops.length * size * size);
  for (const [index, pixels] of crops.entries())
    data.set(
      preprocess({ width: CROP, height: CROP, channels: 3, pixels }, preprocessing),
      index * size * size,
    );
  return { shape: [crops.length, 1, size, size], data };
}

for (const batch of values.batch.map(Number)) {
  const crops = Array.from({ length: batch }, (_, index) => drawnCrop(index));
  const images = inputOf(crops);
  const runs = {
    pixels: () => session.run({ images: inputOf(crops) }),
    tensor: () => session.run({ images }),
  };
  for (const [input, run] of Object.entries(runs))
    printRow({
      name: `ours, ${runtime.name}`,
      input,
      batch,
      milliseconds: await medianMilliseconds(run, Number(values.milliseconds)),
      threads,
    });
}
// The threads of WebAssembly would keep the process alive.
process.exit();
