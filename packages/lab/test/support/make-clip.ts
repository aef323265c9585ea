import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';

/** The sample portrait: a face of about 95 pixels. */
export const portraitFile: string = resolve(import.meta.dirname, '../../../../samples/astronaut.png');

/** Why tests with clips are skipped; nothing where they are not. `.ci/run` installs FFmpeg. */
export const withoutFfmpeg: string | undefined = spawnSync('ffmpeg', ['-version']).error
  ? ' (skipped: ffmpeg is not installed)'
  : undefined;

/** Runs `ffmpeg` and throws what it says where it fails. */
export function ffmpeg(...args: string[]): void {
  const { status, stderr } = spawnSync('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...args], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
}

/** Copies a clip as one whose pictures are to be shown turned, one way or the other, by so many degrees. */
export function turnClip(from: string, to: string, degrees: 90 | 180): void {
  try {
    ffmpeg('-display_rotation', `${degrees}`, '-i', from, '-c', 'copy', to);
  } catch {
    // Before FFmpeg 6.
    ffmpeg('-i', from, '-c', 'copy', '-metadata:s:v:0', `rotate=${degrees}`, to);
  }
}

/** In pixels, and the clip's time in seconds as `t`, as FFmpeg writes expressions. */
export interface MovingFace {
  readonly x: string;
  readonly y: string;
  /** When it is there. */
  readonly when?: string;
}

/** Writes a clip of grey ground, ten pictures a second, over which copies of the sample portrait move, 120 pixels each. */
export function makeClip(
  folder: string,
  name: string,
  seconds: number,
  faces: readonly MovingFace[],
  encoding: readonly string[] = ['-pix_fmt', 'yuv420p'],
): string {
  const file = join(folder, name);
  const ground = `color=gray:s=320x240:r=10:d=${seconds}`;
  const overlays = faces.map(
    ({ x, y, when = '1' }, index) =>
      `[v${index}][p${index}]overlay=x='${x}':y='${y}':enable='${when}':shortest=1[v${index + 1}]`,
  );
  const portraits = faces.map((_, index) => `[p${index}]`).join('');
  const graph = [
    '[0]null[v0]',
    ...(faces.length > 0 ? [`[1]scale=120:120,split=${faces.length}${portraits}`] : []),
    ...overlays,
  ].join(';');
  ffmpeg(
    ...['-f', 'lavfi', '-i', ground, '-loop', '1', '-framerate', '10', '-i', portraitFile],
    ...['-filter_complex', graph, '-map', `[v${faces.length}]`, ...encoding, file],
  );
  return file;
}
