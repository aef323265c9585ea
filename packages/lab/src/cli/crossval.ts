import { join } from 'node:path';
import { recipeLimits, recipeNames } from '@sdnet/training';
import type { CommandModule } from 'yargs';
import { foldsOf } from '../datasets/protocols.js';
import { crossValidation, crossValidationNote } from '../experiments/cross-validation.js';
import type { ExperimentRun } from '../experiments/experiment-run.js';
import { runOptionsOf, saveTable, terminalTable, trainAndEvaluate } from './experiment.js';
import { namedFold } from './fold-options.js';
import {
  type DatasetArguments,
  datasetOf,
  datasetOptions,
  jsonOption,
  modelNames,
  requireThreads,
  requireWhole,
  threadsOption,
} from './options.js';
import { complain, print, printJson } from './output.js';
import { newRun } from './run-settings.js';
import { table } from './table.js';
import { weightsOf } from './weights.js';

const protocols = ['subjects', 'leave-one-subject-out', 'random'] as const;

interface Arguments extends DatasetArguments {
  readonly protocol: (typeof protocols)[number];
  readonly folds?: number | undefined;
  readonly model: string;
  readonly recipe: string;
  readonly epochs?: number | undefined;
  readonly seed: number;
  readonly init?: string | undefined;
  readonly out: string;
  readonly threads?: number | undefined;
  readonly json: boolean;
}

export const crossvalCommand: CommandModule<unknown, Arguments> = {
  command: 'crossval',
  describe: 'Train and evaluate on every fold of a data set: mean, deviation and pooled confusion',
  builder: (yargs) =>
    yargs
      .options({
        ...datasetOptions,
        protocol: {
          choices: protocols,
          default: 'subjects' as Arguments['protocol'],
          description:
            'How the folds are drawn. random shares subjects between training and validation, and is labelled so',
        },
        folds: {
          type: 'number',
          requiresArg: true,
          description: 'Number of folds of the protocols subjects and random (default: 10)',
        },
        model: { choices: modelNames, default: 'sdnet', description: 'Network' },
        recipe: {
          type: 'string',
          requiresArg: true,
          default: 'strong',
          description: `How to train: ${recipeNames.join(', ')}, or a file (.json, .yaml)`,
        },
        epochs: {
          type: 'number',
          requiresArg: true,
          description:
            "Instead of the recipe's. The network after the last of them is judged, never the best",
        },
        seed: {
          type: 'number',
          requiresArg: true,
          default: 0,
          description: 'Decides initialisation, order, augmentation and dropout',
        },
        init: {
          type: 'string',
          requiresArg: true,
          description: 'Weights or run folder to fine-tune from, in each fold',
        },
        out: {
          type: 'string',
          requiresArg: true,
          demandOption: true,
          description:
            'Folder of the cross-validation: a run folder fold<number> for each fold, crossval.json, crossval.md and ' +
            'evaluations/. Runs that are there already are used, or go on',
        },
        ...threadsOption,
        ...jsonOption,
      })
      .example(
        '$0 crossval --dataset ck+48 --data CK+48 --init models/sdnet-fer2013 --epochs 6 --out runs/ck',
        'Ten folds without shared subjects, fine-tuned from the shipped weights',
      ),
  async handler({ protocol, folds: k, init: initPath, out, json, ...options }) {
    requireWhole({ seed: options.seed }, 0);
    requireWhole({ epochs: options.epochs }, 1, recipeLimits.epochs);
    requireThreads(options.threads);
    const given = { ...runOptionsOf(options), protocol, folds: k, init: initPath };
    const settings = await newRun(given, out);
    const init = initPath === undefined ? undefined : await weightsOf(initPath);
    const dataset = await datasetOf(options);
    const division = { 'data-seed': options['data-seed'], protocol, folds: k };
    const count = foldsOf(dataset, { protocol, k, seed: options['data-seed'] }).length;
    const divided = Array.from({ length: count }, (_, index) =>
      namedFold({ ...division, fold: index + 1 }, dataset),
    );
    const sharesSubjects = divided.some(({ fold }) => fold.sharesSubjects);
    if (sharesSubjects)
      complain(
        "Training and validation images share subjects: the figures are too good for strangers' faces.",
      );
    const { recipe } = settings;
    const runs = divided.map(({ fold, record }, index): ExperimentRun => {
      const name = `fold${index + 1}`;
      return {
        name,
        dataset,
        partition: fold,
        model: options.model,
        recipe,
        seed: options.seed,
        init,
        out: join(out, name),
        threads: options.threads,
        record: { options: { ...settings.options, fold: index + 1 }, recipe },
        fold: record,
      };
    });
    const evaluations = await trainAndEvaluate(out, runs);
    const result = crossValidation(
      { dataset: dataset.name, protocol, sharesSubjects },
      evaluations.map((evaluation, index) => ({ name: divided[index]!.fold.name, evaluation })),
    );
    const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
    const rowOf = (name: string, row: (typeof result.folds)[number] | typeof result.pooled) => [
      name,
      String(row.samples),
      percent(row.accuracy),
      percent(row.balancedAccuracy),
      percent(row.macroF1),
    ];
    const rows = {
      header: ['fold', 'images', 'accuracy', 'balanced', 'macro-F1'],
      rows: [...result.folds.map((fold) => rowOf(fold.name, fold)), rowOf('all images', result.pooled)],
    };
    const { classNames } = dataset;
    const mean = `Mean of the folds ${percent(result.mean)}, deviation ${(100 * result.deviation).toFixed(1)} points.`;
    const note = `${crossValidationNote(result)} ${mean}`;
    await saveTable(out, 'crossval', { result, note, ...rows });
    if (json) printJson(result);
    else
      print(
        [
          note,
          '',
          terminalTable(rows),
          '',
          'Confusion of all images (rows: true, columns: recognised)',
          table(
            ['', ...classNames],
            result.pooled.confusion.map((row, label) => [classNames[label]!, ...row.map(String)]),
            classNames.map((_, index) => index + 1),
          ),
        ].join('\n'),
      );
  },
};
