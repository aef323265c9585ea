import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type AnyExpression,
  type Dataset,
  eightExpressions,
  type Sample,
  type Split,
  UserError,
} from '@sdnet/training';
import { fileError } from 'sdnet';
import { holds } from '../files/holds.js';
import { readCsv } from '../files/read-csv.js';
import { type Fer2013Options, loadPublishedFer2013 } from './fer2013.js';
import { splitOfUsage } from './fer2013-csv.js';
import { agreedEmotions } from './ferplus-votes.js';
import { holdOutValidation } from './hold-out.js';
import { selectImages } from './select-images.js';

/** `majority`: one class an image. `distribution`: what the annotators saw, as a soft target. */
export const ferPlusLabels = ['majority', 'distribution'] as const;
export type FerPlusLabels = (typeof ferPlusLabels)[number];

/** `onNote` hears also how many images the annotators did not agree on. */
export interface FerPlusOptions extends Omit<Fer2013Options, 'onUnreadable'> {
  /** Default `majority`. */
  readonly labels?: FerPlusLabels | undefined;
}

/** The eight emotions in the order of the file's columns. */
const emotions: readonly AnyExpression[] = [
  'neutral',
  'happy',
  'surprise',
  'sad',
  'angry',
  'disgust',
  'fear',
  'contempt',
];

const voteColumns = [
  'neutral',
  'happiness',
  'surprise',
  'sadness',
  'anger',
  'disgust',
  'fear',
  'contempt',
  'unknown',
  'NF',
] as const;

/**
 * FER+ (Barsoum et al., 2016): FER2013's images labelled anew by ten annotators each, with contempt as an eighth
 * class. `path` is the folder with `fer2013.csv` (the pixels) and `fer2013new.csv` (the votes), or one of the two
 * files. Row n of the one belongs to row n of the other.
 *
 * An image without an agreed emotion is left out; see `agreedEmotions` for the rule of either kind of label. The
 * splits are FER2013's.
 *
 * Both files are streamed. Throws a `UserError` naming the file and row at fault, and where there are image
 * folders instead of `fer2013.csv`, which cannot be joined with the votes.
 */
export async function loadFerPlus(
  path: string,
  { labels = 'majority', holdOutSeed = 0, onNote, ...options }: FerPlusOptions = {},
): Promise<Dataset> {
  const { pixelFile, voteFile } = findFiles(path);
  const rows = await readVotes(voteFile);
  const images = await loadPublishedFer2013(pixelFile, options);
  checkRows(images, rows, voteFile);

  const chosen = rows.flatMap(({ votes }, index) => {
    const shares = agreedEmotions(votes, labels);
    return shares ? [{ index, sample: labelled(images.samples[index]!, shares, labels) }] : [];
  });
  if (chosen.length === 0) throw new UserError(`${voteFile}: no image has an agreed emotion.`);
  onNote?.(
    `FER+: ${rows.length - chosen.length} of ${rows.length} images are left out, as the annotators did not agree ` +
      'on an emotion or saw none.',
  );
  return holdOutValidation(
    { ...selectImages(images, chosen), name: 'ferplus', classNames: eightExpressions },
    holdOutSeed,
    onNote,
  );
}

function findFiles(path: string): { pixelFile: string; voteFile: string } {
  let folder: string;
  try {
    folder = statSync(path).isDirectory() ? path : dirname(path);
  } catch (error) {
    throw fileError(path, error);
  }
  const pixelFile = join(folder, 'fer2013.csv');
  const voteFile = join(folder, 'fer2013new.csv');
  // First, as somebody with image folders may have no use for the votes.
  if (!existsSync(pixelFile)) {
    throw new UserError(
      `${folder}: fer2013.csv was not found (${holds(folder)}). FER+ gives its labels by row of that file, and the ` +
        'numbers in the names of image files (Training_123.png) are no rows, so they cannot be joined with folders ' +
        'of images. Put fer2013.csv and fer2013new.csv side by side.',
    );
  }
  if (!existsSync(voteFile)) {
    throw new UserError(
      `${folder}: fer2013new.csv was not found (${holds(folder)}). FER+ needs it beside fer2013.csv.`,
    );
  }
  return { pixelFile, voteFile };
}

interface VoteRow {
  readonly split: Split;
  /** In the order of `voteColumns`. */
  readonly votes: Uint8Array;
}

async function readVotes(file: string): Promise<VoteRow[]> {
  const found: VoteRow[] = [];
  const rows = readCsv(file, {
    required: ['Usage', ...voteColumns],
    advice: 'Is this fer2013new.csv?',
  });
  for await (const { values, problem } of rows) {
    const split = splitOfUsage.get(values.Usage);
    if (!split) {
      throw problem(
        `Usage is ${JSON.stringify(values.Usage)}, but ${[...splitOfUsage.keys()].join(', ')} were expected`,
      );
    }
    const votes = voteColumns.map((column) => {
      const text = values[column];
      if (/^\d{1,2}$/.test(text)) return Number(text);
      throw problem(`${column} is ${JSON.stringify(text)}, but a number of votes was expected`);
    });
    found.push({ split, votes: Uint8Array.from(votes) });
  }
  return found;
}

/** Rows belong together only if both files list the same images in the same order. */
function checkRows(images: Dataset, rows: readonly VoteRow[], voteFile: string): void {
  const advice = 'The two files do not belong together; fetch both again';
  if (rows.length !== images.samples.length) {
    throw new UserError(
      `${voteFile}: has ${rows.length} rows, but fer2013.csv has ${images.samples.length}. ${advice}.`,
    );
  }
  const different = rows.findIndex(({ split }, index) => split !== images.samples[index]!.split);
  if (different >= 0) {
    throw new UserError(
      `${voteFile}, row ${different + 1}: belongs to the split ${rows[different]!.split}, but that row of ` +
        `fer2013.csv to ${images.samples[different]!.split}. ${advice}.`,
    );
  }
}

/** @param shares of the eight emotions in the order of the file's columns */
function labelled({ source, split }: Sample, shares: readonly number[], labels: FerPlusLabels): Sample {
  const distribution = eightExpressions.map((expression) => shares[emotions.indexOf(expression)]!);
  // The first of equal shares by the file's columns, as in the authors' code.
  const emotion = emotions[shares.indexOf(Math.max(...shares))]!;
  return {
    source,
    label: eightExpressions.indexOf(emotion),
    ...(split && { split }),
    ...(labels === 'distribution' && { distribution }),
  };
}
