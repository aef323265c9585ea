import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { probeVideo } from '../../src/video/probe-video.js';
import { readFrames, type VideoFrame } from '../../src/video/read-frames.js';
import { ffmpeg, makeClip, turnClip, withoutFfmpeg } from '../support/make-clip.js';
import { refusal } from '../support/refusal.js';
import { suiteFolder } from '../support/suite-folder.js';
import { put } from '../support/temporary-folder.js';

const folder = suiteFolder();
let clip: string;

beforeAll(() => {
  if (!withoutFfmpeg) clip = makeClip(folder, 'clip.mp4', 2, []);
});

async function framesOf(file: string, every?: number): Promise<VideoFrame[]> {
  const frames: VideoFrame[] = [];
  for await (const frame of readFrames(await probeVideo(file), every)) frames.push(frame);
  return frames;
}
const timesOf = async (file: string, every?: number) => (await framesOf(file, every)).map(({ time }) => time);

/** The level of a pixel's channel. */
const level = ({ image: { width, pixels } }: VideoFrame, x: number, y: number, channel: number) =>
  pixels[3 * (y * width + x) + channel]!;

/** Processes of FFmpeg that this one has started, also ended ones that it has not taken notice of. */
const children = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const [, command, parent] = /\((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))!;
        return command!.startsWith('ff') && Number(parent) === process.pid ? [pid] : [];
      } catch {
        return [];
      }
    });

