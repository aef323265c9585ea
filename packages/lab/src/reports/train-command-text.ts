import { commandText } from '../runs/command-text.js';
import { type RunRecord, runOptionNames } from '../runs/run-record.js';

/** The command that trained a run. */
export const trainCommandText = ({ options }: RunRecord): string =>
  commandText(
    'train',
    Object.fromEntries([
      ['dataset', options.dataset],
      ['data', options.data],
      ...runOptionNames.map((name) => [name, options[name]]),
      ['out', ''],
    ]),
  );
