// Compares loss, gradient and batch norm's updated statistics of a compiled network with PyTorch's in float64:
//
//   node tools/pytorch/check-gradients.mjs --model sdnet [--batches 10] [--batch 64] [--size 68]
//     [--data FER2013] [--kinks] [--float32] [--python python3]
//
// Every batch has other images and another initialisation. Without --data the images are synthetic faces.
//
// A handful of the millions of values that enter ReLUs are so near to 0 that rounding moves them across, as it moves
// near ties of maxima, and the gradient jumps. --kinks also compares with float64 where PyTorch's ReLUs and maxima
// decide as ours do, and counts these flips; --float32 also shows how far PyTorch's own float32 gradients are from
// float64, in both memory layouts.
//
// Exits with 1 where a loss differs by more than 1e-5, the median gradient by more than 1e-4 or any by more than 5e-3;
// with --kinks these are the gradients with the same decisions.

import { parseArgs } from 'node:util';
import {
  compileGradient,
  concat,
  flatten,
  initialize,
  permutation,
  random,
  reshape,
  sum,
} from '@sdnet/autograd';
import { nodeRuntime } from '@sdnet/autograd/node';
import { classCounts, evaluationBatches, loadDataset, pixelStatistics, requireSplit } from '@sdnet/lab';
import { classWeights as adaptiveClassWeights, modelNamed, roLoss } from 'sdnet';
import { median, reference, relativeError } from './reference.mjs';

const limits = { loss: 1e-5, median: 1e-4, maximum: 5e-3 };
const [lambda1, lambda2] = [0.9, 0.1];

const { values: options } = parseArgs({
  options: {
    model: { type: 'string' },
    batches: { type: 'string', default: '10' },
    batch: { type: 'string', default: '64' },
    size: { type: 'string', default: '68' },
    data: { type: 'string' },
    kinks: { type: 'boolean', default: false },
    float32: { type: 'boolean', default: false },
    python: { type: 'string', default: 'python3' },
  },
});
const build = modelNamed(options.model ?? '');
const [batches, batch, size] = [options.batches, options.batch, options.size].map(Number);

const dataset = await loadDataset(
  options.data ? { dataset: 'fer2013', data: options.data } : { dataset: 'synthetic' },
);
const training = requireSplit(dataset, 'train');
const order = Array.from(permutation(training.length, random(1)), (position) => training[position]);
const classes = dataset.classNames.length;
const classWeights = adaptiveClassWeights(classCounts(dataset, training));

const network = (images, scope) => build(images, scope, { classes, dropoutRate: 0 });
const shape = { image: [dataset.channels, size, size], batch, classes };
const compiled = compileGradient({
  ...shape,
  network,
  loss: (logits, targets) => roLoss(logits, targets, { lambda1, lambda2, classWeights }),
});
const session = await nodeRuntime.createSession(compiled.model);

/** What operators of the given names decide by, as passes of the same network that have it as their output. */
async function recorder(names, valueOf) {
  const values = ({ graph }) =>
    graph.nodes.filter(({ operator }) => names.includes(operator.name)).map(valueOf);
  let isEmpty = false;
  const { model } = compileGradient({
    ...shape,
    network(images, scope) {
      const logits = network(images, scope);
      isEmpty = values(images).length === 0;
      return isEmpty
        ? logits
        : concat(
            values(images).map((x) => (x.featureMap ? flatten(x) : x)),
            1,
          );
    },
    loss: (output) => reshape(sum(output, [0, 1]), [1]),
  });
  return isEmpty ? undefined : nodeRuntime.createSession(model);
}
const recorders = options.kinks
  ? {
      relu: await recorder(['relu'], ({ outputs: [y] }) => y),
      max: await recorder(['maxPool', 'max'], ({ inputs: [x] }) => x),
    }
  : {};
const preprocessing = { size, channels: dataset.channels, ...pixelStatistics(dataset, training) };

const columns = ['loss', 'gradient', 'statistics'];
if (options.kinks) columns.push('flips', 'same kinks');
if (options.float32) columns.push('PyTorch float32', 'PyTorch float32 NHWC');
const formatted = (row) =>
  row.map((value, column) => (columns[column] === 'flips' ? value : value.toExponential(2)));
const show = (label, values) =>
  console.log([label, ...values].map((text) => String(text).padStart(16)).join(' '));
console.log(
  `${options.model}, ${batches} batches of ${batch} images of ${dataset.name} at ${size}×${size}: relative errors`,
);
show('batch', columns);

const rows = [];
const images = order.slice(0, batches * batch);
for (const { images: pixels, targets } of evaluationBatches(dataset, images, { batch, ...preprocessing })) {
  const seed = rows.length + 1;
  const pass = {
    model: options.model,
    images: { shape: [batch, dataset.channels, size, size], data: pixels },
    targets: { shape: [batch, classes], data: targets },
    parameters: initialize(compiled.parameters, seed),
    statistics: initialize(compiled.statistics, seed),
    classWeights,
    lambda1,
    lambda2,
  };
  const feeds = {
    images: pass.images,
    targets: pass.targets,
    parameters: { shape: [pass.parameters.length], data: pass.parameters },
    statistics: { shape: [pass.statistics.length], data: pass.statistics },
  };
  const outputs = await session.run(feeds);
  const { python } = options;
  const exact = await reference(compiled, pass, { python });
  const row = [
    relativeError(outputs.loss.data, [exact.loss]),
    relativeError(outputs.gradient.data, exact.gradient),
    relativeError(outputs['next.statistics'].data, exact.statistics),
  ];
  if (options.kinks) {
    const recorded = {};
    for (const [name, recording] of Object.entries(recorders))
      if (recording) recorded[name] = (await recording.run(feeds, ['output'])).output;
    const same = await reference(compiled, { ...pass, recorded }, { python });
    row.push(same.flips, relativeError(outputs.gradient.data, same.gradient));
  }
  if (options.float32)
    for (const layout of [[], ['--channels-last']]) {
      const single = await reference(compiled, pass, {
        python,
        arguments: ['--dtype', 'float32', ...layout],
      });
      row.push(relativeError(single.gradient, exact.gradient));
    }
  rows.push(row);
  show(seed, formatted(row));
}
await session.release();
for (const recording of Object.values(recorders)) await recording?.release();

const ofColumns = (statistic) => columns.map((_, column) => statistic(rows.map((row) => row[column])));
const medians = ofColumns(median);
const maxima = ofColumns((values) => Math.max(...values));
show('median', formatted(medians));
show('maximum', formatted(maxima));
const judged = columns.indexOf(options.kinks ? 'same kinks' : 'gradient');
const failed = [
  maxima[0] > limits.loss && `a loss differs by more than ${limits.loss}`,
  medians[judged] > limits.median && `the median gradient differs by more than ${limits.median}`,
  maxima[judged] > limits.maximum && `a gradient differs by more than ${limits.maximum}`,
].filter(Boolean);
if (failed.length > 0) {
  console.error(`Not within the limits: ${failed.join('; ')}.`);
  process.exitCode = 1;
}
