import type { CommandModule } from 'yargs';
import { checkDataset } from '../datasets-check/datasets-check.js';
import { cropCommand } from './datasets-crop.js';
import { datasetReportText } from './datasets-check-text.js';
import { type DatasetArguments, datasetOf, datasetOptions, jsonOption } from './options.js';
import { print, printJson } from './output.js';

interface CheckArguments extends DatasetArguments {
  readonly json: boolean;
}

const checkCommand: CommandModule<unknown, CheckArguments> = {
  command: 'check',
  describe:
    'Look a data set over: counts, class weights, unreadable files, duplicates, leaks, shared subjects',
  builder: (yargs) => yargs.options({ ...datasetOptions, ...jsonOption }),
  async handler({ json, ...options }) {
    const unreadable: string[] = [];
    const dataset = await datasetOf(options, (message) => unreadable.push(message));
    const report = checkDataset(dataset, unreadable);
    if (json) printJson(report);
    else print(datasetReportText(report));
  },
};

export const datasetsCommand: CommandModule = {
  command: 'datasets',
  describe: 'Look after data sets',
  builder: (yargs) =>
    yargs
      .command(checkCommand)
      .command(cropCommand)
      .demandCommand(1, 'Name what to do: check or crop.')
      .strict(),
  handler() {},
};
