import { join } from 'node:path';
import { type EpochRecord, recipeLimits, type TrainingProgress } from '@sdnet/training';
import { fileProblem } from 'sdnet';
import type { Argv, CommandModule, Options } from 'yargs';
import { visible } from '../files/visible.js';
import { readHistory } from '../runs/history.js';
import { runFiles } from '../runs/run-folder.js';
import { runOptionNames, type RunOptions, saveRunRecord } from '../runs/run-record.js';
import { saveFold } from '../runs/save-fold.js';
import { tensorBoardLog, type TensorBoardLog } from '../runs/tensorboard.js';
import { train } from '../training/train.js';
import { knownImages } from './evaluated-images.js';
import {
  type FoldArguments,
  foldOptions,
  namedFold,
  requireSameFold,
  sharedSubjects,
} from './fold-options.js';
import { Interrupted, interruption } from './interruption.js';
import {
  type DatasetArguments,
  datasetOf,
  datasetOptions,
  jsonOption,
  modelNames,
  recipeOptions,
  requireThreads,
  requireWhole,
  seedOption,
  stemStrideOption,
  threadsOption,
  variantOption,
} from './options.js';
import { complain, print, printJson } from './output.js';
import { duration, progressDisplay } from './progress-display.js';
import { type NamedOptions, newRun, resumedRun, runDefaults } from './run-settings.js';
import { UsageError } from './usage-error.js';
import { weightsOf } from './weights.js';

interface Arguments extends NamedOptions {
  readonly out?: string | undefined;
  readonly resume: boolean;
  readonly tensorboard?: string | undefined;
  readonly json: boolean;
}

/** Options that a run remembers, whose defaults are another matter. */
const runOptions = {
  ...datasetOptions,
  model: { choices: modelNames, description: 'Network' },
  ...stemStrideOption,
  ...variantOption,
  ...recipeOptions,
  batch: { type: 'number', requiresArg: true, description: "Images a step, instead of the recipe's" },
  'learning-rate': { type: 'number', requiresArg: true, description: "The highest, instead of the recipe's" },
  ...seedOption,
  init: {
    type: 'string',
    requiresArg: true,
    description: 'Weights or run folder to fine-tune from; not needed again to resume',
  },
  teacher: {
    type: 'string',
    array: true,
    requiresArg: true,
    nargs: 1,
    description: 'Weights or run folder to learn from, with a recipe that has distillation; may be repeated',
  },
  ...foldOptions,
  ...threadsOption,
} as const;

/** Every option that decides the data is one that a run remembers. */
type Forgotten = Exclude<keyof DatasetArguments | keyof FoldArguments, keyof RunOptions>;
const remembered: Record<Forgotten, never> = {};

/** The options without yargs' own defaults: what is not on the command line, a run that goes on knows itself. */
const withoutDefaults = Object.fromEntries(
  Object.entries<Options>({ ...runOptions, ...remembered }).map(([name, option]) => {
    const { default: _, demandOption: __, description, ...others } = option;
    const standard = (runDefaults as Readonly<Record<string, unknown>>)[name];
    const shown = standard === undefined ? '' : ` (default: ${String(standard)})`;
    return [name, { ...others, description: `${description}${shown}` }];
  }),
);

