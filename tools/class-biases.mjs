// Fits the biases of the classes of weights, so that the mean score of each class is its share of the images:
//
//   node tools/class-biases.mjs --data FER2013 [--weights FILE] [--dataset fer2013] [--split train] [--threads N] [--write FILE]
//
// Class weights make the scores of small classes too high, and teachers pass that on. Fitted to the images that the network
// was trained on, unless --split says otherwise; the figures are those of the validation images. --write stores the weights
// with the biases added to the classifier's; they are no longer calibrated then (tools/calibrate.mjs). The test split is
// refused.

import { parseArgs } from 'node:util';
import { nodeRuntime } from '@sdnet/autograd/node';
import { namedTensors } from 'sdnet';
import {
  classifierTensors,
  createEvaluator,
  fitClassBiases,
  logitsOf,
  metrics,
  predictedClasses,
  requireSplit,
  UserError,
  writeWeights,
} from '@sdnet/lab';
import { commonOptions, run, weightsAndImages } from './weights-and-images.mjs';

const { values: options } = parseArgs({
  options: { ...commonOptions, split: { type: 'string', default: 'train' } },
});

async function fitToImages() {
  if (!['train', 'validation'].includes(options.split))
    throw new UserError(`--split ${options.split}: train or validation is expected.`);
  const { dataset, weights, threads } = await weightsAndImages(options);
  const { parameters, statistics, smoothing: _, temperature: __, ...description } = weights;
  const { classNames } = description;
  const evaluator = await createEvaluator(nodeRuntime, description, { threads });
  const read = async (split, values) => {
    const indices = requireSplit(dataset, split);
    const scores = await evaluator.scores({ parameters: values, statistics }, dataset, indices);
    return { scores, labels: indices.map((index) => dataset.samples[index].label) };
  };
  const bias = classifierTensors(description).find((name) => name.endsWith('.bias'));
  const adjusted = parameters.slice();
  const tensor = namedTensors({ ...description, parameters: adjusted, statistics }).get(bias).data;
  try {
    const fitted = await read(options.split, parameters);
    const { biases, before, after } = fitClassBiases(
      logitsOf(fitted.scores),
      fitted.labels,
      classNames.length,
    );
    for (const [index, value] of biases.entries()) tensor[index] += value;
    console.log(
      `Negative log-likelihood of the ${options.split} images: ${before.toFixed(4)}, then ${after.toFixed(4)}`,
    );
    console.log(
      `Biases: ${classNames.map((name, index) => `${name} ${biases[index].toFixed(3)}`).join(', ')}`,
    );
    for (const [name, values] of [
      ['as it was', parameters],
      ['with them', adjusted],
    ]) {
      const { scores, labels } = await read('validation', values);
      const { accuracy, balancedAccuracy, macroF1 } = metrics(
        labels,
        predictedClasses(scores, classNames.length),
        classNames,
      );
      const percent = (share) => `${(100 * share).toFixed(1)} %`;
      console.log(
        `Validation ${name}: ${percent(accuracy)}, balanced ${percent(balancedAccuracy)}, macro-F1 ${percent(macroF1)}`,
      );
    }
  } finally {
    await evaluator.release();
  }
  if (options.write !== undefined)
    await writeWeights(options.write, { ...description, parameters: adjusted, statistics });
}

await run(fitToImages);
