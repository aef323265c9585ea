import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const require = createRequire(import.meta.url);

/** Loads an installed package, or one file of it; see `resolvePeer`. */
export function requirePeer(name) {
  return require(resolvePeer(name));
}

/** The folder that a package's file (its main file, if none is named) stands in; see `resolvePeer`. */
export function folderOf(name) {
  return dirname(resolvePeer(name));
}

/** The path of a package of benchmarks/package.json; where it is missing, ends the process with what to do. */
function resolvePeer(name) {
  try {
    return require.resolve(name);
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    console.error(`${name} is missing: run "npm ci" in ${fileURLToPath(new URL('..', import.meta.url))}`);
    process.exit(1);
  }
}

/**
 * TensorFlow.js on its wasm backend, whose binaries come from the installed package. Under Node that
 * backend always runs on one thread (its flag WASM_HAS_MULTITHREAD_SUPPORT is false there).
 */
export async function tensorflowWasm() {
  const tf = requirePeer('@tensorflow/tfjs');
  const wasm = requirePeer('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(`${folderOf('@tensorflow/tfjs-backend-wasm')}/`);
  await tf.setBackend('wasm');
  await tf.ready();
  return { tf, threads: await threadCount(tf, wasm) };
}

async function threadCount(tf, wasm) {
  return (await tf.env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT')) ? wasm.getThreadsCount() : 1;
}

/** `--batch 1 --batch 64` and `--milliseconds 3000` (the time for each batch size). */
export function inferenceOptions() {
  const { values } = parseArgs({
    options: {
      batch: { type: 'string', multiple: true, default: ['1', '64'] },
      milliseconds: { type: 'string', default: '3000' },
    },
  });
  return { batches: values.batch.map(Number), milliseconds: Number(values.milliseconds) };
}

/** A grey 48×48 crop as red, green and blue bytes [48·48·3]: soft waves, since the time does not depend on what is seen. */
export function drawnCrop(index) {
  const size = 48;
  const pixels = new Uint8Array(size * size * 3);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const grey = 128 + 60 * Math.sin(x / 5 + index) + 60 * Math.cos(y / 7 - index);
      pixels.fill(grey, 3 * (y * size + x), 3 * (y * size + x) + 3);
    }
  }
  return pixels;
}

/** The median milliseconds of the runs that fit into the time, at least five, after five unmeasured ones. */
export async function medianMilliseconds(run, milliseconds) {
  for (let i = 0; i < 5; i++) await run();
  const times = [];
  for (let total = 0; times.length < 5 || total < milliseconds; total += times.at(-1)) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  return median(times);
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Prints a row of the table as one line of JSON: {name, batch, milliseconds, threads, note, peakMemoryMiB}, the last so far. */
export function printRow(row) {
  const peakMemoryMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(JSON.stringify({ ...row, milliseconds: Number(row.milliseconds.toFixed(3)), peakMemoryMiB }));
}
