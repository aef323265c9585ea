// Compares the scores of exported weights with those of the evaluation during training, on images of FER2013's
// validation split:
//
//   node tools/check-export.mjs --weights FILE --data FER2013 [--images 500] [--python python3]
//
// Exported are the ONNX model, on onnxruntime-node and on onnxruntime-web, and the safetensors file itself, read by
// Python into the PyTorch twin. Exits with 1 where a score differs by 1e-4 or more, or another class comes first
// where the first two are that far apart.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { decodeSafetensors, encodeSafetensors } from '@sdnet/autograd';
import { nodeRuntime } from '@sdnet/autograd/node';
import { webRuntime } from '@sdnet/autograd/web';
import {
  createEvaluator,
  evaluationBatches,
  loadDataset,
  predictedClasses,
  readWeights,
  requireSplit,
} from '@sdnet/lab';
import { exportOnnx } from 'sdnet';

const tolerance = 1e-4;
const { values: options } = parseArgs({
  options: {
    weights: { type: 'string' },
    data: { type: 'string' },
    images: { type: 'string', default: '500' },
    python: { type: 'string', default: 'python3' },
  },
});
if (!options.weights || !options.data) {
  console.error('Name the weights by --weights and FER2013 by --data.');
  process.exit(2);
}

const weights = await readWeights(options.weights);
const dataset = await loadDataset({ dataset: 'fer2013', data: options.data });
const validation = requireSplit(dataset, 'validation');
const count = Math.min(Number(options.images), validation.length);
// The split is sorted by class: from all of it.
const indices = Array.from(
  { length: count },
  (_, index) => validation[Math.floor((index * validation.length) / count)],
);
const classes = weights.classNames.length;
const { size, channels } = weights.preprocessing;
const batches = [...evaluationBatches(dataset, indices, { batch: 64, ...weights.preprocessing })];

async function evaluated() {
  const evaluator = await createEvaluator(nodeRuntime, weights);
  const scores = await evaluator.scores(weights, dataset, indices);
  await evaluator.release();
  return scores;
}

async function exported(runtime) {
  const session = await runtime.createSession(exportOnnx(weights), { threads: 1 });
  const scores = [];
  for (const { images, indices: samples } of batches) {
    const shape = [samples.length, channels, size, size];
    scores.push(...(await session.run({ images: { shape, data: images } })).scores.data);
  }
  await session.release();
  return Float32Array.from(scores);
}

async function byPyTorch() {
  const script = fileURLToPath(new URL('pytorch/score.py', import.meta.url));
  const folder = await mkdtemp(join(tmpdir(), 'sdnet-export-'));
  try {
    const images = Float32Array.from(batches.flatMap((batch) => [...batch.images]));
    const [input, output] = ['images', 'scores'].map((name) => join(folder, `${name}.safetensors`));
    await writeFile(
      input,
      await encodeSafetensors(new Map([['images', { shape: [count, channels, size, size], data: images }]])),
    );
    await promisify(execFile)(options.python, ['-B', script, options.weights, input, output]);
    return (await decodeSafetensors(await readFile(output))).tensors.get('scores').data;
  } finally {
    await rm(folder, { recursive: true });
  }
}

const expected = await evaluated();
const first = predictedClasses(expected, classes);
const labels = indices.map((index) => dataset.samples[index].label);
const correct = first.filter((predicted, index) => predicted === labels[index]).length;
const isNearTie = (row) => {
  const [best, second] = [...expected.subarray(row * classes, (row + 1) * classes)].sort((a, b) => b - a);
  return best - second < tolerance;
};

const show = (...cells) =>
  console.log(cells.map((cell, column) => (column === 0 ? cell.padEnd(18) : cell.padStart(22))).join(''));
console.log(
  `${weights.model}, ${count} validation images at ${size}×${size} (accuracy ${((100 * correct) / count).toFixed(1)} %): ` +
    'scores against the evaluation during training',
);
show('exported to', 'largest difference', 'other class first', 'but for near ties');
const ways = [
  [nodeRuntime.name, () => exported(nodeRuntime)],
  [webRuntime.name, () => exported(webRuntime)],
  ['PyTorch', byPyTorch],
];
for (const [name, score] of ways) {
  const scores = await score();
  const difference = scores.reduce(
    (largest, value, index) => Math.max(largest, Math.abs(value - expected[index])),
    0,
  );
  const others = predictedClasses(scores, classes).flatMap((predicted, row) =>
    predicted === first[row] ? [] : [row],
  );
  const clear = others.filter((row) => !isNearTie(row));
  show(name, difference.toExponential(2), String(others.length), String(clear.length));
  if (!(difference < tolerance) || clear.length > 0) process.exitCode = 1;
}
