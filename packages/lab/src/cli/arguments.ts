import { UsageError } from './usage-error.js';

/** Begins an operand that must not be taken for anything else; no file's name can contain it. */
const mark = '\0';

/** Operands by command: as an option, yargs would take one for the operand's value, and then drop it. */
const operands: Readonly<Record<string, readonly string[]>> = {
  predict: ['images'],
  explain: ['image'],
  inspect: ['network'],
  report: ['what'],
};

/** What is no option of the command, even though yargs knows it. */
function notOptionsOf(args: readonly string[]): readonly string[] {
  const command = args.find((text) => !text.startsWith('-')) ?? '';
  return ['_', '$0', ...(Object.hasOwn(operands, command) ? operands[command]! : [])];
}

const isCompletion = (args: readonly string[]): boolean => args.includes('--get-yargs-completions');

/**
 * The command line such that yargs drops nothing of it: what follows on `--` and a lone `-` are marked as operands, and
 * so are `true` and `false`, which it would take as the value of a flag before them.
 *
 * @throws UsageError where an argument is empty
 */
export function markedOperands(args: readonly string[]): string[] {
  if (isCompletion(args)) return [...args];
  const end = args.indexOf('--');
  const before = end === -1 ? args : args.slice(0, end);
  const after = end === -1 ? [] : args.slice(end + 1);
  const notOptions = notOptionsOf(before);
  for (const [index, text] of before.entries()) {
    const [, name, value] = /^--([^=]+)(?:=(.*))?$/s.exec(text) ?? [];
    if (name !== undefined && notOptions.includes(name)) throw new UsageError(`Unknown argument: ${name}`);
    if (name !== undefined && value?.trim() === '')
      throw new UsageError(`--${name} is empty; a value is expected.`);
    if (text.trim() === '' && before[index - 1]?.startsWith('--'))
      throw new UsageError(`${before[index - 1]} is empty; a value is expected.`);
  }
  if (args.includes('')) throw new UsageError('An argument is empty; leave it out, or name something.');
  return [
    ...before.map((text) => (['-', 'true', 'false'].includes(text) ? mark + text : text)),
    ...after.map((text) => mark + text),
  ];
}

/** Without marks, nor those in what yargs quotes as JSON. */
export const unmarked = (text: string): string => text.replaceAll(mark, '').replaceAll('"\\u0000', '"');

/** Takes the marks from what yargs has parsed. */
export function unmark(parsed: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(parsed))
    if (typeof value === 'string') parsed[name] = unmarked(value);
    else if (Array.isArray(value))
      parsed[name] = value.map((one: unknown) => (typeof one === 'string' ? unmarked(one) : one));
}

/** Options that a command takes several times. */
const repeatable: Readonly<Record<string, readonly string[]>> = {
  train: ['teacher'],
  evaluate: ['weights'],
};

/** yargs makes a list of an option that is given twice, NaN of what is no number, and false of every text but `true`. */
export function requireOneValueEach(
  { _, images, ...options }: Readonly<Record<string, unknown>>,
  args: readonly string[],
): void {
  const command = Array.isArray(_) ? String(_[0]) : '';
  const lists = Object.hasOwn(repeatable, command) ? repeatable[command]! : [];
  const twice = Object.entries(options).find(
    ([name, value]) => Array.isArray(value) && !lists.includes(name),
  );
  if (twice) throw new UsageError(`--${twice[0]} is given more than once.`);
  for (const [index, text] of args.entries()) {
    const [, name, value] = /^--([^=]+)(?:=(.*))?$/s.exec(text) ?? [];
    if (name === undefined) continue;
    if (Number.isNaN(options[name]))
      throw new UsageError(`--${name} ${unmarked(value ?? args[index + 1]!)}: a number is expected.`);
    if (typeof options[name] === 'boolean' && value !== undefined && value !== 'true' && value !== 'false')
      throw new UsageError(`--${name} ${value}: true or false is expected.`);
  }
}
