// Shows that each network learns:
//
//   node tools/check-networks.mjs [--data FER2013] [--model NAME]
//
// Two epochs of recipe `paper` on the synthetic faces, judged by faces it has not seen; and with --data, three times
// over the same 20 batches of real FER2013 images, whose mean loss must fall each time. Exits with 1 where it does not.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { permutation, random } from '@sdnet/autograd';
import { loadDataset, recipeNamed, requireSplit, train } from '@sdnet/lab';
import { models } from 'sdnet';

const { values: options } = parseArgs({
  options: { data: { type: 'string' }, model: { type: 'string' } },
});
const names = options.model ? [options.model] : Object.keys(models);
const recipe = recipeNamed('paper');

const synthetic = await loadDataset({ dataset: 'synthetic' });
const fer2013 = options.data && (await loadDataset({ dataset: 'fer2013', data: options.data }));
const some = (dataset, split, count) => {
  const indices = requireSplit(dataset, split);
  return Array.from(
    permutation(indices.length, random(1)).subarray(0, count),
    (position) => indices[position],
  );
};
const failed = [];

async function trained(model, dataset, partition, epochs) {
  const out = await mkdtemp(join(tmpdir(), 'sdnet-check-'));
  try {
    const { history } = await train({
      ...{ dataset, partition, model, recipe: { ...recipe, epochs }, seed: 1 },
      out: join(out, 'run'),
    });
    return history;
  } finally {
    await rm(out, { recursive: true });
  }
}

const chance = 1 / synthetic.classNames.length;
for (const model of names) {
  const seen = { train: requireSplit(synthetic, 'train'), validation: requireSplit(synthetic, 'validation') };
  const { validationAccuracy } = (await trained(model, synthetic, seen, 2)).at(-1);
  console.log(
    `${model}: two epochs on ${seen.train.length} synthetic faces: accuracy ${validationAccuracy.toFixed(3)} on ` +
      `${seen.validation.length} others (chance ${chance.toFixed(3)})`,
  );
  // Five standard deviations above what chance gives.
  if (validationAccuracy < chance + 5 * Math.sqrt((chance * (1 - chance)) / seen.validation.length))
    failed.push(`${model} does not beat chance clearly`);
  if (!fer2013) continue;
  const few = {
    train: some(fer2013, 'train', 20 * recipe.batch),
    validation: some(fer2013, 'validation', 64),
  };
  const losses = (await trained(model, fer2013, few, 3)).map(({ loss }) => loss);
  console.log(
    `${model}: 60 steps of ${recipe.batch} FER2013 images: loss ${losses.map((loss) => loss.toFixed(2)).join(', ')}`,
  );
  if (losses.some((loss, epoch) => loss >= losses[epoch - 1]))
    failed.push(`the loss of ${model} does not fall`);
}
if (failed.length > 0) {
  console.error(`Not as expected: ${failed.join('; ')}.`);
  process.exitCode = 1;
}
