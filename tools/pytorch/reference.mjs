import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { decodeSafetensors, encodeSafetensors, unflatten } from '@sdnet/autograd';

/**
 * Runs a script of this folder that reads one safetensors file and writes another.
 *
 * @param {string} script file name
 * @param {{tensors: Map<string, {shape: number[], data: Float32Array}>, metadata: Record<string, string>}} input
 * @param {{python?: string, arguments?: string[]}} options arguments: what follows the two files
 * @returns the tensors that it wrote
 */
export async function runScript(script, { tensors, metadata }, options) {
  const { python = 'python3', arguments: more = [] } = options;
  const folder = await mkdtemp(join(tmpdir(), 'sdnet-reference-'));
  try {
    const [input, output] = ['input', 'output'].map((name) => join(folder, `${name}.safetensors`));
    await writeFile(input, await encodeSafetensors(tensors, metadata));
    const file = fileURLToPath(new URL(script, import.meta.url));
    await promisify(execFile)(python, ['-B', file, input, output, ...more]);
    return (await decodeSafetensors(await readFile(output))).tensors;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * Loss, gradients and updated statistics of one training pass by PyTorch (see gradients.py).
 *
 * @param compiled what `compileGradient` returned
 * @param {{model: string, parameters: Float32Array, statistics: Float32Array, images: {shape: number[], data: Float32Array},
 *   targets: {shape: number[], data: Float32Array}, classWeights: number[], lambda1: number, lambda2: number,
 *   recorded?: Record<'relu' | 'max', {shape: number[], data: Float32Array}>}} pass recorded: see gradients.py
 * @param {{python?: string, arguments?: string[]}} options arguments: more of gradients.py's, such as `--dtype float32`
 * @returns {Promise<{loss: number, gradient: Float64Array, statistics: Float64Array, flips?: number}>} vectors in the
 *   compiled layouts
 */
export async function reference(compiled, pass, { python, arguments: more = [] } = {}) {
  const tensors = new Map([
    ...unflatten(compiled.parameters, pass.parameters),
    ...unflatten(compiled.statistics, pass.statistics),
    ['batch.images', pass.images],
    ['batch.targets', pass.targets],
    [
      'batch.class_weights',
      { shape: [pass.classWeights.length], data: Float32Array.from(pass.classWeights) },
    ],
  ]);
  for (const [name, values] of Object.entries(pass.recorded ?? {})) tensors.set(`batch.${name}`, values);
  const factors = { lambda1: String(pass.lambda1), lambda2: String(pass.lambda2) };
  const found = await runScript(
    'gradients.py',
    { tensors, metadata: factors },
    { python, arguments: ['--model', pass.model, ...more] },
  );
  const flat = ({ entries }, prefix) =>
    Float64Array.from(entries.flatMap(({ name }) => Array.from(found.get(`${prefix}.${name}`).data)));
  return {
    loss: found.get('loss').data[0],
    gradient: flat(compiled.parameters, 'gradient'),
    statistics: flat(compiled.statistics, 'updated'),
    flips: found.get('flips')?.data[0],
  };
}

/** ‖a − b‖ / ‖b‖. */
export function relativeError(a, b) {
  let difference = 0;
  let norm = 0;
  for (let index = 0; index < b.length; index++) {
    difference += (a[index] - b[index]) ** 2;
    norm += b[index] ** 2;
  }
  return Math.sqrt(difference / norm);
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}
