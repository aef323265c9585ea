// Fits the calibration of weights on a data set's validation split, and says what it is worth:
//
//   node tools/calibrate.mjs --data FER2013 [--weights FILE] [--dataset fer2013] [--folds 5] [--seed 1]
//                            [--without-training-copies] [--threads N] [--json] [--write FILE]
//
// Two kinds are compared: a temperature alone (Guo et al., 2017), and taking label smoothing back before it. Of each,
// the scores fitted to these very images and, because that flatters, with calibrations fitted to the other folds
// (5-fold cross-fitting), which is what new images can expect. Then the reliability diagram's 15 bins of the latter kind,
// before and after cross-fitting. --write stores its fit to all images with the weights in FILE. The test split is refused.

import { parseArgs } from 'node:util';
import { nodeRuntime } from '@sdnet/autograd/node';
import {
  calibrationImages,
  createEvaluator,
  crossFit,
  fitCalibration,
  fitTemperatureAlone,
  reliability,
  samplesOfSplit,
  withoutTrainingCopies,
  withCalibration,
  writeWeights,
} from '@sdnet/lab';
import { commonOptions, run, weightsAndImages } from './weights-and-images.mjs';

const { values: options } = parseArgs({
  options: {
    ...commonOptions,
    split: { type: 'string', default: 'validation' },
    folds: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    'without-training-copies': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

async function calibrate() {
  const { dataset, weights, threads } = await weightsAndImages(options);
  const all = calibrationImages(dataset, options.split);
  const indices = options['without-training-copies']
    ? withoutTrainingCopies(dataset, all, samplesOfSplit(dataset, 'train'))
    : all;
  const classes = weights.classNames.length;
  const labels = indices.map((index) => dataset.samples[index].label);
  const evaluator = await createEvaluator(nodeRuntime, weights, { threads });
  // Without the calibration that they may have already.
  const { parameters, statistics } = weights;
  const scores = await evaluator
    .scores({ parameters, statistics }, dataset, indices)
    .finally(evaluator.release);

  const [temperatureAlone, smoothingToo] = [fitTemperatureAlone, fitCalibration].map((fit) => {
    const calibration = fit(scores, labels, classes);
    const crossed = crossFit(scores, labels, classes, {
      folds: Number(options.folds),
      seed: Number(options.seed),
      fit,
    });
    return {
      calibration,
      foldCalibrations: crossed.calibrations,
      fitted: reliability(withCalibration(scores, classes, calibration), labels, classes),
      crossFitted: reliability(crossed.scores, labels, classes),
    };
  });
  if (options.write !== undefined)
    await writeWeights(options.write, { ...weights, ...smoothingToo.calibration });
  return {
    images: indices.length,
    before: reliability(scores, labels, classes),
    temperatureAlone,
    smoothingToo,
  };
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;
const row = (cells) => `| ${cells.join(' | ')} |`;
const described = ({ smoothing, temperature }) =>
  `${smoothing === undefined ? '' : `smoothing ${smoothing.toFixed(4)}, `}temperature ${temperature.toFixed(4)}`;

function print({ images, before, temperatureAlone, smoothingToo }) {
  console.log(`${images} images of ${options.dataset}, validation split\n`);
  for (const { calibration, foldCalibrations } of [temperatureAlone, smoothingToo])
    console.log(
      `Fitted: ${described(calibration)}\n  folds: ${foldCalibrations.map(described).join('; ')}\n`,
    );
  console.log(row(['scores', 'accuracy', 'mean confidence', 'ECE', 'adaptive ECE', 'NLL, nats']));
  console.log(row(Array(6).fill('---')));
  const folds = `${smoothingToo.foldCalibrations.length}-fold cross-fitted`;
  for (const [name, result] of [
    ['before', before],
    ['temperature, fitted to these images', temperatureAlone.fitted],
    [`temperature, ${folds}`, temperatureAlone.crossFitted],
    ['smoothing and temperature, fitted to these images', smoothingToo.fitted],
    [`smoothing and temperature, ${folds}`, smoothingToo.crossFitted],
  ])
    console.log(
      row([
        name,
        percent(result.accuracy),
        percent(result.confidence),
        percent(result.expectedCalibrationError),
        percent(result.adaptiveCalibrationError),
        result.negativeLogLikelihood.toFixed(4),
      ]),
    );
  console.log(`\n${row(['confidence', 'images before', 'right', 'images cross-fitted', 'right'])}`);
  console.log(row(Array(5).fill('---')));
  const right = ({ images: count, accuracy }) => (count === 0 ? '–' : percent(accuracy));
  for (const [index, bin] of before.bins.entries()) {
    const after = smoothingToo.crossFitted.bins[index];
    if (bin.images + after.images === 0) continue;
    console.log(
      row([`${percent(bin.from)} to ${percent(bin.to)}`, bin.images, right(bin), after.images, right(after)]),
    );
  }
}

await run(async () => {
  const result = await calibrate();
  if (options.json) console.log(JSON.stringify(result, null, 2));
  else print(result);
});
