// Compares the parameters after some training steps with PyTorch's in float64:
//
//   node tools/pytorch/check-training.mjs --data FER2013 [--model sdnet] [--recipe paper] [--runs 5] [--steps 20]
//     [--python python3]
//
// Size, batch, loss, optimizer and learning rate are the recipe's, without augmentation, dropout and schedule; every
// run has other images and another initialisation. Where rounding moves a value across the kink of a ReLU, the gradient
// jumps, and every step after it starts elsewhere: PyTorch's own float32, in both of its memory layouts, tells how far
// that leads.
//
// Exits with 1 where ours is in the median more than twice as far from float64 as the nearer of PyTorch's layouts.

import { parseArgs } from 'node:util';
import { compileTrainStep, initialize, permutation, random, unflatten } from '@sdnet/autograd';
import { nodeRuntime } from '@sdnet/autograd/node';
import {
  classCounts,
  evaluationBatches,
  loadDataset,
  optimizerOf,
  pixelStatistics,
  recipeNamed,
  requireSplit,
} from '@sdnet/lab';
import { classWeights as adaptiveClassWeights, modelNamed, roLoss } from 'sdnet';
import { median, relativeError, runScript } from './reference.mjs';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    model: { type: 'string', default: 'sdnet' },
    recipe: { type: 'string', default: 'paper' },
    runs: { type: 'string', default: '5' },
    steps: { type: 'string', default: '20' },
    python: { type: 'string', default: 'python3' },
  },
});
if (!options.data) {
  console.error('Name FER2013 by --data.');
  process.exit(2);
}
const recipe = recipeNamed(options.recipe);
const build = modelNamed(options.model);
const [runs, steps] = [options.runs, options.steps].map(Number);
const { batch, size, learningRate } = recipe;
const { lambda1, lambda2 } = recipe.loss;

const dataset = await loadDataset({ dataset: 'fer2013', data: options.data });
const training = requireSplit(dataset, 'train');
const order = Array.from(permutation(training.length, random(1)), (position) => training[position]);
const classes = dataset.classNames.length;
const classWeights = adaptiveClassWeights(classCounts(dataset, training));
const preprocessing = { size, channels: dataset.channels, ...pixelStatistics(dataset, training) };

const optimizer = optimizerOf(recipe);
const compiled = compileTrainStep({
  network: (images, scope) => build(images, scope, { classes, dropoutRate: 0 }),
  image: [dataset.channels, size, size],
  batch,
  classes,
  loss: (logits, targets) => roLoss(logits, targets, { lambda1, lambda2, classWeights }),
  optimizer,
});
const session = await nodeRuntime.createSession(compiled.model);
const vector = (data) => ({ shape: [data.length], data });

async function ours(initial, batches) {
  let vectors = Object.fromEntries(
    Object.entries(compiled.vectors).map(([name, length]) => [
      name,
      initial[name] ?? new Float32Array(length),
    ]),
  );
  for (const [step, { images, targets }] of batches.entries()) {
    const scalars = optimizer.scalars(step + 1, learningRate);
    const outputs = await session.run({
      images: { shape: [batch, dataset.channels, size, size], data: images },
      targets: { shape: [batch, classes], data: targets },
      ...Object.fromEntries(Object.entries(vectors).map(([name, data]) => [name, vector(data)])),
      ...Object.fromEntries(
        Object.entries(scalars).map(([name, value]) => [name, vector(Float32Array.of(value))]),
      ),
    });
    vectors = Object.fromEntries(Object.keys(vectors).map((name) => [name, outputs[`next.${name}`].data]));
  }
  return vectors.parameters;
}

async function byPyTorch(initial, batches, ...more) {
  const joined = (name) => Float32Array.from(batches.flatMap((each) => [...each[name]]));
  const tensors = new Map([
    ...unflatten(compiled.parameters, initial.parameters),
    ...unflatten(compiled.statistics, initial.statistics),
    ['batches.images', { shape: [steps, batch, dataset.channels, size, size], data: joined('images') }],
    ['batches.targets', { shape: [steps, batch, classes], data: joined('targets') }],
    ['batches.class_weights', vector(Float32Array.from(classWeights))],
  ]);
  const { name: type, ...settings } = recipe.optimizer;
  const metadata = {
    lambda1: String(lambda1),
    lambda2: String(lambda2),
    optimizer: JSON.stringify({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, type, learningRate, ...settings }),
  };
  const found = await runScript(
    'train_steps.py',
    { tensors, metadata },
    { python: options.python, arguments: ['--model', options.model, ...more] },
  );
  return Float64Array.from(compiled.parameters.entries.flatMap(({ name }) => [...found.get(name).data]));
}

const columns = ['ours', 'PyTorch NCHW', 'PyTorch NHWC'];
const show = (label, values) =>
  console.log([label, ...values].map((text) => String(text).padStart(14)).join(' '));
console.log(
  `${options.model}, recipe ${recipe.name}: parameters after ${steps} steps of ${batch} images of ${dataset.name} at ` +
    `${size}×${size}; relative distance of float32 from PyTorch's float64`,
);
show('run', columns);
const rows = [];
for (let run = 1; run <= runs; run++) {
  const indices = order.slice((run - 1) * steps * batch, run * steps * batch);
  const batches = [...evaluationBatches(dataset, indices, { batch, ...preprocessing })];
  const initial = {
    parameters: initialize(compiled.parameters, run),
    statistics: initialize(compiled.statistics, run),
  };
  const exact = await byPyTorch(initial, batches);
  const found = [
    await ours(initial, batches),
    await byPyTorch(initial, batches, '--dtype', 'float32'),
    await byPyTorch(initial, batches, '--dtype', 'float32', '--channels-last'),
  ];
  rows.push(found.map((parameters) => relativeError(parameters, exact)));
  show(
    run,
    rows.at(-1).map((value) => value.toExponential(2)),
  );
}
await session.release();

const medians = columns.map((_, column) => median(rows.map((row) => row[column])));
show(
  'median',
  medians.map((value) => value.toExponential(2)),
);
if (medians[0] > 2 * Math.min(medians[1], medians[2])) {
  console.error("Ours is more than twice as far from float64 as the nearer of PyTorch's layouts.");
  process.exitCode = 1;
}
