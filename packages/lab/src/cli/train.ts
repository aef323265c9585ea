import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type GenericFormatter, SingleBar } from 'cli-progress';
import type { CommandModule } from 'yargs';
import type { EpochRecord } from '../checkpoint.js';
import type { Dataset } from '../datasets/dataset.js';
import { foldsOf, type ProtocolName, protocolNames } from '../protocols.js';
import type { Recipe } from '../recipe.js';
import { recipeNamed, recipeNames } from '../recipes/index.js';
import { type FoldRecord, foldFile, foldRecord, saveFold } from '../save-fold.js';
import { runFiles, type TrainingProgress, train } from '../train.js';
import { UserError } from '../user-error.js';
import { Interrupted, interruptionSignal } from './interruption.js';
import {
  type DatasetArguments,
  datasetOf,
  datasetOptions,
  jsonOption,
  modelNames,
  requireWhole,
  threadsOption,
} from './options.js';
import { weightsOf } from './weights.js';

interface Arguments extends DatasetArguments {
  readonly model: string;
  readonly recipe: string;
  readonly epochs?: number | undefined;
  readonly batch?: number | undefined;
  readonly seed: number;
  readonly out?: string | undefined;
  readonly resume: boolean;
  readonly init?: string | undefined;
  readonly protocol?: ProtocolName | undefined;
  readonly folds: number;
  readonly fold?: number | undefined;
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
        init: { type: 'string', requiresArg: true, description: 'Weights or run folder to fine-tune from' },
        protocol: {
          choices: protocolNames,
          description:
            'How training and validation images are divided (default: official; with --fold: subjects)',
        },
        folds: {
          type: 'number',
          requiresArg: true,
          default: 10,
          description: 'Number of folds of the protocols subjects and random',
        },
        fold: {
          type: 'number',
          requiresArg: true,
          description: 'Which fold is the validation images, from 1',
        },
        ...threadsOption,
        ...jsonOption,
      })
      .example('$0 train --dataset synthetic --epochs 4', 'See the whole training work without any data')
      .example('$0 train --dataset fer2013 --data fer2013.csv --out runs/mine', 'Train SDNet on FER2013'),
  async handler(options) {
    const { model, seed, epochs, batch, resume, threads, json } = options;
    requireWhole({ seed }, 0);
    requireWhole({ epochs, batch, threads, folds: options.folds, fold: options.fold }, 1);
    const recipe = recipeWith(options);
    const dataset = await datasetOf(options);
    const out = options.out ?? defaultOut(options);
    const { partition, record } = partitionOf(options, dataset);
    if (resume) await requireSameFold(out, record);
    const init = options.init === undefined ? undefined : await weightsOf(options.init);
    const display = json ? undefined : progressDisplay();
    const signal = interruptionSignal();
    try {
      const result = await train({
        dataset,
        partition,
        model,
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
          result.history.length > 0
            ? `Stopped. ${out} holds the run up to its last finished epoch; go on with --resume.`
            : 'Stopped before the first epoch was finished; nothing is kept.',
        );
      const best = join(out, runFiles.best);
      if (json)
        console.log(
          JSON.stringify({ out, weights: best, bestAccuracy: result.bestAccuracy, history: result.history }),
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

const defaultOut = ({ dataset, model, recipe, seed, fold }: Arguments): string =>
  join('runs', `${dataset}-${model}-${recipe}-seed${seed}${fold === undefined ? '' : `-fold${fold}`}`);

function partitionOf(options: Arguments, dataset: Dataset) {
  const { folds: k, fold = 1 } = options;
  const protocol = options.protocol ?? (options.fold === undefined ? 'official' : 'subjects');
  // Folds belong to the data: every fold of a cross-validation and every seed of a training sees the same ones.
  const settings = { protocol, k, seed: options['data-seed'] };
  const all = foldsOf(dataset, settings);
  const partition = all[fold - 1];
  if (!partition) throw new UserError(`--fold ${fold}: a whole number from 1 to ${all.length} is expected.`);
  return { partition, record: foldRecord(dataset, settings, fold, partition) };
}

/** A run that went on with other images would be judged by those it has learnt from. */
async function requireSameFold(out: string, record: FoldRecord): Promise<void> {
  const path = join(out, foldFile);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  let saved: unknown;
  try {
    saved = JSON.parse(text);
  } catch {
    throw new UserError(`${path}: is damaged. Restore it from a copy, or remove it.`);
  }
  if (!isDeepStrictEqual(saved, record))
    throw new UserError(
      `${path}: the run was started with other training and validation images than ${record.name} of the data set ` +
        `${record.dataset} as these options draw it. Resume it with the options and data it was started with.`,
    );
}

/** A bar for the running epoch and a line for each finished one, on standard error. */
function progressDisplay() {
  const format: GenericFormatter = (_options, { progress }, { now }: { now?: TrainingProgress }) => {
    if (!now) return '';
    const width = 24;
    const bar = '█'.repeat(Math.round(progress * width)).padEnd(width, '░');
    return (
      `epoch ${now.epoch}/${now.epochs} ${bar} ${now.step}/${now.steps}  ${now.imagesPerSecond.toFixed(0)} images/s  ` +
      `loss ${now.loss.toFixed(3)}  accuracy ${(100 * now.trainingAccuracy).toFixed(1)} %  ${duration(now.secondsLeft)} left`
    );
  };
  const bar = new SingleBar({ format, clearOnComplete: true, hideCursor: true, stream: process.stderr });
  let running = false;
  const stop = () => {
    if (running) bar.stop();
    running = false;
  };
  return {
    step(now: TrainingProgress) {
      if (!running) bar.start(now.steps, 0, { now });
      running = true;
      bar.update(now.step, { now });
    },
    epoch({
      epoch,
      loss,
      trainingAccuracy,
      validationAccuracy,
      validationBalancedAccuracy,
      seconds,
    }: EpochRecord) {
      stop();
      const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
      console.error(
        `epoch ${epoch}: loss ${loss.toFixed(3)}, training ${percent(trainingAccuracy)}, validation ${percent(validationAccuracy)} ` +
          `(balanced ${percent(validationBalancedAccuracy)}), ${duration(seconds)}`,
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
