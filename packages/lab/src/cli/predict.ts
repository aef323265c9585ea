import { extname } from 'node:path';
import { nodeRuntime } from '@sdnet/autograd/node';
import { UserError } from '@sdnet/training';
import {
  createCropRecognizer,
  createRecognizer,
  type DecodedImage,
  type Face,
  type Recognition,
} from 'sdnet';
import type { CommandModule } from 'yargs';
import { visible } from '../files/visible.js';
import { requireOutputFile } from '../files/require-output-file.js';
import { writeFile } from '../files/write-file.js';
import { decodeImageFile } from './decode-image-file.js';
import { drawingsIn } from './drawings.js';
import { expandImages, type ImageFile } from './expand-images.js';
import { faceOptions } from './face-options.js';
import { facesCsv } from './faces-csv.js';
import { imagesDisplay } from './images-display.js';
import { jsonOption, requireMinimumFace, requireWhole } from './options.js';
import { complain, print, printingBeside, printJson } from './output.js';
import { areVideos, predictVideos, type VideoArguments, videoOptions } from './predict-video.js';
import { UsageError } from './usage-error.js';
import { weightsFileOf, weightsOf, weightsOption } from './weights.js';

interface Arguments extends VideoArguments {
  readonly images: string[];
}

/** What came of an image: what was read in it, or why it was not. */
type Outcome<Result> = { readonly file: string } & (
  { readonly result: Result; readonly problem?: undefined } | { readonly problem: UserError }
);

/** Crops that go through the network together. */
const batch = 32;

export const predictCommand: CommandModule<unknown, Arguments> = {
  command: 'predict <images..>',
  describe: 'Find faces in photos or videos and read their expressions',
  builder: (yargs) =>
    yargs
      .positional('images', {
        type: 'string',
        array: true,
        demandOption: true,
        description:
          'Images: files, folders, quoted patterns; - is standard input. Or videos: files, quoted patterns',
      })
      .options({
        ...weightsOption,
        ...faceOptions,
        ...jsonOption,
        jsonl: {
          type: 'boolean',
          default: false,
          description: 'Print a line of JSON for each image, as soon as it is read',
        },
        csv: { type: 'string', requiresArg: true, description: 'Write a row for each face to this file' },
        draw: {
          type: 'string',
          requiresArg: true,
          description: 'Write each photo into this folder, with a box and bars for each face',
        },
        ...videoOptions,
      })
      .example('$0 predict photo.jpg', 'Print what the faces in a photo show')
      .example('$0 predict photos/ --csv faces.csv', 'Write every face in a folder of photos to a table')
      .example('$0 predict photos/ --draw drawn', 'Look at what is found in a folder of photos')
      .example(
        '$0 predict clip.mp4 --csv faces.csv --chart faces.svg',
        'Follow the faces of a video over time',
      )
      .example('$0 predict faces/ --cropped --json', 'Print every score of every face crop, for a program'),
  async handler(options) {
    requireMeaning(options);
    const { images, cropped, csv } = options;
    const files = await expandImages(images);
    if (csv !== undefined)
      requireTable(csv, [...files.map(({ file }) => file), weightsFileOf(options.weights)]);
    if (areVideos(files, options)) return predictVideos(files, options);
    await (cropped ? predictCrops(files, options) : predictPhotos(files, options));
  },
};

function requireMeaning(options: Arguments): void {
  const {
    'minimum-face': minimumFace,
    'maximum-faces': maximumFaces,
    views,
    cropped,
    csv,
    draw,
    json,
    jsonl,
  } = options;
  if (json && jsonl) throw new UsageError('--json and --jsonl: choose one.');
  requireWhole({ 'maximum-faces': maximumFaces }, 1);
  requireMinimumFace(minimumFace);
  const ofPhotos = { 'minimum-face': minimumFace, 'maximum-faces': maximumFaces, views, csv, draw };
  for (const [name, value] of Object.entries(ofPhotos))
    if (cropped && value !== undefined)
      throw new UsageError(`--${name} is for photos; with --cropped, no face is looked for.`);
}

/** Throws where `--csv` names no file for a table, or one that is read. */
function requireTable(csv: string, read: readonly string[]): void {
  requireOutputFile(csv, 'faces', read);
  if (extname(csv).toLowerCase() !== '.csv')
    throw new UsageError(`--csv ${csv}: a file called .csv is expected.`);
}

