import { percent } from '../experiments/cells.js';
import { ablationBlocks, ablationSummary, ablationTitle } from './ablation-blocks.js';
import { glossaryBlocks, type HereRow, literatureBlocks, makingBlocks } from './closing-blocks.js';
import { comparisonBlocks, comparisonSummary, comparisonTitle } from './comparison-blocks.js';
import {
  crossValidationBlocks,
  crossValidationSummary,
  crossValidationTitle,
} from './cross-validation-blocks.js';
import { type Block, heading, paragraph, type ReportDocument } from './document.js';
import { mistakeBlocks, type ThumbnailOf } from './mistakes.js';
import type { Experiment } from './read-experiment.js';
import type { ReportedRun } from './reported-run.js';
import { confusionSentence, dataBlocks, keyFigures, runCharts } from './run-blocks.js';
import { count, datasetTitle, networkTitle } from './words.js';

/** The report of one network. */
export async function runReport(
  dataset: string,
  run: ReportedRun,
  thumbnailOf?: ThumbnailOf,
): Promise<ReportDocument> {
  const { model, accuracy, samples } = run;
  return {
    title: `${networkTitle(model)} on ${datasetTitle(dataset)}`,
    summary: [
      `Of ${count(samples)} images${run.imagesAreUnseen ? ' that it was not trained on' : ''}, ${networkTitle(model)} (${run.run}) recognises ${percent(accuracy)}.`,
      ...(run.reservations ?? []),
      confusionSentence(run),
    ].join(' '),
    blocks: [
      keyFigures(run),
      heading(2, 'What was measured'),
      runCharts(run),
      ...(run.calibrated
        ? [
            paragraph(
              'Confidence was calibrated after the training. Where that was done by these same images, the calibration error is ' +
                'smaller here than it will be on others.',
            ),
          ]
        : []),
      ...dataBlocks(run),
      ...(await mistakeBlocks(run, thumbnailOf)),
      ...literatureBlocks(dataset, [{ name: networkTitle(model), accuracy }]),
      ...makingBlocks([], [run]),
      ...glossaryBlocks(),
    ],
  };
}

/** The report of one or more experiments in the same folder. */
export async function experimentReport(
  experiments: readonly [Experiment, ...Experiment[]],
  thumbnailOf?: ThumbnailOf,
): Promise<ReportDocument> {
  const [first] = experiments;
  const runs = [...new Map(experiments.flatMap((one) => one.runs.map((run) => [run.run, run]))).values()];
  // SDNet is what this is about; else the first of them.
  const main = runs.find(({ model }) => model === 'sdnet') ?? runs[0]!;
  const folds = first.kind === 'cross-validation';
  return {
    title: titleOf(first),
    summary: experiments.map(summaryOf).join(' '),
    blocks: [
      ...experiments.flatMap(blocksOf),
      heading(2, folds ? 'Each fold by itself' : 'Each network by itself'),
      ...runs.flatMap((run): Block[] => [
        heading(3, runTitle(run, runs, folds)),
        paragraph(confusionSentence(run)),
        keyFigures(run),
        runCharts(run),
      ]),
      ...dataBlocks(main, folds ? main.run : undefined),
      ...(await mistakeBlocks(main, thumbnailOf)),
      ...literatureBlocks(first.dataset, hereRows(first)),
      ...makingBlocks(
        experiments.flatMap(({ command }) => command ?? []),
        runs,
      ),
      ...glossaryBlocks(),
    ],
  };
}

function hereRows({ kind, result, runs }: Experiment): HereRow[] {
  if (kind === 'comparison')
    return result.networks.map(({ model, accuracy }) => ({ name: networkTitle(model), accuracy }));
  if (kind === 'cross-validation')
    return [{ name: `${networkTitle(result.model)}, ${result.folds.length} folds`, accuracy: result.mean }];
  return [{ name: networkTitle(runs[0]!.model), accuracy: result.rows[0]!.accuracy }];
}

function runTitle({ run, model, seed }: ReportedRun, runs: readonly ReportedRun[], folds: boolean): string {
  if (folds) return run;
  const isOnly = runs.filter((other) => other.model === model).length === 1;
  return isOnly
    ? networkTitle(model)
    : `${networkTitle(model)}: ${run}${seed === undefined ? '' : `, seed ${seed}`}`;
}

function titleOf(experiment: Experiment): string {
  switch (experiment.kind) {
    case 'comparison':
      return comparisonTitle(experiment.result);
    case 'ablation':
      return ablationTitle(experiment.result);
    case 'cross-validation':
      return crossValidationTitle(experiment.result);
  }
}

function summaryOf(experiment: Experiment): string {
  switch (experiment.kind) {
    case 'comparison':
      return comparisonSummary(experiment.result, experiment.runs);
    case 'ablation':
      return ablationSummary(experiment.result);
    case 'cross-validation':
      return crossValidationSummary(experiment.result);
  }
}

function blocksOf(experiment: Experiment): Block[] {
  switch (experiment.kind) {
    case 'comparison':
      return comparisonBlocks(experiment.result, experiment.runs, experiment.speeds);
    case 'ablation':
      return ablationBlocks(experiment.result);
    case 'cross-validation':
      return crossValidationBlocks(experiment.result);
  }
}
