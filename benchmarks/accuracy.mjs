/**
 * Accuracy on FER2013, the shipped SDNet beside face-api.js's and Human's expression nets, in one table; see README.md.
 *
 *   npm run bench:accuracy -- --data FER2013 [--split validation|test]
 *
 * Every net sees the same 48×48 crops, one view, with its own preprocessing.
 */
import { parseArgs } from 'node:util';
import { nodeRuntime } from '@sdnet/autograd/node';
import { evaluate, loadDataset, metrics, predictedClasses, readWeights, requireSplit } from '@sdnet/lab';
import { faceApiNet } from './peers/face-api-net.mjs';
import { humanNet } from './peers/human-net.mjs';
import { table } from './table.mjs';

const { values } = parseArgs({
  options: { data: { type: 'string' }, split: { type: 'string', default: 'validation' } },
});
if (!values.data) {
  console.error('Name FER2013 by --data: its folder, or fer2013.csv.');
  process.exit(2);
}
const dataset = await loadDataset({ dataset: 'fer2013', data: values.data });
const indices = requireSplit(dataset, values.split);
const labels = indices.map((index) => dataset.samples[index].label);
const { classNames, width, height } = dataset;
const BATCH = 64;

/** The crops, a batch at a time, as red, green and blue bytes [N·48·48·3]. */
function* batches() {
  const area = width * height;
  for (let start = 0; start < indices.length; start += BATCH) {
    const some = indices.slice(start, start + BATCH);
    const crops = new Uint8Array(some.length * area * 3);
    for (const [place, index] of some.entries())
      for (let pixel = 0; pixel < area; pixel++)
        crops.fill(
          dataset.pixels[index * area + pixel],
          3 * (place * area + pixel),
          3 * (place * area + pixel) + 3,
        );
    yield { count: some.length, crops };
  }
}

async function ours() {
  const weights = await readWeights(
    new URL('../models/sdnet-fer2013/weights.safetensors', import.meta.url).pathname,
  );
  return evaluate(nodeRuntime, weights, dataset, indices);
}

async function faceApi() {
  const { tf, predict } = await faceApiNet();
  const names = {
    ...{ angry: 'angry', disgust: 'disgusted', fear: 'fearful', happy: 'happy' },
    ...{ sad: 'sad', surprise: 'surprised', neutral: 'neutral' },
  };
  const predicted = [];
  for (const { count, crops } of batches()) {
    const size = crops.length / count;
    const tensors = Array.from({ length: count }, (_, place) =>
      tf.tensor3d(crops.subarray(place * size, (place + 1) * size), [height, width, 3]),
    );
    const results = await predict(tensors);
    tf.dispose(tensors);
    const scores = results.flatMap((result) => classNames.map((name) => result[names[name]]));
    predicted.push(...predictedClasses(Float32Array.from(scores), classNames.length));
  }
  return metrics(labels, predicted, classNames);
}

async function human() {
  const { tf, scores } = await humanNet();
  const order = ['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral'];
  const predicted = [];
  for (const { count, crops } of batches()) {
    const input = tf.tensor4d(
      Float32Array.from(crops, (byte) => byte / 255),
      [count, height, width, 3],
    );
    const found = predictedClasses(await scores(input), order.length);
    input.dispose();
    predicted.push(...found.map((place) => classNames.indexOf(order[place])));
  }
  return metrics(labels, predicted, classNames);
}

const rows = [
  { name: 'SDNet, shipped weights', ...(await ours()) },
  { name: 'face-api.js expression net', ...(await faceApi()) },
  { name: "Human's emotion net", ...(await human()) },
];
const percent = (value) => `${(100 * value).toFixed(1)} %`;
console.log(`\nFER2013, ${values.split} split (${indices.length} images), single view.\n`);
console.log(
  table(
    [
      ['net', (row) => row.name],
      ['accuracy', (row) => percent(row.accuracy)],
      ['balanced', (row) => percent(row.balancedAccuracy)],
      ['macro-F1', (row) => percent(row.macroF1)],
      ['recall of disgust', (row) => percent(row.perClass[classNames.indexOf('disgust')].recall)],
    ],
    rows,
  ),
);
