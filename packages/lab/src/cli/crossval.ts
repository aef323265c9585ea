import { join } from 'node:path';
import { type Dataset, UserError } from '@sdnet/training';
import type { CommandModule } from 'yargs';
import { foldsOf } from '../datasets/protocols.js';
import { percent } from '../experiments/cells.js';
import { crossValidation, crossValidationNote } from '../experiments/cross-validation.js';
import { experimentRun } from '../experiments/experiment-run.js';
import { knownImages, type NamedWeights } from './evaluated-images.js';
import {
  type ExperimentArguments,
  experimentCommand,
  experimentOptions,
  requireExperiment,
  runOptionsOf,
  saveTable,
  terminalTable,
  trainAndEvaluate,
} from './experiment.js';
import { namedFold, sharedSubjects } from './fold-options.js';
import { datasetOf, modelNames, requireWhole, seedOption } from './options.js';
import { complain, print, printJson } from './output.js';
import { makeRunsByQueue } from './run-queue.js';
import { newRun, runDefaults } from './run-settings.js';
import { table } from './table.js';
import { weightsOf } from './weights.js';

const protocols = ['subjects', 'leave-one-subject-out', 'random'] as const;

interface Arguments extends ExperimentArguments {
  readonly protocol: (typeof protocols)[number];
  readonly folds?: number | undefined;
  readonly model: string;
  readonly seed: number;
  readonly init?: string | undefined;
}

export const crossvalCommand: CommandModule<unknown, Arguments> = {
  command: 'crossval',
  describe: 'Train and evaluate on every fold of a data set: mean, deviation and pooled confusion',
  builder: (yargs) =>
    yargs
      .options({
        ...experimentOptions(
          'Folder of the cross-validation: a run folder fold<number> for each fold, crossval.json, crossval.md and ' +
            'evaluations/.',
        ),
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
        model: { choices: modelNames, default: runDefaults.model as string, description: 'Network' },
        seed: { ...seedOption.seed, default: runDefaults.seed as number },
        init: {
          type: 'string',
          requiresArg: true,
          description: 'Weights or run folder to fine-tune from, in each fold',
        },
      })
      .example(
        '$0 crossval --dataset ck+48 --data CK+48 --init models/sdnet-fer2013 --epochs 6 --out runs/ck',
        'Ten folds without shared subjects, fine-tuned from the shipped weights',
      ),
  async handler(options) {
    const { protocol, folds: k, init: initPath, out, json } = options;
    requireExperiment(options);
    requireWhole({ seed: options.seed }, 0);
    const given = runOptionsOf(options);
    const settings = await newRun(given, out);
    const make = await makeRunsByQueue(options.queue);
    const init = initPath === undefined ? undefined : await weightsOf(initPath);
    const dataset = await datasetOf(options);
    const division = { 'data-seed': options['data-seed'], protocol, folds: k };
    const count = foldsOf(dataset, { protocol, k, seed: options['data-seed'] }).length;
    const divided = Array.from({ length: count }, (_, index) =>
      namedFold({ ...division, fold: index + 1 }, dataset),
    );
    const sharesSubjects = divided.some(({ fold }) => fold.sharesSubjects);
    const warning = sharedSubjects({ name: 'the folds', sharesSubjects, protocol });
    if (warning) complain(warning);
    if (init) await requireUnseenImages({ path: initPath!, weights: init }, dataset);
    const { recipe } = settings;
    const runs = divided.map(({ fold, record: foldRecord }, index) => {
      const name = `fold${index + 1}`;
      return experimentRun(
        {
          ...{ name, out: join(out, name) },
          record: { options: { ...settings.options, fold: index + 1 }, recipe },
        },
        { dataset, fold, foldRecord, init },
      );
    });
    const evaluations = await trainAndEvaluate(out, runs, { make });
    const result = crossValidation(
      { dataset: dataset.name, protocol, sharesSubjects, isFineTuned: init !== undefined },
      evaluations.map((evaluation, index) => ({ name: divided[index]!.fold.name, evaluation })),
    );
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
    const command = experimentCommand('crossval', options, []);
    await saveTable(out, 'crossval', { result, command, note, ...rows });
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

/** Throws where the folds' networks would begin with knowledge of their validation images, or may. */
async function requireUnseenImages(init: NamedWeights, dataset: Dataset): Promise<void> {
  const known = await knownImages(init, dataset, [...dataset.samples.keys()], { isOfficial: false });
  if (known !== undefined)
    throw new UserError(`--init: ${known} Begin with weights that were trained on other images.`);
}
