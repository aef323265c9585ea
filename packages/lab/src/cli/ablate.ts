import { join } from 'node:path';
import { classCounts } from '@sdnet/training';
import type { CommandModule } from 'yargs';
import { ablationNote, ablationRows, ablationsOf, ablationTable } from '../experiments/ablation.js';
import { experimentRun } from '../experiments/experiment-run.js';
import {
  type ExperimentArguments,
  experimentCommand,
  experimentOptions,
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

interface Arguments extends ExperimentArguments {
  readonly seeds: string;
}

export const ablateCommand: CommandModule<unknown, Arguments> = {
  command: 'ablate',
  describe: 'Train SDNet without each of its parts, and with other factors of the RO loss',
  builder: (yargs) =>
    yargs
      .options({
        ...experimentOptions(
          'Folder of the ablation: a run folder sdnet-seed<seed> for the whole, sdnet-<ablation>-seed<seed> for each ' +
            'other, ablation.json, ablation.md and evaluations/.',
        ),
        ...seedsOption,
      })
      .example(
        '$0 ablate --dataset fer2013 --data fer2013.csv --recipe strong-48.yaml --epochs 12 --out runs/ablation',
        'With a recipe of your own that extends strong with size: 48',
      ),
  async handler(options) {
    const { out, json } = options;
    const seeds = seedsOf(options.seeds);
    requireExperiment(options);
    const settings = await newRun({ ...runOptionsOf(options), model: 'sdnet' }, out);
    const make = await makeRunsByQueue(options.queue);
    const dataset = await datasetOf(options);
    const { fold, record: foldRecord } = namedFold({ 'data-seed': options['data-seed'] }, dataset, complain);
    const warning = sharedSubjects({ ...fold, protocol: foldRecord.protocol });
    if (warning) complain(warning);
    const ablations = ablationsOf(settings.recipe);
    const runs = ablations.flatMap(({ name: ablation, variant, recipe }) =>
      seeds.map((seed) => {
        const name = ablation === 'whole' ? `sdnet-seed${seed}` : `sdnet-${ablation}-seed${seed}`;
        const runOptions = { ...settings.options, seed, ...(variant !== undefined && { variant }) };
        return experimentRun(
          { name, out: join(out, name), record: { options: runOptions, recipe } },
          { dataset, fold, foldRecord },
        );
      }),
    );
    const evaluations = await trainAndEvaluate(out, runs, { make, training: true });
    const result = ablationTable(
      { dataset: dataset.name, sharesSubjects: fold.sharesSubjects },
      ablations.map((ablation, index) => ({
        ablation,
        evaluations: evaluations.slice(index * seeds.length, (index + 1) * seeds.length),
      })),
      classCounts(dataset, fold.train),
    );
    const rows = ablationRows(result);
    const note = ablationNote(result);
    const command = experimentCommand('ablate', options, ['seeds']);
    await saveTable(out, 'ablation', { result, command, note, ...rows });
    if (json) printJson(result);
    else print(`${note}\n\n${terminalTable(rows)}`);
  },
};
