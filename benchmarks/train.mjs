/**
 * Training speed, ours beside PyTorch's and TensorFlow.js', in one table; see README.md.
 *
 *   npm run bench:train -- [--model sdnet|all|NAME] [--rounds 3] [--steps 10] [--threads 2]
 */
import { parseArgs } from 'node:util';
import { models } from 'sdnet';
import { claim } from './claim.mjs';
import { describeMachine } from './machine.mjs';
import { fastestOf, measureInRounds, measurement, speedup } from './measure.mjs';
import { table, threeDigits } from './table.mjs';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'sdnet' },
    rounds: { type: 'string', default: '3' },
    steps: { type: 'string', default: '10' },
    threads: { type: 'string', default: '2' },
  },
});
const { model, threads } = values;
const steps = Number(values.steps);

if (model !== 'all' && !Object.hasOwn(models, model)) {
  console.error(`There is no model ${model}; choose one of ${Object.keys(models).join(', ')}, or all.`);
  process.exit(1);
}

/** Our step and PyTorch's, to run one after the other. */
function besidePyTorch(name, batch) {
  const args = ['--model', name, '--batch', batch, '--steps', steps, '--threads', threads];
  return [
    measurement(`${name}, batch ${batch}, ours`, 'ours/train-step.mjs', args, { required: true }),
    measurement(`${name}, batch ${batch}, PyTorch`, 'pytorch_train.py', [...args, '--optimizer', 'sgd']),
  ];
}

/** What is measured for SDNet alone: the slow ones with few steps, at the batch sizes they can take. */
function slowEngines() {
  const few = Math.min(steps, 2);
  const web = ['--runtime', 'web', '--batch', 16, '--steps', few, '--warmup', 1, '--threads', threads];
  const tfjs = ['--batch', 1, '--steps', few];
  const fields = { model: 'sdnet', layout: 'nhwc' };
  return [
    measurement('sdnet, batch 16, ours as WebAssembly', 'ours/train-step.mjs', web, {
      once: true,
      required: true,
    }),
    measurement('sdnet, batch 1, TensorFlow.js cpu', 'peers/tfjs-train.mjs', tfjs, { once: true, fields }),
  ];
}

const measurements =
  model === 'sdnet'
    ? [...besidePyTorch('sdnet', 64), ...besidePyTorch('sdnet', 16), ...slowEngines()]
    : (model === 'all' ? Object.keys(models) : [model]).flatMap((name) => besidePyTorch(name, 64));
const { rows, notes } = await measureInRounds(measurements, Number(values.rounds));

/** PyTorch's better layout for the same network and batch size. */
const pytorchBeside = (row) =>
  fastestOf(
    rows.filter(
      (other) => other.name.startsWith('PyTorch') && other.model === row.model && other.batch === row.batch,
    ),
  );

console.log(`\nA training step, grey 68×68 images. ${describeMachine()}; rounds: ${values.rounds}.\n`);
console.log(
  table(
    [
      ['network', (row) => row.model],
      ['engine', (row) => row.name],
      ['layout', (row) => row.layout],
      ['threads', (row) => row.threads],
      ['batch', (row) => row.batch],
      ['ms a step', (row) => threeDigits(row.milliseconds)],
      ['fastest–slowest', (row) => `${threeDigits(row.fastest)}–${threeDigits(row.slowest)}`],
      ['images/s', (row) => threeDigits(row.imagesPerSecond)],
      ["× PyTorch's better layout", (row) => speedup(row, pytorchBeside(row))?.toFixed(2)],
      ['peak memory, MiB', (row) => row.peakMemoryMiB],
    ],
    rows,
  ),
);
for (const note of notes) console.log(`\n${note}`);

if (model === 'sdnet') {
  const ours = rows.find((row) => row.name === 'ours, onnxruntime-node' && row.batch === 64);
  const pytorch = speedup(ours, pytorchBeside(ours));
  const tfjs = speedup(
    ours,
    rows.find((row) => row.name === 'TensorFlow.js cpu'),
  );
  console.log('\nSDNet, batch 64, onnxruntime-node:');
  console.log(claim("at least 0.8 × PyTorch's better layout", pytorch?.toFixed(2), pytorch >= 0.8));
  console.log(claim('at least 1000 × TensorFlow.js cpu an image', tfjs?.toFixed(0), tfjs >= 1000));
  console.log(claim('peak memory under 4096 MiB', String(ours.peakMemoryMiB), ours.peakMemoryMiB < 4096));
}