describe.skipIf(withoutFfmpeg)(`readFrames${withoutFfmpeg ?? ''}`, () => {
  it('gives every picture at its time, and the first in each interval', async () => {
    const frames = await framesOf(clip);
    expect(frames.map(({ time }) => time)).toEqual(Array.from({ length: 20 }, (_, index) => 100 * index));
    expect(frames[3]!.image).toMatchObject({ width: 320, height: 240, channels: 3 });
    expect(frames[3]!.image.pixels).toHaveLength(320 * 240 * 3);
    // FFmpeg's "gray" is 128.
    expect(Math.abs(level(frames[3]!, 160, 120, 0) - 128)).toBeLessThan(4);
    expect(await timesOf(clip, 250)).toEqual([0, 300, 500, 800, 1000, 1300, 1500, 1800]);
    expect(await timesOf(clip, 0.5)).toHaveLength(20);
    expect(await timesOf(clip, 5000)).toEqual([0]);
  });

  it('gives exact times after hours, and at once', async () => {
    const late = join(folder, 'late.mkv');
    ffmpeg('-i', clip, '-c', 'copy', '-output_ts_offset', '20000.04', late);
    const times = await timesOf(late);
    expect(times).toHaveLength(20);
    expect(times[1]! - times[0]!).toBe(100);
    expect(times[19]! - times[0]!).toBe(1900);
    const early = join(folder, 'early.mp4');
    ffmpeg(
      '-i',
      clip,
      '-vf',
      'setpts=if(eq(N\\,0)\\,0\\,5+PTS),settb=1/90000',
      '-video_track_timescale',
      '90000',
      early,
    );
    expect((await timesOf(early)).every((time, index, all) => index === 0 || time > all[index - 1]!)).toBe(
      true,
    );
  });

  it('says where times go back, as in clips joined end to end', async () => {
    const one = join(folder, 'one.webm');
    ffmpeg('-i', clip, '-c:v', 'libvpx', '-deadline', 'realtime', one);
    const bytes = readFileSync(one);
    const joined = put(folder, 'joined.webm', Buffer.concat([bytes, bytes]));
    const times: number[] = [];
    const message = await refusal(
      (async () => {
        for await (const { time } of readFrames(await probeVideo(joined))) times.push(time);
      })(),
    );
    expect(message).toMatch(/joined\.webm: its times go back from 1900 to 0 ms/);
    expect(times).toHaveLength(20);
  });

  it.each(['webm', 'mov'])('reads .%s', async (ending) => {
    const file = join(folder, `clip.${ending}`);
    ffmpeg(
      '-i',
      clip,
      ...(ending === 'webm' ? ['-c:v', 'libvpx', '-deadline', 'realtime'] : []),
      '-t',
      '0.5',
      file,
    );
    expect(await timesOf(file)).toEqual([0, 100, 200, 300, 400]);
  });

  it('knows the times of pictures at irregular intervals, from the first on', async () => {
    const file = join(folder, 'irregular.mkv');
    const filter = "select='not(between(n,3,5))',setpts=PTS+5/TB";
    ffmpeg('-i', clip, '-vf', filter, '-vsync', 'vfr', '-t', '6', file);
    expect((await timesOf(file)).slice(0, 6)).toEqual([0, 100, 200, 600, 700, 800]);
  });

  it('turns and stretches pictures as they are to be shown, and reduces large ones', async () => {
    const sides = join(folder, 'sides.mp4');
    const halves = "geq=r='if(lt(X,W/2),220,20)':g=20:b='if(lt(X,W/2),20,220)'";
    const source = `color=black:s=64x32:r=10:d=0.2,format=gbrp,${halves},setsar=2/1`;
    ffmpeg('-f', 'lavfi', '-i', source, '-pix_fmt', 'yuv444p', '-crf', '10', sides);
    const [wide] = await framesOf(sides);
    expect(wide!.image).toMatchObject({ width: 128, height: 32 });
    expect(level(wide!, 5, 16, 0)).toBeGreaterThan(180);
    expect(level(wide!, 122, 16, 2)).toBeGreaterThan(180);

    const turned = join(folder, 'turned.mp4');
    turnClip(sides, turned, 90);
    expect((await probeVideo(turned)).width).toBe(32);
    const [upright] = await framesOf(turned);
    expect(upright!.image).toMatchObject({ width: 32, height: 128 });
    for (const x of [2, 29])
      expect(Math.abs(level(upright!, x, 5, 0) - level(upright!, x, 122, 0))).toBeGreaterThan(150);

    const large = join(folder, 'large.mp4');
    ffmpeg('-f', 'lavfi', '-i', 'color=gray:s=3840x2160:r=10:d=0.1', '-preset', 'ultrafast', large);
    expect(await probeVideo(large)).toMatchObject({ width: 3840, height: 2160, duration: 100 });
    expect((await framesOf(large))[0]!.image).toMatchObject({ width: 1920, height: 1080 });
  });

  it('ends FFmpeg where nobody reads on', async () => {
    const frames = readFrames(await probeVideo(clip));
    expect(await frames.next()).toMatchObject({ value: { time: 0 } });
    expect(children()).toHaveLength(1);
    await frames.return(undefined);
    expect(children()).toEqual([]);
  });

  it('says what is wrong with a file', async () => {
    const bytes = readFileSync(clip);
    const problem = (name: string, content: string | Uint8Array) =>
      refusal(framesOf(put(folder, name, content)));
    expect(await problem('cut.mp4', bytes.subarray(0, bytes.length / 2))).toMatch(
      /cut\.mp4: its index is missing: the recording was not finished, the file is cut off/,
    );
    expect(await problem('empty.mp4', '')).toMatch(/empty\.mp4: the file is empty, but a video was expected/);
    expect(await problem('text.avi', 'text\n'.repeat(300))).toMatch(/text\.avi: it is no video/);
    // A list of files is a text that leads elsewhere, whatever its name is.
    expect(await problem('list.mkv', 'ffconcat version 1.0\nfile clip.mp4\n')).toMatch(
      /list\.mkv: it is no video that is read here/,
    );
    expect(await refusal(framesOf(join(folder, 'none.mp4')))).toMatch(/none\.mp4: there is no such file/);
    expect(await refusal(framesOf(folder))).toMatch(/is no file, but a video was expected/);
    const sound = join(folder, 'sound.mkv');
    ffmpeg('-f', 'lavfi', '-i', 'sine=d=0.1', sound);
    expect(await refusal(framesOf(sound))).toMatch(/there are no moving pictures in it/);
  });

  it('reads what there is of a damaged video, and says that it is', async () => {
    const file = join(folder, 'whole.avi');
    ffmpeg('-f', 'lavfi', '-i', 'testsrc=s=64x64:r=10:d=2', '-c:v', 'mjpeg', file);
    const bytes = readFileSync(file);
    const cut = put(folder, 'cut.avi', bytes.subarray(0, Math.round(bytes.length / 2)));
    const frames: VideoFrame[] = [];
    const read = async () => {
      for await (const frame of readFrames(await probeVideo(cut))) frames.push(frame);
    };
    expect(await refusal(read())).toMatch(
      /cut\.avi: parts of it are damaged or missing \(.+\); what could be read/,
    );
    expect(frames.length).toBeGreaterThan(5);
    expect(frames.length).toBeLessThan(15);
  });
});
