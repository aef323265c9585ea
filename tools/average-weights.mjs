// Averages the weights of networks that were fine-tuned from one another, which often keeps what each of them is better at
// (Wortsman et al.: "Robust fine-tuning of zero-shot models", 2022):
//
//   node tools/average-weights.mjs FILE.safetensors FILE.safetensors... --out FILE.safetensors
//
// Network, classes and preprocessing have to be the same, and are the first one's. The average is not calibrated
// (tools/calibrate.mjs).

import { parseArgs } from 'node:util';
import { readWeights } from 'sdnet';
import { writeWeights } from '@sdnet/lab';

const { values, positionals } = parseArgs({ options: { out: { type: 'string' } }, allowPositionals: true });
if (!values.out || positionals.length < 2) {
  console.error('Name two or more files of weights, and by --out a new one.');
  process.exit(2);
}
const all = await Promise.all(positionals.map((file) => readWeights(file)));
const [first] = all;
const kind = ({ model, variant, stemStride, classNames, preprocessing }) =>
  JSON.stringify([model, variant, stemStride, classNames, preprocessing]);
for (const [index, weights] of all.entries())
  if (kind(weights) !== kind(first)) {
    console.error(`${positionals[index]}: is not the same network as ${positionals[0]}.`);
    process.exit(1);
  }
const mean = (name) =>
  first[name].map((_, index) => all.reduce((sum, weights) => sum + weights[name][index], 0) / all.length);
const { model, variant, stemStride, classNames, preprocessing, provenance } = first;
await writeWeights(values.out, {
  ...{ model, classNames, preprocessing },
  ...(variant !== undefined && { variant }),
  ...(stemStride !== undefined && { stemStride }),
  ...(provenance && {
    provenance: {
      ...provenance,
      recipe: `mean of ${all.length} networks`,
      accuracy: undefined,
      epoch: undefined,
      seed: undefined,
    },
  }),
  parameters: mean('parameters'),
  statistics: mean('statistics'),
});
