import { setImmediate } from 'node:timers/promises';
import { UserError } from '@sdnet/training';
import { fileError, ScoresError } from 'sdnet';
import yargs from 'yargs';
import { packageVersion } from '../files/package-version.js';
import { markedOperands, requireOneValueEach, unmark, unmarked } from './arguments.js';
import { ablateCommand } from './ablate.js';
import { commandsOfPackages } from './command-packages.js';
import { compareCommand } from './compare.js';
import { crossvalCommand } from './crossval.js';
import { datasetsCommand } from './datasets.js';
import { evaluateCommand } from './evaluate.js';
import { explainCommand } from './explain.js';
import { exportCommand } from './export.js';
import { inspectCommand } from './inspect.js';
import { Interrupted } from './interruption.js';
import { complain, complainOfFault, ReaderLeft, requireReader, watchReaders } from './output.js';
import { predictCommand } from './predict.js';
import { reportCommand } from './report.js';
import { trainCommand } from './train.js';
import { UsageError } from './usage-error.js';

/** What the process exits with. */
const exitCodes = { success: 0, failure: 1, usage: 2, interrupted: 130 } as const;

/**
 * The `sdnet` command. Results go to standard output, progress and messages to standard error.
 *
 * @param args the command line after the program's name
 * @returns the exit code
 */
export async function main(args: readonly string[]): Promise<number> {
  watchReaders();
  try {
    await run(args);
    // Whether what was printed last has reached its reader is known only now.
    await setImmediate();
    requireReader();
    return exitCodes.success;
  } catch (error) {
    return answer(error);
  }
}

async function run(args: readonly string[]): Promise<void> {
  const marked = markedOperands(args);
  await yargs(marked)
    .parserConfiguration({
      // `--seed.x` is no part of `--seed`.
      'dot-notation': false,
      'boolean-negation': false,
      'parse-positional-numbers': false,
    })
    .scriptName('sdnet')
    .usage(
      '$0 <command>\n\nFacial expression recognition: train, evaluate, use and export SDNet and four other networks.',
    )
    .command(predictCommand)
    .command(explainCommand)
    .command(evaluateCommand)
    .command(trainCommand)
    .command(compareCommand)
    .command(ablateCommand)
    .command(crossvalCommand)
    .command(reportCommand)
    .command(inspectCommand)
    .command(exportCommand)
    .command(datasetsCommand)
    .command([...commandsOfPackages])
    .completion('completion', 'Print a script that completes commands and options in your shell')
    .demandCommand(1, 'Name a command.')
    .strict()
    .check((options) => {
      requireOneValueEach(options, marked);
      return true;
    })
    .middleware(unmark)
    .recommendCommands()
    .version(packageVersion)
    .help()
    .alias('help', 'h')
    .wrap(Math.min(110, process.stderr.columns ?? 110))
    .epilogue(
      'Exit codes: 0 done; 1 what is named cannot be used, the message says why; 2 the command line cannot be understood; ' +
        '130 interrupted.\n' +
        'After -- everything is an operand, whatever it begins with.',
    )
    .exitProcess(false)
    .fail((message, error) => {
      // Some of what yargs finds wrong comes as its own error, all else as a message alone.
      if (error && error.name !== 'YError') throw error;
      const isMissing = message.startsWith('Not enough non-option arguments');
      throw new UsageError(
        isMissing
          ? 'The command does not say on what: an argument is missing.'
          : unmarked(message).replace(/\s*\n\s*/g, ' '),
      );
    })
    .parseAsync();
}

const isForPerson = (error: unknown): error is Error =>
  error instanceof UserError ||
  error instanceof ScoresError ||
  (error instanceof Error && error.name === 'MissingPackageError');

/** What the operating system refused, such as `ENOENT: no such file or directory, open '…'`. */
const isSystemError = (error: unknown): error is NodeJS.ErrnoException & { readonly syscall: string } =>
  error instanceof Error && 'syscall' in error && typeof error.syscall === 'string';

/** Says what went wrong, and returns the exit code. */
function answer(error: unknown): number {
  if (error instanceof ReaderLeft) return exitCodes.success;
  if (error instanceof Interrupted) {
    complain(error.message);
    return exitCodes.interrupted;
  }
  if (error instanceof UsageError) {
    complain(error.message);
    complain('See sdnet --help, or sdnet <command> --help.');
    return exitCodes.usage;
  }
  if (isForPerson(error)) complain(error.message);
  else if (isSystemError(error)) complain(fileError(error.path ?? error.syscall, error).message);
  else complainOfFault(error);
  return exitCodes.failure;
}