/** Reads the faces in photos, one photo after the other. */
async function predictPhotos(files: readonly ImageFile[], options: Arguments): Promise<void> {
  const { 'minimum-face': minimumFace, 'maximum-faces': maximumFaces, views, csv, draw } = options;
  const readable = files.flatMap(({ file, problem }) => (problem ? [] : [file]));
  const drawInto = draw === undefined ? undefined : await drawingsIn(draw, readable);
  const recognizer = await createRecognizer({
    weights: weightsFileOf(options.weights),
    minimumFace,
    maximumFaces,
    views,
  });
  try {
    const table: { file: string; face: Face }[] = [];
    async function* outcomes(): AsyncGenerator<Outcome<Face[]>> {
      for (const entry of files) {
        const outcome = await outcomeOf(entry, async () => {
          const image = await decodeImageFile(entry);
          return { image, faces: await recognizer.recognize(image) };
        });
        if (outcome.problem) {
          yield outcome;
          continue;
        }
        const { file, result } = outcome;
        // Copies: with a face itself, the recognizer keeps what it saw of it.
        const faces = result.faces.map((face) => ({ ...face }));
        if (csv !== undefined) table.push(...faces.map((face) => ({ file, face })));
        // What cannot be written ends all: the next could not be either.
        await drawInto?.(file, result.image, faces);
        yield { file, result: faces };
      }
    }
    const refused = await show(outcomes(), files.length, options, {
      lines: linesOfPhoto,
      json: (file, faces) => ({ file, faces }),
    });
    // Of nothing read there is no table, and one that is there is of more.
    if (csv !== undefined && refused.length < files.length)
      await writeFile(csv, facesCsv(table, recognizer.classNames));
    requireNone(refused, files.length);
  } finally {
    await recognizer.release();
  }
}

/** Reads images that are one face each, many at a time. */
async function predictCrops(files: readonly ImageFile[], options: Arguments): Promise<void> {
  const recognizer = await createCropRecognizer(nodeRuntime, await weightsOf(options.weights));
  try {
    async function* outcomes(): AsyncGenerator<Outcome<Recognition>> {
      for (let start = 0; start < files.length; start += batch)
        yield* await outcomesOfCrops(recognizer.recognize, files.slice(start, start + batch));
    }
    const refused = await show(outcomes(), files.length, options, {
      lines: (file, recognition) => [`${visible(file)}: ${readingOf(recognition)}`],
      json: (file, recognition) => ({ file, ...recognition }),
    });
    requireNone(refused, files.length);
  } finally {
    await recognizer.release();
  }
}

/**
 * Prints outcomes as they come; answers what was refused. Of several images, each that is refused is named at once. Where
 * files are written as well, they are whole whether or not somebody reads what is printed.
 */
async function show<Result>(
  outcomes: AsyncIterable<Outcome<Result>>,
  count: number,
  { json, jsonl, csv, draw }: Arguments,
  as: {
    readonly lines: (file: string, result: Result) => string[];
    readonly json: (file: string, result: Result) => object;
  },
): Promise<UserError[]> {
  const objects: object[] = [];
  const refused: UserError[] = [];
  const printing = printingBeside(csv, draw);
  const progress = imagesDisplay();
  try {
    let done = 0;
    progress.show(done, count);
    for await (const outcome of outcomes) {
      const { file, problem } = outcome;
      const object = () => (problem ? { file, error: problem.message } : as.json(file, outcome.result));
      if (json) objects.push(object());
      else if (jsonl) printing(() => printJson(object()));
      else if (!problem) for (const line of as.lines(file, outcome.result)) printing(() => print(line));
      if (problem && count > 1) complain(problem.message);
      if (problem) refused.push(problem);
      progress.show(++done, count);
    }
  } finally {
    progress.hide();
  }
  if (json) printing(() => printJson(objects, 2));
  return refused;
}

function requireNone(refused: readonly UserError[], count: number): void {
  if (count === 1 && refused.length === 1) throw refused[0]!;
  if (refused.length > 0) throw new UserError(`${refused.length} of ${count} images could not be read.`);
}

const readingOf = ({ expression, confidence }: Recognition): string =>
  `${visible(expression)} (${(100 * confidence).toFixed(0)} %)`;

/** A line for each face; where there are several, with its place. */
function linesOfPhoto(file: string, faces: readonly Face[]): string[] {
  if (faces.length === 0) return [`${visible(file)}: no face`];
  return faces.map((face) => {
    const { x, y, width, height } = face.box;
    const [left, top, across, down] = [x, y, width, height].map(Math.round);
    const place = faces.length > 1 ? `, ${across}×${down} pixels at (${left}, ${top})` : '';
    return `${visible(file)}: ${readingOf(face)}${place}`;
  });
}

async function outcomeOf<Result>(
  { file }: ImageFile,
  result: () => Promise<Result>,
): Promise<Outcome<Result>> {
  try {
    return { file, result: await result() };
  } catch (error) {
    if (error instanceof UserError) return { file, problem: error };
    throw error;
  }
}

/** One crop after the other: one may take 192 MB until the recognizer has reduced it. */
async function outcomesOfCrops(
  recognize: (images: AsyncIterable<DecodedImage>) => Promise<Recognition[]>,
  files: readonly ImageFile[],
): Promise<Outcome<Recognition>[]> {
  const problems = new Map<ImageFile, UserError>();
  async function* decoded() {
    for (const entry of files) {
      const outcome = await outcomeOf(entry, () => decodeImageFile(entry));
      if (outcome.problem) problems.set(entry, outcome.problem);
      else yield outcome.result;
    }
  }
  const recognitions = await recognize(decoded());
  return files.map((entry) => {
    const problem = problems.get(entry);
    return problem ? { file: entry.file, problem } : { file: entry.file, result: recognitions.shift()! };
  });
}
