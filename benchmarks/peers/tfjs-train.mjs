/**
 * Times SDNet's training step (forward, backward, Adam) in TensorFlow.js on its `cpu` backend: one JSON line.
 *
 *   node peers/tfjs-train.mjs [--batch 1] [--steps 2] [--warmup 0]
 *
 * A step takes many seconds, so none is spent on warming up.
 */
import { parseArgs } from 'node:util';
import { median, printRow, requirePeer } from './peer.mjs';
import { createSdnet, roLoss } from './tfjs-sdnet.mjs';

const { values } = parseArgs({
  options: {
    batch: { type: 'string', default: '1' },
    steps: { type: 'string', default: '2' },
    warmup: { type: 'string', default: '0' },
  },
});
const batch = Number(values.batch);
const steps = Number(values.steps);
const warmup = Number(values.warmup);

const tf = requirePeer('@tensorflow/tfjs');
await tf.setBackend('cpu');
const { forward, variables } = createSdnet(tf, 7, 1);
const images = tf.randomNormal([batch, 68, 68, 1], 0, 1, 'float32', 1);
const labels = Array.from({ length: batch }, (_, index) => index % 7);
const targets = tf.oneHot(labels, 7).toFloat();
const classWeights = tf.ones([7]);
const optimizer = tf.train.adam(0.001);
const trainable = Object.values(variables);

const times = [];
for (let step = 0; step < warmup + steps; step++) {
  const start = performance.now();
  const loss = optimizer.minimize(() => roLoss(tf, forward(images), targets, classWeights), true, trainable);
  const [value] = await loss.data();
  times.push(performance.now() - start);
  if (!Number.isFinite(value)) throw new Error(`The loss of step ${step + 1} is ${value}`);
}

printRow({
  name: 'TensorFlow.js cpu',
  batch,
  milliseconds: median(times.slice(warmup)),
  threads: 1,
  note: `TensorFlow.js ${tf.version_core}, training step of SDNet with Adam`,
});
