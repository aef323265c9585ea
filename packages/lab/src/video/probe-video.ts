import { stat } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { UserError } from '@sdnet/training';
import { fileError } from 'sdnet';
import * as z from 'zod';
import { inputOf, reasonOf, start } from './ffmpeg.js';

/** What is known of a video before it is decoded. */
export interface Video {
  readonly file: string;
  /** As it is shown: turned as its metadata say, with square pixels. */
  readonly width: number;
  readonly height: number;
  /** In ms; undefined where the file does not say. */
  readonly duration: number | undefined;
  /** Of the machine's FFmpeg. */
  readonly ffmpegVersion: string;
}

/** Videos of larger pictures are refused, as photos are. */
export const mostPixels = 64_000_000;

const answer = z.object({
  program_version: z.object({ version: z.string() }),
  streams: z.array(
    z.object({
      width: z.int(),
      height: z.int(),
      sample_aspect_ratio: z.string().optional(),
      duration: z.coerce.number().optional(),
      side_data_list: z.array(z.object({ rotation: z.number().optional() })).optional(),
    }),
  ),
  format: z.object({ duration: z.coerce.number().optional() }).optional(),
});

/**
 * Looks into a video file.
 *
 * @throws UserError where it is none, its pictures are too large, or FFmpeg is not installed
 */
export async function probeVideo(file: string): Promise<Video> {
  await requireContent(file);
  const entries =
    'stream=width,height,sample_aspect_ratio,duration:stream_side_data=rotation:format=duration';
  const { child, ended, messages } = await start('ffprobe', [
    ...['-v', 'error', '-select_streams', 'V:0', '-show_program_version', '-show_entries', entries],
    ...['-of', 'json', ...inputOf(file)],
  ]);
  const printed = await text(child.stdout!);
  if ((await ended) !== 0)
    throw new UserError(`${file}: ${reasonOf(messages(), file)}.`, { code: 'image-unreadable' });
  const { streams, format, program_version: program } = answer.parse(JSON.parse(printed));
  const [stream] = streams;
  if (!stream || stream.width === 0 || stream.height === 0)
    throw new UserError(`${file}: there are no moving pictures in it.`, { code: 'image-unreadable' });
  const { width, height } = shownSize(stream);
  if (width * height > mostPixels)
    throw new UserError(
      `${file}: its pictures have ${width}×${height} pixels, more than the limit of ${mostPixels / 1e6} megapixels.`,
      { code: 'image-too-large' },
    );
  const seconds = stream.duration ?? format?.duration;
  return {
    file,
    width,
    height,
    duration: seconds === undefined ? undefined : 1000 * seconds,
    ffmpegVersion: program.version,
  };
}

/** A pipe or device might keep FFmpeg waiting for ever. */
async function requireContent(file: string): Promise<void> {
  const status = await stat(file).catch((error: unknown) => {
    throw new UserError(fileError(file, error).message, { code: 'image-unreadable', cause: error });
  });
  if (status.isFile() && status.size > 0) return;
  const what = status.isFile() ? 'the file is empty' : 'is no file';
  throw new UserError(`${file}: ${what}, but a video was expected.`, { code: 'image-unreadable' });
}

function shownSize(stream: z.infer<typeof answer>['streams'][number]): { width: number; height: number } {
  const [across = 0, down = 0] = (stream.sample_aspect_ratio ?? '').split(':').map(Number);
  const ratio = across > 0 && down > 0 ? across / down : 1;
  const [width, height] = [Math.max(1, Math.round(stream.width * ratio)), stream.height];
  const rotation = stream.side_data_list?.find((data) => data.rotation !== undefined)?.rotation ?? 0;
  return Math.abs(rotation) % 180 === 90 ? { width: height, height: width } : { width, height };
}
