import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { UserError } from '@sdnet/training';
import { CsvError, type Info, parse } from 'csv-parse';
import { fileError } from 'sdnet';
import { otherEncoding, saveAsUtf8, utf8Problem } from './utf8.js';

/** In bytes. A row of FER2013, the longest there are, has about 9,000. */
const longestRow = 1_000_000;

/** The advice where the end of a file seems to be missing. */
export const cutOff = 'If this is the last row, the file is cut off: fetch it again';

export interface CsvColumns<Required extends string, Optional extends string> {
  /** Found in the header by name, whatever their order and case. */
  readonly required: readonly Required[];
  readonly optional?: readonly Optional[];
  /** The columns of a file whose first line has none of the required names, as it has no header. */
  readonly header?: readonly string[];
  /** Whether a column of another name is an error. Default: it is passed over. */
  readonly noOthers?: boolean;
  /** Ends the message about a wrong header, such as `Is this fer2013.csv?`. */
  readonly advice: string;
}

/** A row under the header. */
export interface CsvRow<Required extends string, Optional extends string> {
  /** Without surrounding blanks; an optional column that the file does not have is absent. */
  readonly values: Record<Required, string> & Partial<Record<Optional, string>>;
  /** An error about this row: its message names file, row (from 1, without the header) and line (with it). */
  readonly problem: (text: string) => UserError;
}

/**
 * The rows of a CSV file with a header, in ASCII or UTF-8, streamed. `onProgress` hears how many of its bytes
 * are read. Throws a `UserError` naming the file and the row or line, also where a row has more than 1 MB, or a byte
 * that is not UTF-8 (whatever its column: replaced by a decoder, different names would become one).
 */
export async function* readCsv<Required extends string, Optional extends string = never>(
  file: string,
  columns: CsvColumns<Required, Optional>,
  onProgress: (done: number, total: number) => void = () => {},
): AsyncGenerator<CsvRow<Required, Optional>, void, undefined> {
  let rows = 0;
  let header: readonly string[] = [];
  let columnNames: readonly (Required | Optional | undefined)[] | undefined;
  try {
    const { start, size } = await look(file);
    const bytes = createReadStream(file, { start, highWaterMark: 1 << 20 });
    // Column counts are checked here, to say what a short row means.
    const parser = parse({
      // Fields as bytes, to see whether they are text.
      encoding: null,
      info: true,
      // So that a line of blanks is an empty one.
      ltrim: true,
      max_record_size: longestRow,
      relax_column_count: true,
      skip_empty_lines: true,
    });
    bytes.on('error', (error) => parser.destroy(error)).pipe(parser);
    try {
      for await (const { record: fields, info } of parser as AsyncIterable<{
        record: Buffer[];
        info: Info;
      }>) {
        if (!columnNames) {
          const isHeader = columns.header === undefined || hasColumn(fields, columns.required);
          const wrong = fields.map(utf8Problem).find((problem) => problem !== undefined);
          if (isHeader && wrong !== undefined)
            throw new UserError(`${file}, the header: ${wrong}. ${saveAsUtf8}.`);
          header = isHeader ? fields.map((field) => field.toString('utf8')) : columns.header!;
          columnNames = readHeader(file, header, columns);
          if (isHeader) continue;
        }
        const row = ++rows;
        const problem = (text: string) =>
          new UserError(`${file}, row ${row} (line ${info.lines}): ${readable(text)}.`);
        const record = fields.map((field, position) => {
          const wrong = utf8Problem(field);
          if (wrong === undefined) return field.toString('utf8');
          throw problem(`${header[position]?.trim() || `column ${position + 1}`} ${wrong}. ${saveAsUtf8}`);
        });
        if (record.length !== columnNames.length) {
          throw problem(`has ${record.length} columns, but the header has ${columnNames.length}. ${cutOff}`);
        }
        const values: Partial<Record<Required | Optional, string>> = {};
        for (const [position, name] of columnNames.entries()) {
          if (name !== undefined) values[name] = record[position]!.trim();
        }
        onProgress(bytes.bytesRead + start, size);
        yield { values: values as CsvRow<Required, Optional>['values'], problem };
      }
    } finally {
      bytes.destroy();
    }
  } catch (error) {
    if (!(error instanceof CsvError))
      throw error instanceof Error && 'syscall' in error ? fileError(file, error) : error;
    // Rows that were read before it may not have come here. The parser counts the header too.
    const where = error.records === 0 ? 'the header' : `row ${error.records}`;
    const problem =
      error.code === 'CSV_MAX_RECORD_SIZE'
        ? 'has more than 1 MB; a quote (") may be unclosed in it. Close or remove it, or fetch the file again'
        : `not readable as CSV (${readable(error.message)}). ${cutOff}`;
    throw new UserError(`${file}, ${where}: ${problem}.`, { cause: error });
  }
  if (!columnNames) throw wrongHeader(file, '', columns);
  if (rows === 0) throw new UserError(`${file}: has no rows below its header. Fetch the file again.`);
}

/** A message without most of a value that is longer than anybody reads, as one behind an unclosed quote. */
const readable = (text: string): string =>
  text.length <= 800 ? text : `${text.slice(0, 500)} … ${text.slice(-250)}`;

/** Where the text of a file begins, behind a byte order mark, and the file's size. */
async function look(file: string): Promise<{ start: number; size: number }> {
  const status = await stat(file);
  // Reading a pipe would wait for ever.
  if (!status.isFile() && !status.isDirectory())
    throw new UserError(`${file}: is a pipe or device, but a CSV file was expected.`);
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(1024), 0, 1024, 0);
    const bytes = buffer.subarray(0, bytesRead);
    const order = bytes.toString('hex', 0, 2);
    if (order === 'fffe' || order === 'feff' || bytes.includes(0))
      throw new UserError(`${file}: ${otherEncoding}. ${saveAsUtf8}.`);
    return { start: bytes.toString('hex', 0, 3) === 'efbbbf' ? 3 : 0, size: status.size };
  } finally {
    await handle.close();
  }
}

const hasColumn = (fields: readonly Buffer[], names: readonly string[]): boolean =>
  fields.some((field) => names.some((name) => isColumn(field.toString('utf8'), name)));

const isColumn = (field: string, name: string): boolean => name.toLowerCase() === field.trim().toLowerCase();

/** The name of each column; nothing for those nobody asked for. */
function readHeader<Required extends string, Optional extends string>(
  file: string,
  header: readonly string[],
  columns: CsvColumns<Required, Optional>,
): (Required | Optional | undefined)[] {
  const known: readonly (Required | Optional)[] = [...columns.required, ...(columns.optional ?? [])];
  const names = header.map((name) => known.find((column) => isColumn(name, column)));
  const isTwice = names.some((name, position) => name !== undefined && names.indexOf(name) < position);
  const isMissing = columns.required.some((name) => !names.includes(name));
  if (isMissing || isTwice || (columns.noOthers && names.includes(undefined)))
    throw wrongHeader(file, header.join(','), columns);
  return names;
}

function wrongHeader(file: string, header: string, columns: CsvColumns<string, string>): UserError {
  const { required, optional = [], advice } = columns;
  const found = JSON.stringify(header.length > 80 ? `${header.slice(0, 80)}…` : header);
  const expected = `the columns ${required.join(', ')}${optional.length > 0 ? ` and, where you like, ${optional.join(', ')}` : ''}`;
  return new UserError(`${file}, line 1: the header is ${found}, but ${expected} were expected. ${advice}`);
}
