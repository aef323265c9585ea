import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { UserError } from '@sdnet/training';
import { type RawImage, smallestMinimumFace } from 'sdnet';
import { inputOf, reasonOf, start } from './ffmpeg.js';
import { mostPixels, type Video } from './probe-video.js';

/** A picture of a video. */
export interface VideoFrame {
  /** When it is shown, in ms from the start. */
  readonly time: number;
  /** Reduced by `frameScale`. */
  readonly image: RawImage;
}

/** Long side in pixels at which pictures are read: of larger ones, faces of 24 pixels are found after a reduction to it. */
const longestSide = 1920;

/** How many pixels of the video, along a side, one pixel of its frames is: 1, or more where it is larger than 1920. */
export const frameScale = ({ width, height }: Pick<Video, 'width' | 'height'>): number =>
  Math.max(1, Math.max(width, height) / longestSide);

/** The smallest faces to look for in a video's frames, of what it is in the video's own pixels. */
export const smallestFaceInFrames = (
  minimumFace: number | undefined,
  video: Pick<Video, 'width' | 'height'>,
): number | undefined =>
  minimumFace === undefined ? undefined : Math.max(smallestMinimumFace, minimumFace / frameScale(video));

/** Most bytes FFmpeg may take for one thing: enough for the largest picture with 16 bits a channel. */
const largestAllocation = 1_000_000_000;

/**
 * Reads a video's pictures, each at its own time, whatever their rate: all of them, or the first in every `every` ms. They
 * come through a pipe as they are asked for; nothing is stored. What is left early is ended at once.
 *
 * @throws UserError where none can be read, and, after the last that can, where parts of the file are damaged or missing
 */
export async function* readFrames(video: Video, every?: number): AsyncGenerator<VideoFrame> {
  const { file, ffmpegVersion } = video;
  const scale = frameScale(video);
  const reduced = (side: number) => Math.max(1, Math.round(side / scale));
  const [width, height] = [reduced(video.width), reduced(video.height)];
  const filters = [
    ...(every === undefined ? [] : [selectEvery(every)]),
    // Times are then printed in whole µs; in seconds they would have six digits in all, and so 0.1 s after some hours.
    'settb=1/1000000',
    `scale=${width}:${height}:flags=area`,
    // A key for each picture, as without any nothing is printed; `direct`, so that its time is there when it is.
    'metadata=mode=add:key=sdnet:value=1',
    "metadata=mode=print:direct=1:file='pipe\\:3'",
  ];
  // Each picture once, whatever the times between them.
  const passthrough = /^n?([0-4]\.|5\.0)/.test(ffmpegVersion) ? '-vsync' : '-fps_mode';
  const { child, ended, messages } = await start(
    'ffmpeg',
    [
      ...['-nostdin', '-v', 'error', '-max_alloc', String(largestAllocation)],
      ...['-max_pixels', String(mostPixels), ...inputOf(file)],
      ...['-map', '0:V:0', '-vf', filters.join(), passthrough, 'passthrough'],
      ...['-f', 'rawvideo', '-pix_fmt', 'rgb24', 'pipe:1'],
    ],
    ['pipe'],
  );
  try {
    const times = timesOf(child.stdio[3] as Readable);
    let count = 0;
    let last = -Infinity;
    for await (const pixels of blocksOf(child.stdout!, 3 * width * height)) {
      const { value: time } = await times.next();
      if (time === undefined) throw new Error(`${file}: ffmpeg gave no time for picture ${count + 1}.`);
      if (time < last)
        throw new UserError(
          `${file}: its times go back from ${last} to ${time} ms, as where clips were joined end to end; what is before was ` +
            'read. Have FFmpeg write it anew, or read the clips one by one.',
          { code: 'image-unreadable' },
        );
      count++;
      last = time;
      yield { time, image: { width, height, channels: 3, pixels } };
    }
    const code = await ended;
    if (count > 0 && code === 0 && messages().length === 0) return;
    const reason = reasonOf(messages(), file);
    throw new UserError(
      count === 0
        ? `${file}: ${reason}.`
        : `${file}: parts of it are damaged or missing (${reason}); what could be read of it was.`,
      { code: 'image-unreadable' },
    );
  } finally {
    child.kill('SIGKILL');
    for (const stream of child.stdio) stream?.destroy();
    await ended;
  }
}

/** FFmpeg's filter for the first picture in every `every` ms, with half a ms for times that were rounded down. */
function selectEvery(every: number): string {
  const slot = (time: string) => `floor((${time}+0.0005)/${every / 1000})`;
  return `select='isnan(prev_selected_t)+gt(${slot('t')},${slot('prev_selected_t')})'`;
}

/** The time of each picture in ms. */
async function* timesOf(printed: Readable): AsyncGenerator<number> {
  for await (const line of createInterface({ input: printed })) {
    const [, microseconds] = /\bpts:(-?\d+)/.exec(line) ?? [];
    if (microseconds !== undefined) yield Number(microseconds) / 1000;
  }
}

/** A stream in blocks of a length; what is left of it in the end is none. */
async function* blocksOf(stream: Readable, length: number): AsyncGenerator<Uint8Array> {
  let block = new Uint8Array(length);
  let filled = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>)
    for (let start = 0; start < chunk.length;) {
      const part = chunk.subarray(start, start + length - filled);
      block.set(part, filled);
      [start, filled] = [start + part.length, filled + part.length];
      if (filled < length) continue;
      yield block;
      [block, filled] = [new Uint8Array(length), 0];
    }
}
