import { basename, extname } from 'node:path';
import { UserError } from '@sdnet/training';
import { createRecognizer, type ImageSource, type Recognizer, type TrackedFrame } from 'sdnet';
import { csvText } from '../files/csv-text.js';
import { requireOutputFile } from '../files/require-output-file.js';
import { visible, visibleJson } from '../files/visible.js';
import { beginOutput, type NewFile, writeFile } from '../files/write-file.js';
import { probeVideo, type Video } from '../video/probe-video.js';
import { smallestFaceInFrames } from '../video/read-frames.js';
import { createTimeLine, type TimeLine } from '../video/time-line.js';
import { clock, faceText } from '../video/time-text.js';
import { trackVideo } from '../video/track-video.js';
import { isVideoName } from '../video/video-file.js';
import type { ImageFile } from './expand-images.js';
import { faceCells, faceColumns } from './faces-csv.js';
import { Interrupted, interruption } from './interruption.js';
import { complain, print, printingBeside, printJson, requireReader } from './output.js';
import { duration, progressDisplay } from './progress-display.js';
import { UsageError } from './usage-error.js';
import { weightsFileOf, weightsOf } from './weights.js';

/** What `sdnet predict` takes for videos alone. */
export const videoOptions = {
  every: {
    type: 'number',
    requiresArg: true,
    description: 'Of a video, read the first picture in every so many ms (default: every picture)',
  },
  chart: {
    type: 'string',
    requiresArg: true,
    description: "Draw a video's expressions over time into this file (.svg, .html)",
  },
} as const;

export interface VideoArguments {
  readonly weights?: string | undefined;
  readonly cropped: boolean;
  readonly 'minimum-face'?: number | undefined;
  readonly 'maximum-faces'?: number | undefined;
  readonly views?: 1 | 2 | undefined;
  readonly json: boolean;
  readonly jsonl: boolean;
  readonly csv?: string | undefined;
  readonly every?: number | undefined;
  readonly chart?: string | undefined;
  /** For photos alone. */
  readonly draw?: string | undefined;
}

/** What in `time-line-chart.js` draws a chart with such a name. */
const charts: Readonly<Record<string, 'timeLineSvg' | 'timeLineHtml'>> = {
  '.svg': 'timeLineSvg',
  '.html': 'timeLineHtml',
};

/** From the first time that a picture may have; an hour is more than anybody skips. */
const longestEvery = 3_600_000;

/**
 * Whether the operands are videos.
 *
 * @throws UsageError where they are videos and images, or an option is for the other
 */
export function areVideos(files: readonly ImageFile[], options: VideoArguments): boolean {
  const readable = files.filter(({ problem }) => !problem);
  const videos = files.filter(({ file }) => isVideoName(file));
  const { every, chart, cropped, draw } = options;
  if (videos.length === 0) {
    for (const [name, value] of Object.entries({ every, chart }))
      if (value !== undefined) throw new UsageError(`--${name} is for videos; there are none.`);
    return false;
  }
  if (readable.some((entry) => !videos.includes(entry)))
    throw new UsageError('There are videos and images; read them by two commands.');
  if (cropped || draw !== undefined)
    throw new UsageError(`--${cropped ? 'cropped' : 'draw'} is for images, not for videos.`);
  if (every !== undefined && !(every > 0 && every <= longestEvery))
    throw new UsageError(`--every ${every}: a number of ms from more than 0 to ${longestEvery} is expected.`);
  if (chart !== undefined && !(extname(chart).toLowerCase() in charts))
    throw new UsageError(`--chart ${chart}: a file called ${Object.keys(charts).join(' or ')} is expected.`);
  if (chart !== undefined && videos.length > 1)
    throw new UsageError('--chart is of one video; there are several.');
  return true;
}

/** Follows the faces of videos, one video after the other. What cannot be read is named, the others go on. */
export async function predictVideos(files: readonly ImageFile[], options: VideoArguments): Promise<void> {
  const { csv, chart, json } = options;
  const printing = printingBeside(csv, chart);
  const read = [...files.map(({ file }) => file), weightsFileOf(options.weights)];
  if (chart !== undefined) requireOutputFile(chart, 'time line', read);
  const { classNames } = await weightsOf(options.weights);
  const table = csv === undefined ? undefined : await beginOutput(csv);
  const { signal, listen, close } = interruption();
  const refused: UserError[] = [];
  let frames = 0;
  listen();
  try {
    await table?.write(csvText([['file', 'time', 'id', ...faceColumns(classNames), 'lag']]));
    if (json) printing(() => print('['));
    for (const [index, entry] of files.entries()) {
      const isLast = index === files.length - 1;
      const outcome = await predictVideo(entry, options, { classNames, table, isLast, signal });
      frames += outcome.frames;
      if (!outcome.problem) continue;
      refused.push(outcome.problem);
      if (files.length > 1) complain(outcome.problem.message);
    }
    if (json) printing(() => print(']'));
    if (frames > 0) await table?.keep();
  } finally {
    close();
    await table?.discard();
  }
  if (files.length === 1 && refused.length === 1) throw refused[0]!;
  if (refused.length > 0)
    throw new UserError(`${refused.length} of ${files.length} videos could not be read to their ends.`);
}

