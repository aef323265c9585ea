import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { CsvError, type Info, parse } from 'csv-parse';
import { fileError } from '../file-error.js';
import { UserError } from '../user-error.js';
import type { Dataset, Sample, Split } from './dataset.js';
import { expressions } from './expressions.js';

const side = 48;
const columns = ['emotion', 'pixels', 'Usage'];

const splitOfUsage = new Map<string, Split>([
  ['Training', 'train'],
  ['PublicTest', 'validation'],
  ['PrivateTest', 'test'],
]);

const cutOff = 'If this is the last row, the file is cut off: fetch it again';

/**
 * FER2013 from `fer2013.csv`: columns `emotion` (0 … 6), `pixels` (2,304 grey levels 0 … 255 separated by
 * spaces) and `Usage` (Training, PublicTest or PrivateTest), found by their names; ASCII or UTF-8.
 *
 * The file is streamed. `onProgress` hears how many of its bytes are read. Throws a `UserError` naming the file
 * and the row: rows are counted from 1 without the header, lines with it.
 */
export async function readFer2013Csv(
  file: string,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<Dataset> {
  const images: Uint8Array[] = [];
  const samples: Sample[] = [];
  let readRow: ReturnType<typeof rowReader> | undefined;
  try {
    await checkEncoding(file);
    const { size } = await stat(file);
    const bytes = createReadStream(file, { highWaterMark: 1 << 20 });
    // Column counts are checked here, to say what a short row means.
    const parser = parse({ bom: true, info: true, relax_column_count: true, skip_empty_lines: true });
    bytes.on('error', (error) => parser.destroy(error)).pipe(parser);
    try {
      for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: Info }>) {
        if (!readRow) {
          readRow = rowReader(file, record);
          continue;
        }
        const { image, label, split } = readRow(record, images.length + 1, info.lines);
        images.push(image);
        samples.push({ source: `row ${images.length}`, label, split });
        onProgress(bytes.bytesRead, size);
      }
    } finally {
      bytes.destroy();
    }
  } catch (error) {
    if (!(error instanceof CsvError))
      throw error instanceof Error && 'syscall' in error ? fileError(file, error) : error;
    const where = images.length === 0 ? 'the first row' : `after row ${images.length}`;
    throw new UserError(`${file}, ${where}: not readable as CSV (${error.message}). ${cutOff}.`, {
      cause: error,
    });
  }
  if (!readRow) throw wrongHeader(file, '');
  if (images.length === 0) {
    throw new UserError(`${file}: has no rows below its header. Fetch the file again.`);
  }

  const pixels = new Uint8Array(images.length * side * side);
  for (const [index, image] of images.entries()) pixels.set(image, index * image.length);
  return {
    name: 'fer2013',
    classNames: expressions,
    width: side,
    height: side,
    channels: 1,
    pixels,
    samples,
  };
}

async function checkEncoding(file: string): Promise<void> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(1024), 0, 1024, 0);
    const start = buffer.subarray(0, bytesRead);
    const order = start.toString('hex', 0, 2);
    if (order === 'fffe' || order === 'feff' || start.includes(0)) {
      throw new UserError(
        `${file}: is in another encoding (UTF-16 or binary); expected CSV as ASCII or UTF-8. ` +
          'Save it as UTF-8, or fetch it again.',
      );
    }
  } finally {
    await handle.close();
  }
}

function wrongHeader(file: string, header: string): UserError {
  const found = JSON.stringify(header.length > 80 ? `${header.slice(0, 80)}…` : header);
  return new UserError(
    `${file}, line 1: the header is ${found}, but the columns ${columns.join(', ')} were expected. ` +
      'Is this fer2013.csv?',
  );
}

/** How a row is read under this header. */
function rowReader(file: string, header: readonly string[]) {
  const names = header.map((name) => name.trim().toLowerCase());
  const positions = columns.map((column) => names.indexOf(column.toLowerCase()));
  if (positions.includes(-1)) throw wrongHeader(file, header.join(','));

  return (record: readonly string[], row: number, line: number) => {
    const problem = (text: string) => new UserError(`${file}, row ${row} (line ${line}): ${text}.`);
    if (record.length !== header.length) {
      throw problem(`has ${record.length} columns, but the header has ${header.length}. ${cutOff}`);
    }
    const [emotion, pixels, usage] = positions.map((position) => record[position]!.trim()) as [
      string,
      string,
      string,
    ];
    if (!/^[0-6]$/.test(emotion)) {
      throw problem(
        `emotion is ${JSON.stringify(emotion)}, but a number from 0 (${expressions[0]}) to 6 ` +
          `(${expressions[6]}) was expected`,
      );
    }
    const split = splitOfUsage.get(usage);
    if (!split) {
      throw problem(
        `Usage is ${JSON.stringify(usage)}, but ${[...splitOfUsage.keys()].join(', ')} were expected. ${cutOff}`,
      );
    }
    const image = new Uint8Array(side * side);
    if (!readPixels(pixels, image)) throw problem(pixelProblem(pixels));
    return { image, label: Number(emotion), split };
  };
}

/** Whether `text` holds just as many grey levels as `image`, which then has them. */
function readPixels(text: string, image: Uint8Array): boolean {
  let count = 0;
  let value = -1;
  for (let position = 0; position <= text.length; position++) {
    const digit = position < text.length ? text.charCodeAt(position) - 48 : -16;
    if (digit >= 0 && digit <= 9) {
      value = Math.max(value, 0) * 10 + digit;
      if (value > 255) return false;
    } else if (digit !== -16) {
      return false;
    } else if (value >= 0) {
      if (count < image.length) image[count] = value;
      count++;
      value = -1;
    }
  }
  return count === image.length;
}

function pixelProblem(text: string): string {
  const values = text.split(' ').filter((value) => value !== '');
  const wrong = values.findIndex((value) => !/^\d+$/.test(value) || Number(value) > 255);
  if (wrong >= 0) {
    const shown = values[wrong]!.slice(0, 20);
    return `pixel ${wrong + 1} is ${JSON.stringify(shown)}, but a whole number from 0 to 255 was expected`;
  }
  return `has ${values.length} pixels, but ${side * side} (${side}×${side}) were expected`;
}