export const trainCommand: CommandModule<unknown, Arguments> = {
  command: 'train',
  describe: 'Train a network',
  builder: (yargs) =>
    yargs
      .options({
        ...withoutDefaults,
        out: {
          type: 'string',
          requiresArg: true,
          description: 'Run folder (default: runs/ and the main options)',
        },
        resume: {
          type: 'boolean',
          default: false,
          description: 'Go on after the last finished epoch of the run in --out, which knows its options',
        },
        tensorboard: {
          type: 'string',
          requiresArg: true,
          description:
            'Folder for TensorBoard: a file of events that grows with every epoch, in a folder called like the run',
        },
        ...jsonOption,
      })
      .example(
        '$0 train --dataset synthetic --recipe paper --epochs 2',
        'See the whole training work without any data',
      )
      .example('$0 train --dataset fer2013 --data fer2013.csv --out runs/mine', 'Train SDNet on FER2013')
      .example('$0 train --resume --out runs/mine', 'Go on with it') as unknown as Argv<Arguments>,
  async handler({ out: namedOut, resume, tensorboard, json, ...others }) {
    const named: NamedOptions = Object.fromEntries(runOptionNames.map((name) => [name, others[name]]));
    requireNumbers(named);
    const { out, options, recipe } = await (resume ? resumedRun : newRun)(named, namedOut);
    const { model, 'stem-stride': stemStride, variant, seed, threads } = options;
    const dataset = await datasetOf(options);
    const { fold, record } = namedFold(options, dataset, complain);
    const warning = sharedSubjects({ ...fold, protocol: record.protocol });
    if (warning) complain(warning);
    if (resume) await requireSameFold(out, record);
    // A run that goes on has no need of the weights it began with.
    const start = resume ? named.init : options.init;
    const init = start === undefined ? undefined : await weightsOf(start);
    const teachers = await Promise.all((options.teacher ?? []).map(weightsOf));
    const learntFrom = [
      ...(init ? [{ path: start!, weights: init }] : []),
      ...teachers.map((weights, index) => ({ path: options.teacher![index]!, weights })),
    ];
    const isOfficial = record.protocol === 'official' && dataset.samples.some(({ split }) => split);
    for (const each of learntFrom) {
      const known = await knownImages(each, dataset, fold.validation, { isOfficial });
      if (known) complain(known);
    }
    const curves = tensorboard === undefined ? undefined : tensorBoardLog(tensorboard, out, { resume });
    const display = json ? undefined : trainingDisplay();
    const { signal, listen, close } = interruption();
    try {
      const result = await train({
        dataset,
        partition: fold,
        model,
        stemStride,
        variant,
        recipe,
        out,
        seed,
        resume,
        threads,
        init,
        teachers,
        signal,
        async onStart() {
          // Until now there was nothing to lose.
          listen();
          await saveFold(out, record);
          await saveRunRecord(out, { options, recipe });
          curves?.begin(resume ? readHistory(out) : []);
        },
        onProgress: display?.step,
        onEpoch(epoch) {
          display?.epoch(epoch);
          addToTensorBoard(curves, epoch);
        },
      });
      display?.stop();
      if (!result.finished)
        throw new Interrupted(
          `Stopped. ${out} holds the run ${result.history.length > 0 ? 'up to its last finished epoch' : 'as it started'}; go on with --resume.`,
        );
      const best = join(out, runFiles.best);
      if (json)
        printJson({
          out,
          weights: best,
          division: fold.name,
          sharesSubjects: fold.sharesSubjects,
          bestAccuracy: result.bestAccuracy,
          history: result.history,
        });
      else print(`${visible(best)}: validation accuracy ${(100 * result.bestAccuracy).toFixed(2)} %`);
    } finally {
      close();
      display?.stop();
    }
  },
};

/** The training matters more than its curves. */
function addToTensorBoard(curves: TensorBoardLog | undefined, epoch: EpochRecord): void {
  try {
    curves?.add(epoch);
  } catch (error) {
    complain(`TensorBoard's events of epoch ${epoch.epoch} could not be written: ${fileProblem(error)}.`);
  }
}

/** @throws UsageError */
function requireNumbers(named: NamedOptions): void {
  const { seed, epochs, batch, threads, 'learning-rate': learningRate } = named;
  requireWhole({ seed }, 0);
  requireWhole({ epochs }, 1, recipeLimits.epochs);
  requireWhole({ batch }, 1, recipeLimits.batch);
  requireThreads(threads);
  if (learningRate !== undefined && !(learningRate > 0 && Number.isFinite(learningRate)))
    throw new UsageError(`--learning-rate ${learningRate}: a positive number is expected.`);
}

const progressText = (now: TrainingProgress, bar = 'step'): string =>
  `epoch ${now.epoch}/${now.epochs} ${bar} ${now.step}/${now.steps}  ${now.imagesPerSecond.toFixed(0)} images/s  ` +
  `loss ${now.loss.toFixed(3)}  accuracy ${(100 * now.trainingAccuracy).toFixed(1)} %  ${duration(now.secondsLeft)} left`;

/** How far the running epoch is, and a line for each finished epoch. */
function trainingDisplay() {
  const { show, hide } = progressDisplay();
  let secondsLeft = 0;
  return {
    step(now: TrainingProgress) {
      ({ secondsLeft } = now);
      show(now.step / now.steps, (bar) => progressText(now, bar));
    },
    epoch({
      epoch,
      loss,
      trainingAccuracy,
      validationAccuracy,
      validationBalancedAccuracy,
      imagesPerSecond,
      seconds,
    }: EpochRecord) {
      hide();
      const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
      complain(
        `epoch ${epoch}: loss ${loss.toFixed(3)}, training ${percent(trainingAccuracy)}, validation ${percent(validationAccuracy)} ` +
          `(balanced ${percent(validationBalancedAccuracy)}), ${imagesPerSecond.toFixed(0)} images/s, ` +
          `${duration(seconds)}${secondsLeft > 0 ? `; ${duration(secondsLeft)} left` : ''}`,
      );
    },
    stop: hide,
  };
}