interface Place {
  readonly classNames: readonly string[];
  readonly table: NewFile | undefined;
  readonly isLast: boolean;
  readonly signal: AbortSignal;
}

/** Reads one video; answers how many frames it has and why it could not be read, or not to its end. */
async function predictVideo(
  { file, problem }: ImageFile,
  options: VideoArguments,
  { classNames, table, isLast, signal }: Place,
): Promise<{ readonly frames: number; readonly problem: UserError | undefined }> {
  const { json, jsonl, every, chart, csv } = options;
  const printing = printingBeside(csv, chart);
  const line = createTimeLine();
  let found = problem;
  if (json) printing(() => print(`{ "file": ${visibleJson(file)}, "frames": [`));
  try {
    if (problem) throw problem;
    const video = await probeVideo(file);
    const recognizer = await recognizerFor(video, options);
    const progress = videoDisplay(video);
    try {
      progress.show(0, 0);
      for await (const frame of trackVideo(video, recognizer, every)) {
        printing(requireReader);
        if (signal.aborted) throw new Interrupted(`Stopped at ${clock(frame.time)} of ${visible(file)}.`);
        if (json) printing(() => print(`${line.frames() > 0 ? ',' : ''}${visibleJson(frame)}`));
        if (jsonl) printing(() => printJson({ file, ...frame }));
        await table?.write(rowsOf(file, frame, classNames));
        line.add(frame);
        progress.show(frame.time, line.frames());
      }
    } finally {
      progress.hide();
      await recognizer.release();
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    found = error;
  }
  const problemText = found ? `, "error": ${visibleJson(found.message)}` : '';
  if (json) printing(() => print(`]${problemText} }${isLast ? '' : ','}`));
  if (jsonl && found) printing(() => printJson({ file, error: found.message }));
  if (!json && !jsonl && line.frames() > 0)
    for (const text of linesOf(file, line)) printing(() => print(text));
  if (chart !== undefined && line.frames() > 0) {
    // What draws charts takes as long to load as all else: only who asks for one waits for it.
    const drawing = await import('../video/time-line-chart.js');
    const draw = drawing[charts[extname(chart).toLowerCase()]!];
    await writeFile(chart, draw(basename(file), line, classNames));
  }
  return { frames: line.frames(), problem: found };
}

const recognizerFor = (
  video: Video,
  { weights, views, 'minimum-face': minimumFace, 'maximum-faces': maximumFaces }: VideoArguments,
): Promise<Recognizer<ImageSource>> =>
  createRecognizer({
    ...{ weights: weightsFileOf(weights), views, maximumFaces },
    // Of the frames, which may be reduced.
    minimumFace: smallestFaceInFrames(minimumFace, video),
  });

/** How far a video is read, as far as it says how long it is. */
function videoDisplay({ file, duration: length }: Video) {
  const { show, hide } = progressDisplay();
  const started = performance.now();
  return {
    show(time: number, frames: number) {
      const part = length === undefined ? 0 : Math.min(1, time / length);
      const rate = (1000 * frames) / (performance.now() - started);
      const left = ((performance.now() - started) / 1000) * (1 / part - 1);
      const rest = part > 0 ? `, ${duration(left)} left` : '';
      const text = `${clock(time)} of ${basename(file)}  ${rate.toFixed(0)} frames/s${rest}`;
      show(part, (bar = '') => visible(`${bar} ${text}`.trim()));
    },
    hide,
  };
}

const rowsOf = (file: string, { time, faces }: TrackedFrame, classNames: readonly string[]): string =>
  faces.length === 0
    ? ''
    : csvText(
        faces.map((face) => [file, time, face.id, ...faceCells(face, classNames), Math.round(face.lag)]),
      );

function linesOf(file: string, line: TimeLine): string[] {
  const faces = line.faces();
  if (faces.length === 0)
    return [`${visible(file)}: no face in ${line.frames()} frames, ${clock(line.end())}`];
  return faces.map((face) => `${visible(file)}: ${visible(faceText(face))}`);
}
