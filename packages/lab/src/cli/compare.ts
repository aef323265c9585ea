import { basename, join } from 'node:path';
import type { CommandModule } from 'yargs';
import { compareNetworks } from '../experiments/comparison.js';
import { comparisonNote, comparisonRows } from '../experiments/comparison-rows.js';
import { experimentRun } from '../experiments/experiment-run.js';
import { paperTable1 } from '../experiments/paper-table-1.js';
import { speedsOf } from '../experiments/speeds.js';
import {
  type ExperimentArguments,
  experimentCommand,
  experimentOptions,
  requireDistinct,
  requireExperiment,
  runOptionsOf,
  saveTable,
  seedsOf,
  seedsOption,
  terminalTable,
  trainAndEvaluate,
} from './experiment.js';
import { namedFold, sharedSubjects } from './fold-options.js';
import { datasetOf } from './options.js';
import { complain, print, printJson } from './output.js';
import { makeRunsByQueue } from './run-queue.js';
import { newRun } from './run-settings.js';
import { UsageError } from './usage-error.js';

interface Arguments extends ExperimentArguments {
  readonly models: string;
  readonly seeds: string;
}

const known = Object.keys(paperTable1);

export const compareCommand: CommandModule<unknown, Arguments> = {
  command: 'compare',
  describe: "Train and evaluate several networks alike: the paper's Table 1",
  builder: (yargs) =>
    yargs
      .options({
        ...experimentOptions(
          'Folder of the comparison: a run folder <network>-seed<seed> for each training, as of sdnet train --out ' +
            'FOLDER/<network>-seed<seed>, table.json, table.md, speeds.json and evaluations/.',
        ),
        models: {
          type: 'string',
          requiresArg: true,
          default: known.join(','),
          description: 'Networks, separated by commas',
        },
        ...seedsOption,
      })
      .example(
        '$0 compare --dataset fer2013 --data fer2013.csv --epochs 30 --seeds 1 --out runs',
        'Table 1 on FER2013; started again it goes on where it was stopped',
      ),
  async handler(options) {
    const { out, json } = options;
    const models = modelsOf(options.models);
    const seeds = seedsOf(options.seeds);
    requireExperiment(options);
    const given = runOptionsOf(options);
    const settings = await Promise.all(
      models.flatMap((model) =>
        seeds.map((seed) => newRun({ ...given, model, seed }, join(out, `${model}-seed${seed}`))),
      ),
    );
    const make = await makeRunsByQueue(options.queue);
    const dataset = await datasetOf(options);
    const { fold, record: foldRecord } = namedFold({ 'data-seed': options['data-seed'] }, dataset, complain);
    const warning = sharedSubjects({ ...fold, protocol: foldRecord.protocol });
    if (warning) complain(warning);
    const runs = settings.map(({ out: folder, ...record }) =>
      experimentRun({ name: basename(folder), out: folder, record }, { dataset, fold, foldRecord }),
    );
    const evaluations = await trainAndEvaluate(out, runs, { make });
    const comparison = compareNetworks(
      { dataset: dataset.name, sharesSubjects: fold.sharesSubjects },
      evaluations,
    );
    const speeds = await speedsOf(out, runs);
    const rows = comparisonRows(comparison, speeds);
    const note = comparisonNote(comparison);
    const command = experimentCommand('compare', options, ['models', 'seeds']);
    await saveTable(out, 'table', { result: comparison, command, note, ...rows });
    if (json) printJson({ ...comparison, speeds });
    else print(`${note}\n\n${terminalTable(rows)}`);
  },
};

/** @throws UsageError where the list names none, an unknown one, or one twice */
function modelsOf(list: string): string[] {
  const models = list.split(',').map((name) => name.trim());
  const unknown = models.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new UsageError(
      `--models ${list}: there is no network ${JSON.stringify(unknown)}; choose of ${known.join(', ')}.`,
    );
  requireDistinct('models', list, models);
  return models;
}
