import { type Dataset, expressions, type Sample, type Split } from '@sdnet/training';
import { type CsvRow, cutOff, readCsv } from '../files/read-csv.js';
import { packedPixels } from '../images/packed-pixels.js';

const side = 48;
const columns = ['emotion', 'pixels', 'Usage'] as const;

/** The splits as `fer2013.csv` and `fer2013new.csv` call them. */
export const splitOfUsage: ReadonlyMap<string, Split> = new Map([
  ['Training', 'train'],
  ['PublicTest', 'validation'],
  ['PrivateTest', 'test'],
]);

/**
 * FER2013 from `fer2013.csv`: columns `emotion` (0 … 6), `pixels` (2,304 grey levels 0 … 255 separated by
 * spaces) and `Usage` (Training, PublicTest or PrivateTest), found by their names; ASCII or UTF-8.
 *
 * The file is streamed. `onProgress` hears how many of its bytes are read. Throws a `UserError` naming the file
 * and the row: rows are counted from 1 without the header, lines with it.
 */
export async function readFer2013Csv(
  file: string,
  onProgress?: (done: number, total: number) => void,
): Promise<Dataset> {
  const images: Uint8Array[] = [];
  const samples: Sample[] = [];
  const rows = readCsv(file, { required: columns, advice: 'Is this fer2013.csv?' }, onProgress);
  for await (const row of rows) {
    const { image, label, split } = readRow(row);
    images.push(image);
    samples.push({ source: `row ${images.length}`, label, split });
  }

  const pixels = packedPixels(file, images.length, side, side, 1);
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

function readRow({ values, problem }: CsvRow<(typeof columns)[number], never>) {
  const { emotion, pixels, Usage: usage } = values;
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
