// Measures batch norm's statistics anew for weights, over a data set's training images as they are evaluated:
//
//   node tools/population-statistics.mjs --data FER2013 --write FILE [--weights FILE] [--dataset fer2013] [--seed 0] [--threads N]
//
// Training's running statistics are those of augmented images, and a mean of weights (tools/average-weights.mjs) has none
// of its own. The figures are those of the validation images. The weights in FILE are no longer calibrated
// (tools/calibrate.mjs).

import { parseArgs } from 'node:util';
import { nodeRuntime } from '@sdnet/autograd/node';
import { evaluate, populationStatistics, requireSplit, UserError, writeWeights } from '@sdnet/lab';
import { commonOptions, run, weightsAndImages } from './weights-and-images.mjs';

const { values: options } = parseArgs({
  options: { ...commonOptions, seed: { type: 'string', default: '0' } },
});
const percent = (share) => `${(100 * share).toFixed(1)} %`;

await run(async () => {
  if (options.write === undefined) throw new UserError('Name by --write where the weights go.');
  const { dataset, weights, threads } = await weightsAndImages(options);
  const { smoothing: _, temperature: __, ...before } = weights;
  const statistics = await populationStatistics(
    nodeRuntime,
    before,
    dataset,
    requireSplit(dataset, 'train'),
    {
      ...{ seed: Number(options.seed), threads },
      onProgress(done, batches) {
        if (done % 50 === 0 || done === batches) console.error(`batch ${done} of ${batches}`);
      },
    },
  );
  const after = { ...before, statistics };
  const validation = requireSplit(dataset, 'validation');
  for (const [name, which] of [
    ['as they were', before],
    ['measured anew', after],
  ]) {
    const found = await evaluate(nodeRuntime, which, dataset, validation, { threads });
    console.log(
      `Validation, statistics ${name}: ${percent(found.accuracy)}, balanced ${percent(found.balancedAccuracy)}, macro-F1 ${percent(found.macroF1)}`,
    );
  }
  await writeWeights(options.write, after);
});
