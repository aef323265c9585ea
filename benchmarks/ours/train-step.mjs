/**
 * Times our training step (forward, backward, update) of a network on ONNX Runtime: one JSON line.
 *
 *   node ours/train-step.mjs [--model sdnet] [--runtime node|web] [--batch 64] [--steps 10] [--warmup 3] [--threads 2]
 *
 * As in pytorch_train.py: grey 68×68 images, 7 classes, RO loss, SGD with Nesterov momentum and weight decay, no dropout
 * and no moving average of the weights.
 */
import { parseArgs } from 'node:util';
import { compileTrainStep, initialize, random, sgd } from '@sdnet/autograd';
import { modelNamed, roLoss } from 'sdnet';
import { median, printRow } from '../peers/peer.mjs';

const CLASSES = 7;
const SIDE = 68;

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'sdnet' },
    runtime: { type: 'string', default: 'node' },
    batch: { type: 'string', default: '64' },
    steps: { type: 'string', default: '10' },
    warmup: { type: 'string', default: '3' },
    threads: { type: 'string', default: '2' },
  },
});
const batch = Number(values.batch);
const threads = Number(values.threads);
const warmup = Number(values.warmup);
const runtime =
  values.runtime === 'web'
    ? (await import('@sdnet/autograd/web')).webRuntime
    : (await import('@sdnet/autograd/node')).nodeRuntime;

const network = modelNamed(values.model);
const optimizer = sgd({ momentum: 0.9, nesterov: true, weightDecay: 4e-4 });
const compiled = compileTrainStep({
  network: (images, scope) => network(images, scope, { classes: CLASSES, dropoutRate: 0 }),
  image: [1, SIDE, SIDE],
  batch,
  classes: CLASSES,
  loss: roLoss,
  optimizer,
});
const session = await runtime.createSession(compiled.model, { threads });

const source = random(1);
const images = Float32Array.from({ length: batch * SIDE * SIDE }, () => source.normal());
const targets = new Float32Array(batch * CLASSES);
for (let image = 0; image < batch; image++) targets[image * CLASSES + (image % CLASSES)] = 1;
const vectors = {};
for (const [name, length] of Object.entries(compiled.vectors)) vectors[name] = new Float32Array(length);
vectors.parameters = initialize(compiled.parameters, 1);
vectors.statistics = initialize(compiled.statistics, 1);

const tensor = (data) => ({ shape: [data.length], data });

/** One step, from the batch and the vectors to the next vectors. */
async function step(number) {
  const scalars = optimizer.scalars(number, 0.05);
  const feeds = {
    images: { shape: [batch, 1, SIDE, SIDE], data: images },
    targets: { shape: [batch, CLASSES], data: targets },
  };
  for (const [name, vector] of Object.entries(vectors)) feeds[name] = tensor(vector);
  for (const [name, value] of Object.entries(scalars)) feeds[name] = tensor(Float32Array.of(value));
  const outputs = await session.run(feeds);
  const loss = outputs.loss.data[0];
  if (!Number.isFinite(loss)) throw new Error(`The loss of step ${number} is ${loss}`);
  for (const name of Object.keys(vectors)) vectors[name] = outputs[`next.${name}`].data;
}

const times = [];
for (let number = 1; number <= warmup + Number(values.steps); number++) {
  const start = performance.now();
  await step(number);
  times.push(performance.now() - start);
}

printRow({
  name: `ours, ${runtime.name}`,
  model: values.model,
  layout: 'cnhw',
  batch,
  milliseconds: median(times.slice(warmup)),
  threads,
});
// The threads of WebAssembly would keep the process alive.
process.exit();
