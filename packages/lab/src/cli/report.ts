import { existsSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { nodeRuntime } from '@sdnet/autograd/node';
import {
  classCounts,
  classWeightsOf,
  type Dataset,
  ensembleScores,
  imageOf,
  metricsOf,
  reliability,
  UserError,
} from '@sdnet/training';
import { inspectNetwork, readWeights, sameClasses } from 'sdnet';
import type { Argv, CommandModule } from 'yargs';
import { withClassesOf } from '../datasets/match-classes.js';
import { encodePng } from '../drawing/encode-png.js';
import { imagePredictions } from '../evaluation/predictions.js';
import { ablationsOf } from '../experiments/ablation.js';
import { requireOutputFile } from '../files/require-output-file.js';
import { visible } from '../files/visible.js';
import { writeFile } from '../files/write-file.js';
import type { ReportDocument } from '../reports/document.js';
import { htmlPage } from '../reports/html-page.js';
import { markdownPage } from '../reports/markdown-page.js';
import type { ThumbnailOf } from '../reports/mistakes.js';
import { experimentFiles, readExperiments } from '../reports/read-experiment.js';
import { readMachines, type ReportedRun } from '../reports/reported-run.js';
import { trainCommandText } from '../reports/train-command-text.js';
import { readHistory } from '../runs/history.js';
import { runFiles } from '../runs/run-folder.js';
import { readRunRecord, type RunRecord } from '../runs/run-record.js';
import { imagesOf, runsOf, unrecordedTraining } from './evaluated-images.js';
import { sharedSubjects } from './fold-options.js';
import {
  type DatasetArguments,
  datasetOf,
  datasetOptions,
  requireThreads,
  threadsOption,
} from './options.js';
import { complain, print } from './output.js';
import { UsageError } from './usage-error.js';
import { isFolder, runFolderOf, weightsFileOf } from './weights.js';

const formats = { html: htmlPage, md: markdownPage } as const;

interface Arguments extends Partial<DatasetArguments> {
  readonly what: string;
  readonly out: string;
  readonly format?: keyof typeof formats | undefined;
  readonly images: boolean;
  readonly threads?: number | undefined;
}

/** A run knows its data set, so that none of these is demanded or has a default. */
const { dataset, 'data-seed': dataSeed, ...otherDatasetOptions } = datasetOptions;
const optionalDatasetOptions = {
  dataset: { choices: dataset.choices, description: `${dataset.description} (default: that of the run)` },
  'data-seed': { type: dataSeed.type, requiresArg: true, description: dataSeed.description },
  ...otherDatasetOptions,
} as const;

export const reportCommand: CommandModule<unknown, Arguments> = {
  command: 'report <what>',
  describe: 'Write all that is known of a run or an experiment into one page',
  builder: (yargs) =>
    yargs
      .positional('what', {
        type: 'string',
        demandOption: true,
        description:
          "Folder of compare, ablate or crossval, run folder (the last epoch's weights), or weights (.safetensors)",
      })
      .options({
        out: {
          type: 'string',
          requiresArg: true,
          demandOption: true,
          description: 'The page: one file, which opens from disk and loads nothing',
        },
        format: {
          choices: ['html', 'md'] as const,
          description:
            "HTML, or Markdown with tables in place of charts (default: by the file's ending, else html)",
        },
        images: {
          type: 'boolean',
          default: false,
          description: 'Show the surest mistakes as images. They are of people: mind who may see the page',
        },
        ...optionalDatasetOptions,
        ...threadsOption,
      })
      .example(
        '$0 report runs --out report.html',
        'A comparison, from what sdnet compare --out runs has left',
      )
      .example(
        '$0 report runs/mine --out report.html --images',
        'A run, with the images that it was surest of and wrong',
      ) as unknown as Argv<Arguments>,
  async handler({ what, out, format, images, threads, ...options }) {
    requireThreads(threads);
    requireOutputFile(out, 'report', [what]);
    const written = format ?? (extname(out).toLowerCase() === '.md' ? 'md' : 'html');
    if (images && written === 'md')
      throw new UsageError('--images: Markdown has no room for images in its file. Choose HTML.');
    const isExperiment = isFolder(what) && experimentFiles(what).length > 0;
    const document = await (isExperiment ? reportOfExperiments : reportOfRun)(what, {
      images,
      threads,
      options,
    });
    await writeFile(out, formats[written](document));
    print(visible(out));
  },
};

interface ReportOptions {
  readonly images: boolean;
  readonly threads: number | undefined;
  readonly options: Partial<DatasetArguments>;
}

// `reports/report.js` is loaded by those who ask for one: what draws its charts takes as long to load as all else.

async function reportOfExperiments(
  folder: string,
  { images, options }: ReportOptions,
): Promise<ReportDocument> {
  const [first, ...others] = await readExperiments(folder);
  const record = images ? await readRunRecord(join(folder, first!.runs[0]!.run)) : undefined;
  const data = images ? await datasetOf(datasetArguments(folder, options, record)) : undefined;
  const { experimentReport } = await import('../reports/report.js');
  return experimentReport([first!, ...others], data && thumbnailsOf(data));
}

async function reportOfRun(
  path: string,
  { images, threads, options }: ReportOptions,
): Promise<ReportDocument> {
  const file = reportedWeights(path);
  const folder = runFolderOf(path);
  const weights = await readWeights(file);
  const record = await readRunRecord(folder);
  const named = datasetArguments(path, options, record);
  const data = await datasetOf(named);
  const runs = await runsOf(data, [path]);
  const choice = imagesOf(data, runs, { 'data-seed': named['data-seed'] });
  const { indices, part, trained, division } = choice;
  const unrecorded = unrecordedTraining([{ path, weights }], runs, data, choice);
  for (const warning of unrecorded) complain(warning);
  const subjects = division && sharedSubjects(division);
  const known = withClassesOf(data, indices, weights.classNames);
  const scores = await ensembleScores(nodeRuntime, [weights], known, indices, { threads });
  const history = readHistory(folder);
  const { provenance } = weights;
  const isOfThese = provenance?.dataset === data.name && provenance.trainImages === trained.length;
  const isTrainedOnThis =
    sameClasses(weights.classNames, data.classNames) &&
    trained.length > 0 &&
    (runs.some(({ fold }) => fold) || isOfThese);
  const seed = record?.options.seed ?? provenance?.seed;
  const epoch = provenance?.epoch ?? history.at(-1)?.epoch;
  const run: ReportedRun = {
    run: basename(isFolder(path) ? path : folder),
    model: weights.model,
    classNames: weights.classNames,
    ...costOf(weights),
    ...metricsOf(scores, known, indices),
    reliability: reliability(
      scores,
      indices.map((index) => known.samples[index]!.label),
      weights.classNames.length,
    ),
    predictions: imagePredictions({ dataset: known, indices, scores }),
    imagesAreUnseen: part !== 'train' && runs.length > 0,
    reservations: [...(subjects === undefined ? [] : [subjects]), ...unrecorded],
    calibrated: weights.temperature !== undefined || weights.smoothing !== undefined,
    history,
    machines: readMachines(folder),
    ...(isTrainedOnThis && { classCounts: classCounts(data, trained) }),
    ...(isTrainedOnThis && record && { classWeights: classWeightsOf(record.recipe, data, trained) }),
    ...(record && { recipe: record.recipe, ...commandOf(record) }),
    ...(seed !== undefined && { seed }),
    ...(epoch !== undefined && { epoch }),
  };
  const { runReport } = await import('../reports/report.js');
  return runReport(data.name, run, images ? thumbnailsOf(data) : undefined);
}

/** Of a run that an ablation made there is none: its loss is in no recipe that could be named. */
function commandOf(record: RunRecord): { command?: string } {
  const isAblated = ablationsOf(record.recipe).some(({ name }) => record.recipe.name.endsWith(`, ${name}`));
  return isAblated ? {} : { command: trainCommandText(record) };
}

const costOf = (weights: Parameters<typeof inspectNetwork>[0]) => {
  const { parameters, multiplyAdds } = inspectNetwork(weights);
  return { parameters, multiplyAdds };
};

/** Of a run the last epoch's, as in every table: the best are picked by the images that they are judged by. */
function reportedWeights(path: string): string {
  if (!isFolder(path)) return path;
  const last = join(path, runFiles.last);
  if (existsSync(last)) return last;
  const file = weightsFileOf(path);
  if (existsSync(file)) return file;
  throw new UserError(
    `${path} has nothing to report: table.json, ablation.json or crossval.json of an experiment, or ${runFiles.last} of a run ` +
      'was expected.',
  );
}

/** The data set that the options name, or else that of the run. */
function datasetArguments(
  path: string,
  options: Partial<DatasetArguments>,
  record: RunRecord | undefined,
): DatasetArguments {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  // What is said of one data set means nothing of another.
  const isOther = given.dataset !== undefined && given.dataset !== record?.options.dataset;
  const known = { 'data-seed': 0, ...(isOther ? {} : record?.options), ...given };
  if (known.dataset !== undefined) return known as DatasetArguments;
  throw new UsageError(`${path} does not say which data set it is of: name it by --dataset and --data.`);
}

/** Images of the data set by their names, as they are. */
function thumbnailsOf(data: Dataset): ThumbnailOf {
  complain('The page will show images of people: mind who may see it.');
  const indexOf = new Map(data.samples.map(({ source }, index) => [source, index]));
  return async (file) => {
    const index = indexOf.get(file);
    return index === undefined ? undefined : encodePng(imageOf(data, index));
  };
}
