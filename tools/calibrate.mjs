// Fits the temperature of weights (Guo et al., 2017) on a data set's validation split, and says what it is worth:
//
//   node tools/calibrate.mjs --data FER2013 [--weights FILE] [--dataset fer2013] [--folds 5] [--seed 1]
//                            [--without-training-copies] [--threads N] [--json]
//
// Three rows: the scores as they are; with the temperature fitted to these very images; and, because that flatters,
// with temperatures fitted to the other folds (5-fold cross-fitting), which is what new images can expect. Then the
// reliability diagram's 15 bins, before and after cross-fitting. The test split is refused.

import { parseArgs } from 'node:util';
import { nodeRuntime } from '@sdnet/autograd/node';
import {
  calibrationImages,
  createEvaluator,
  crossFit,
  fitTemperature,
  loadDataset,
  logitsOf,
  readWeights,
  reliability,
  samplesOfSplit,
  UserError,
  withoutTrainingCopies,
  withTemperature,
} from '@sdnet/lab';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    dataset: { type: 'string', default: 'fer2013' },
    weights: {
      type: 'string',
      default: new URL('../models/sdnet-fer2013/weights.safetensors', import.meta.url).pathname,
    },
    split: { type: 'string', default: 'validation' },
    folds: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    'without-training-copies': { type: 'boolean', default: false },
    threads: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

async function calibrate() {
  if (!options.data) throw new UserError('Name the data set by --data: its folder, or fer2013.csv.');
  const dataset = await loadDataset({ dataset: options.dataset, data: options.data });
  const all = calibrationImages(dataset, options.split);
  const indices = options['without-training-copies']
    ? withoutTrainingCopies(dataset, all, samplesOfSplit(dataset, 'train'))
    : all;
  const weights = await readWeights(options.weights);
  const classes = weights.classNames.length;
  if (weights.classNames.join() !== dataset.classNames.join())
    throw new UserError(
      `The weights know the classes ${weights.classNames.join(', ')}, the data set ${dataset.classNames.join(', ')}.`,
    );
  const labels = indices.map((index) => dataset.samples[index].label);
  const threads = options.threads === undefined ? undefined : Number(options.threads);
  const evaluator = await createEvaluator(nodeRuntime, weights, { threads });
  // Without the temperature that they may have already.
  const { parameters, statistics } = weights;
  const scores = await evaluator
    .scores({ parameters, statistics }, dataset, indices)
    .finally(evaluator.release);

  const { temperature } = fitTemperature(logitsOf(scores), labels, classes);
  const crossed = crossFit(scores, labels, classes, {
    folds: Number(options.folds),
    seed: Number(options.seed),
  });
  return {
    images: indices.length,
    temperature,
    foldTemperatures: crossed.temperatures,
    before: reliability(scores, labels, classes),
    fitted: reliability(withTemperature(scores, classes, temperature), labels, classes),
    crossFitted: reliability(crossed.scores, labels, classes),
  };
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;
const row = (cells) => `| ${cells.join(' | ')} |`;

function print({ images, temperature, foldTemperatures, before, fitted, crossFitted }) {
  console.log(
    `Temperature ${temperature.toFixed(4)}, fitted to ${images} images of ${options.dataset}, validation split`,
  );
  console.log(`(folds: ${foldTemperatures.map((each) => each.toFixed(3)).join(', ')})\n`);
  console.log(row(['scores', 'accuracy', 'mean confidence', 'ECE, 15 bins', 'NLL, nats']));
  console.log(row(Array(5).fill('---')));
  for (const [name, result] of [
    ['before', before],
    ['fitted to these images', fitted],
    [`${foldTemperatures.length}-fold cross-fitted`, crossFitted],
  ])
    console.log(
      row([
        name,
        percent(result.accuracy),
        percent(result.confidence),
        percent(result.expectedCalibrationError),
        result.negativeLogLikelihood.toFixed(4),
      ]),
    );
  console.log(`\n${row(['confidence', 'images before', 'right', 'images cross-fitted', 'right'])}`);
  console.log(row(Array(5).fill('---')));
  const right = ({ images: count, accuracy }) => (count === 0 ? '–' : percent(accuracy));
  for (const [index, bin] of before.bins.entries()) {
    const after = crossFitted.bins[index];
    if (bin.images + after.images === 0) continue;
    console.log(
      row([`${percent(bin.from)} to ${percent(bin.to)}`, bin.images, right(bin), after.images, right(after)]),
    );
  }
}

try {
  const result = await calibrate();
  if (options.json) console.log(JSON.stringify(result, null, 2));
  else print(result);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
