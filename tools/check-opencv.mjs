// Compares the scores of exported networks in OpenCV's dnn with those of ONNX Runtime:
//
//   node tools/check-opencv.mjs [--python python3] [WEIGHTS ...]
//
// Every network as it is before a training, and weights files that are named. The images are noise. Exits with 1 where a
// score differs by 1e-4 or more, all scores are alike, or OpenCV cannot read a model. Python needs OpenCV (Debian: python3-opencv).

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { decodeSafetensors, encodeSafetensors, initialize, random } from '@sdnet/autograd';
import { nodeRuntime } from '@sdnet/autograd/node';
import { exportOnnx, layoutsOf, models, readWeights } from 'sdnet';

const tolerance = 1e-4;
const count = 4;
const { values: options, positionals } = parseArgs({
  options: { python: { type: 'string', default: 'python3' } },
  allowPositionals: true,
});

function noiseFor({ size, channels }) {
  const draw = random(1);
  const data = Float32Array.from({ length: count * channels * size * size }, () => 4 * draw.uniform() - 2);
  return { shape: [count, channels, size, size], data };
}

async function byRuntime(model, images) {
  const session = await nodeRuntime.createSession(model, { threads: 1 });
  const { scores } = await session.run({ images });
  await session.release();
  return scores.data;
}

async function byOpenCv(model, images) {
  const script = fileURLToPath(new URL('pytorch/score_opencv.py', import.meta.url));
  const folder = await mkdtemp(join(tmpdir(), 'sdnet-opencv-'));
  try {
    const [network, input, output] = ['network.onnx', 'images', 'scores'].map((name) => join(folder, name));
    await writeFile(network, model);
    await writeFile(input, await encodeSafetensors(new Map([['images', images]])));
    await promisify(execFile)(options.python, ['-B', script, network, input, output]);
    return (await decodeSafetensors(await readFile(output))).tensors.get('scores').data;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** How much the images' scores differ: of scores that are all alike, a comparison says nothing. */
function spreadOf(scores) {
  const columns = scores.length / count;
  const ofClass = (column) => scores.filter((_, index) => index % columns === column);
  return Math.max(
    ...Array.from(
      { length: columns },
      (_, column) => Math.max(...ofClass(column)) - Math.min(...ofClass(column)),
    ),
  );
}

/** Running statistics that let some of the images reach the scores, which without a training they would not. */
const levels = { sdnet: 0.1, 'mobilenet-v3-small': 0.1, 'shufflenet-v2': 0.16, ghostnet: 0.2, xception: 0.1 };

/** A network that nobody trained. */
function untrained(model) {
  const description = {
    model,
    classNames: ['one', 'two', 'three'],
    preprocessing: { size: 48, channels: 1, mean: 0.5, deviation: 0.25 },
  };
  const { parameters, statistics } = layoutsOf(description);
  return {
    ...description,
    parameters: initialize(parameters, 3),
    statistics: Float32Array.from(
      { length: statistics.length },
      (_, index) => levels[model] + (index % 7) / 500,
    ),
  };
}

const compared = [
  ...Object.keys(models).map((name) => [name, () => untrained(name)]),
  ...positionals.map((file) => [file, () => readWeights(file)]),
];
for (const [name, load] of compared) {
  const weights = await load();
  const model = exportOnnx(weights);
  const images = noiseFor(weights.preprocessing);
  const expected = await byRuntime(model, images);
  try {
    const scores = await byOpenCv(model, images);
    const difference = Math.max(...scores.map((score, index) => Math.abs(score - expected[index])));
    console.log(
      `${name}: largest difference ${difference.toExponential(1)}, of scores that differ by up to ${spreadOf(expected).toFixed(2)}`,
    );
    if (!(difference < tolerance && spreadOf(expected) > 0.001)) process.exitCode = 1;
  } catch (error) {
    const reason = error.stderr?.split('\n').find((line) => line.includes('error:'));
    console.log(`${name}: ${reason ?? error.message}`);
    process.exitCode = 1;
  }
}
