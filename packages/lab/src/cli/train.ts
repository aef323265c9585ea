import { join } from 'node:path';
import {
  type EpochRecord,
  type Recipe,
  recipeNamed,
  recipeNames,
  type TrainingProgress,
} from '@sdnet/training';
import { type GenericFormatter, SingleBar } from 'cli-progress';
import type { CommandModule } from 'yargs';
import { runFiles } from '../runs/run-folder.js';
import { saveFold } from '../runs/save-fold.js';
import { train } from '../training/train.js';
import {
  type FoldArguments,
  foldOptions,
  namedFold,
  requireSameFold,
  sharedSubjects,
} from './fold-options.js';
import { Interrupted, interruptionSignal } from './interruption.js';
import {
  type DatasetArguments,
  datasetOf,
  datasetOptions,
  jsonOption,
  modelNames,
  requireThreads,
  requireWhole,
  stemStrideOption,
  threadsOption,
} from './options.js';
import { weightsOf } from './weights.js';

interface Arguments extends DatasetArguments, FoldArguments {
  readonly model: string;
  readonly 'stem-stride'?: 1 | 2 | undefined;
  readonly recipe: string;
  readonly epochs?: number | undefined;
  readonly batch?: number | undefined;
  readonly seed: number;
  readonly out?: string | undefined;
  readonly resume: boolean;
  readonly init?: string | undefined;
  readonly threads?: number | undefined;
  readonly json: boolean;
}

export const trainCommand: CommandModule<unknown, Arguments> = {
  command: 'train',
  describe: 'Train a network',
  builder: (yargs) =>
    yargs
      .options({
        ...datasetOptions,
        model: { choices: modelNames, default: 'sdnet', description: 'Network' },
        ...stemStrideOption,
        recipe: {
          type: 'string',
          requiresArg: true,
          default: 'strong',
          description: `How to train: ${recipeNames.join(' (as the paper) or ')}`,
        },
        epochs: { type: 'number', requiresArg: true, description: "Instead of the recipe's" },
        batch: { type: 'number', requiresArg: true, description: "Images a step, instead of the recipe's" },
        seed: {
          type: 'number',
          requiresArg: true,
          default: 0,
          description: 'Decides initialisation, order, augmentation and dropout',
        },
        out: {
          type: 'string',
          requiresArg: true,
          description: 'Run folder (default: runs/ and the main options)',
        },
        resume: {
          type: 'boolean',
          default: false,
          description: 'Go on after the last finished epoch of the run folder',
        },
        init: {
          type: 'string',
          requiresArg: true,
          description: 'Weights or run folder to fine-tune from; not needed again to resume',
        },
        ...foldOptions,
        ...threadsOption,
        ...jsonOption,
      })
      .example(
        '$0 train --dataset synthetic --recipe paper --epochs 2',
        'See the whole training work without any data',
      )
      .example('$0 train --dataset fer2013 --data fer2013.csv --out runs/mine', 'Train SDNet on FER2013'),
  async handler(options) {
    const { model, 'stem-stride': stemStride, seed, epochs, batch, resume, threads, json } = options;
    requireWhole({ seed }, 0);
    requireWhole({ epochs, batch }, 1);
    requireThreads(threads);
    const recipe = recipeWith(options);
    const dataset = await datasetOf(options);
    const out = options.out ?? defaultOut(options);
    const { fold, record } = namedFold(options, dataset, (message) => console.error(message));
    const warning = sharedSubjects(fold);
    if (warning) console.error(warning);
    if (resume) await requireSameFold(out, record);
    const init = options.init === undefined ? undefined : await weightsOf(options.init);
    const display = json ? undefined : progressDisplay();
    const signal = interruptionSignal();
    try {
      const result = await train({
        dataset,
        partition: fold,
        model,
        stemStride,
        recipe,
        out,
        seed,
        resume,
        threads,
        init,
        signal,
        onStart: () => saveFold(out, record),
        onProgress: display?.step,
        onEpoch: display?.epoch,
      });
      display?.stop();
      if (!result.finished)
        throw new Interrupted(
          `Stopped. ${out} holds the run ${result.history.length > 0 ? 'up to its last finished epoch' : 'as it started'}; go on with --resume.`,
        );
      const best = join(out, runFiles.best);
      if (json)
        console.log(
          JSON.stringify({
            out,
            weights: best,
            division: fold.name,
            sharesSubjects: fold.sharesSubjects,
            bestAccuracy: result.bestAccuracy,
            history: result.history,
          }),
        );
      else console.log(`${best}: validation accuracy ${(100 * result.bestAccuracy).toFixed(2)} %`);
    } finally {
      display?.stop();
    }
  },
};

const recipeWith = ({ recipe, epochs, batch }: Arguments): Recipe => ({
  ...recipeNamed(recipe),
  ...(epochs !== undefined && { epochs }),
  ...(batch !== undefined && { batch }),
});

const defaultOut = ({ dataset, classes, model, recipe, seed, protocol, fold }: Arguments): string =>
  join(
    'runs',
    [
      dataset,
      ...(classes === undefined ? [] : [`${classes}-classes`]),
      model,
      recipe,
      `seed${seed}`,
      ...(fold === undefined ? [] : [...(protocol === undefined ? [] : [protocol]), `fold${fold}`]),
    ].join('-'),
  );

/** Milliseconds between two lines where there is no terminal for a bar. */
const linesApart = 30_000;

const progressText = (now: TrainingProgress, bar = 'step'): string =>
  `epoch ${now.epoch}/${now.epochs} ${bar} ${now.step}/${now.steps}  ${now.imagesPerSecond.toFixed(0)} images/s  ` +
  `loss ${now.loss.toFixed(3)}  accuracy ${(100 * now.trainingAccuracy).toFixed(1)} %  ${duration(now.secondsLeft)} left`;

/**
 * A bar for the running epoch, or a line now and then where standard error is no terminal, and a line for each
 * finished epoch.
 */
function progressDisplay() {
  const format: GenericFormatter = (_options, { progress }, { now }: { now?: TrainingProgress }) => {
    if (!now) return '';
    const width = 24;
    const bar = '█'.repeat(Math.round(progress * width)).padEnd(width, '░');
    return progressText(now, bar);
  };
  const bar = new SingleBar({ format, clearOnComplete: true, hideCursor: true, stream: process.stderr });
  let running = false;
  let secondsLeft = 0;
  let printed = performance.now();
  const stop = () => {
    if (running) bar.stop();
    running = false;
  };
  return {
    step(now: TrainingProgress) {
      ({ secondsLeft } = now);
      if (process.stderr.isTTY) {
        if (!running) bar.start(now.steps, 0, { now });
        running = true;
        bar.update(now.step, { now });
      } else if (performance.now() - printed > linesApart) {
        printed = performance.now();
        console.error(progressText(now));
      }
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
      stop();
      printed = performance.now();
      const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
      console.error(
        `epoch ${epoch}: loss ${loss.toFixed(3)}, training ${percent(trainingAccuracy)}, validation ${percent(validationAccuracy)} ` +
          `(balanced ${percent(validationBalancedAccuracy)}), ${imagesPerSecond.toFixed(0)} images/s, ` +
          `${duration(seconds)}${secondsLeft > 0 ? `; ${duration(secondsLeft)} left` : ''}`,
      );
    },
    stop,
  };
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
