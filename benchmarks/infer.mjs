/**
 * Speed of recognition from a face crop, ours beside others', in one table; see README.md.
 *
 *   npm run bench:infer -- [--rounds 3] [--milliseconds 1000]
 *
 * `--milliseconds` is the time for each row in each round.
 */
import { parseArgs } from 'node:util';
import { claim } from './claim.mjs';
import { describeMachine } from './machine.mjs';
import { fastestOf, measureInRounds, measurement, speedup } from './measure.mjs';
import { table, threeDigits } from './table.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    milliseconds: { type: 'string', default: '1000' },
  },
});
const time = ['--milliseconds', values.milliseconds];

/** Ours on a runtime with a number of threads. */
const ours = (runtime, threads) =>
  measurement(
    `ours, onnxruntime-${runtime}, ${threads} thread(s)`,
    'ours/inference.mjs',
    [...time, '--runtime', runtime, '--threads', threads],
    { required: true },
  );

const pytorch = (threads) =>
  measurement(`PyTorch, ${threads} thread(s)`, 'pytorch_infer.py', [...time, '--threads', threads], {
    fields: { input: 'tensor' },
  });

/** A library's net on its wasm backend, which has one thread under Node. */
const library = (label, script) => measurement(label, script, time, { fields: { input: 'pixels' } });

const { rows, notes } = await measureInRounds(
  [
    ours('node', 2),
    pytorch(2),
    ours('node', 1),
    pytorch(1),
    ours('web', 1),
    library("face-api.js's expression net", 'peers/face-api-expression.mjs'),
    library("Human's emotion net", 'peers/human-emotion.mjs'),
  ],
  Number(values.rounds),
);

/** PyTorch's best mode and layout for a row's batch size and threads. */
const pytorchBeside = ({ batch, threads }) =>
  fastestOf(
    rows.filter((row) => row.name.startsWith('PyTorch') && row.batch === batch && row.threads === threads),
  );
const faceApi = ({ batch }) => rows.find((row) => row.name.startsWith('face-api.js') && row.batch === batch);

const shown = rows
  .filter((row) => !row.name.startsWith('PyTorch') || row === pytorchBeside(row))
  .sort((a, b) => a.batch - b.batch);

console.log(`\nRecognition from a face crop. ${describeMachine()}; rounds: ${values.rounds}.\n`);
console.log(
  table(
    [
      ['engine', (row) => [row.name, row.layout, row.mode].filter(Boolean).join(', ')],
      ['threads', (row) => row.threads],
      ['batch', (row) => row.batch],
      ['from', (row) => row.input],
      ['ms', (row) => threeDigits(row.milliseconds)],
      ['fastest–slowest', (row) => `${threeDigits(row.fastest)}–${threeDigits(row.slowest)}`],
      ['images/s', (row) => threeDigits(row.imagesPerSecond)],
      ["× PyTorch's best", (row) => speedup(row, pytorchBeside(row))?.toFixed(2)],
      ['× face-api.js', (row) => speedup(row, faceApi(row))?.toFixed(2)],
    ],
    shown,
  ),
);
for (const note of notes) console.log(`\n${note}`);

/** Ours, one image from pixels to scores, against face-api.js'. */
function besideFaceApi(runtime, threads) {
  const row = rows.find(
    ({ name, input, batch, threads: used }) =>
      name === `ours, onnxruntime-${runtime}` && input === 'pixels' && batch === 1 && used === threads,
  );
  return speedup(row, faceApi(row));
}

console.log("\nOne image from pixels to scores, against face-api.js's expression net on wasm with 1 thread:");
for (const threads of [2, 1]) {
  const factor = besideFaceApi('node', threads);
  const statement = `at least 4 × as fast on onnxruntime-node, ${threads} thread(s)`;
  console.log(claim(statement, factor?.toFixed(2), factor >= 4));
}
const web = besideFaceApi('web', 1);
if (web) console.log(`  beside it: onnxruntime-web (wasm), 1 thread: ${web.toFixed(2)} × as fast`);
