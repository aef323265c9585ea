import { createRequire } from 'node:module';
import { UserError } from '@sdnet/training';
import { ScoresError } from 'sdnet';
import yargs from 'yargs';
import { datasetsCommand } from './datasets.js';
import { evaluateCommand } from './evaluate.js';
import { exportCommand } from './export.js';
import { inspectCommand } from './inspect.js';
import { Interrupted } from './interruption.js';
import { predictCommand } from './predict.js';
import { trainCommand } from './train.js';
import { UsageError } from './usage-error.js';

/** What the process exits with. */
const exitCodes = { success: 0, failure: 1, usage: 2, interrupted: 130 } as const;

/** yargs makes a list of an option that is given twice, and takes an empty text for a value. */
function oneValueEach({ _, images, ...options }: Readonly<Record<string, unknown>>): true {
  const twice = Object.entries(options).find(([, value]) => Array.isArray(value));
  if (twice) throw new UsageError(`--${twice[0]} is given more than once.`);
  const empty = Object.entries(options).find(([, value]) => value === '');
  if (empty) throw new UsageError(`--${empty[0]} is empty; a value is expected.`);
  return true;
}

/** Of the package this is part of. */
const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

/**
 * The `sdnet` command. Results go to standard output, progress and messages to standard error.
 *
 * @param args the command line after the program's name
 * @returns the exit code
 */
export async function main(args: readonly string[]): Promise<number> {
  const parser = yargs([...args])
    .scriptName('sdnet')
    .usage(
      '$0 <command>\n\nFacial expression recognition: train, evaluate, use and export SDNet and four other networks.',
    )
    .command(predictCommand)
    .command(evaluateCommand)
    .command(trainCommand)
    .command(inspectCommand)
    .command(exportCommand)
    .command(datasetsCommand)
    .completion('completion', 'Print a script that completes commands and options in your shell')
    .demandCommand(1, 'Name a command.')
    .strict()
    .check(oneValueEach)
    .recommendCommands()
    .version(version)
    .help()
    .alias('help', 'h')
    .wrap(Math.min(110, process.stderr.columns ?? 110))
    .epilogue(
      'Exit codes: 0 done; 1 files or data are wrong, the message says which; 2 the command line is wrong; 130 interrupted.',
    )
    .exitProcess(false)
    .fail((message, error) => {
      // Some of what yargs finds wrong comes as its own error, all else as a message alone.
      if (error && error.name !== 'YError') throw error;
      const isMissing = message.startsWith('Not enough non-option arguments');
      throw new UsageError(isMissing ? 'The command does not say on what: an argument is missing.' : message);
    });
  try {
    await parser.parseAsync();
    return exitCodes.success;
  } catch (error) {
    if (error instanceof Interrupted) {
      console.error(error.message);
      return exitCodes.interrupted;
    }
    if (error instanceof UsageError) {
      console.error(`${error.message}\nSee sdnet --help, or sdnet <command> --help.`);
      return exitCodes.usage;
    }
    const isForPerson =
      error instanceof UserError ||
      error instanceof ScoresError ||
      (error as Error).name === 'MissingPackageError';
    console.error(isForPerson ? (error as Error).message : error);
    return exitCodes.failure;
  }
}
