// Golden values for packages/sdnet/test/gradients.test.ts: loss, gradient and updated statistics of one training pass
// of each network, from its PyTorch twin in float64.
//
//   node tools/golden/networks.mjs [python3]      (needs numpy, torch; after `npm run build`)

import { writeFile } from 'node:fs/promises';
import { compileGradient, initialize, random } from '@sdnet/autograd';
import { modelNamed, roLoss } from 'sdnet';
import { reference } from '../pytorch/reference.mjs';

const classes = 7;
const size = 68;
const batch = 4;
const classWeights = [1, 2.9, 1, 1, 1, 1.2, 1];
const [lambda1, lambda2] = [0.9, 0.1];
/** Gradients and statistics by their index in the flat vectors, besides the norm of every tensor's gradient. */
const samples = 200;

const networks = [
  { model: 'sdnet', channels: 1, seed: 1 },
  { model: 'mobilenet-v3-small', channels: 3, seed: 1 },
  { model: 'shufflenet-v2', channels: 3, seed: 1 },
  { model: 'ghostnet', channels: 3, seed: 1 },
  { model: 'xception', channels: 1, seed: 1 },
];

/** `samples` of them at random places, rounded to float32's precision. */
function sampled(vector, source) {
  const indices = Array.from({ length: samples }, () => source.integer(vector.length));
  return { indices, values: indices.map((index) => rounded(vector[index])) };
}

const rounded = (value) => Number(value.toPrecision(9));

const norm = (vector) => Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));

for (const { model, channels, seed } of networks) {
  const compiled = compileGradient({
    network: (images, scope) => modelNamed(model)(images, scope, { classes, dropoutRate: 0 }),
    image: [channels, size, size],
    batch,
    classes,
    loss: (logits, targets) => roLoss(logits, targets, { lambda1, lambda2, classWeights }),
  });
  // The test makes the same pass.
  const source = random(seed, 1);
  const pixels = Float32Array.from({ length: batch * channels * size * size }, source.normal);
  const targets = new Float32Array(batch * classes);
  for (let row = 0; row < batch; row++) targets[row * classes + source.integer(classes)] = 1;

  const { loss, gradient, statistics } = await reference(
    compiled,
    {
      model,
      images: { shape: [batch, channels, size, size], data: pixels },
      targets: { shape: [batch, classes], data: targets },
      parameters: initialize(compiled.parameters, seed),
      statistics: initialize(compiled.statistics, seed),
      classWeights,
      lambda1,
      lambda2,
    },
    { python: process.argv[2] },
  );
  const norms = compiled.parameters.entries.map(({ offset, size: length }) =>
    rounded(norm(gradient.subarray(offset, offset + length))),
  );
  const golden = {
    ...{ model, seed, channels, size, batch, classes, classWeights, lambda1, lambda2 },
    loss: rounded(loss),
    gradientNorms: norms,
    gradient: sampled(gradient, random(seed, 2)),
    statistics: sampled(statistics, random(seed, 3)),
  };
  const file = new URL(`../../packages/sdnet/test/golden/${model}.json`, import.meta.url);
  await writeFile(file, `${JSON.stringify(golden, null, 2)}\n`);
  console.log(`${model}: loss ${golden.loss}`);
}
