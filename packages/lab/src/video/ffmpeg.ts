import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { UserError } from '@sdnet/training';

/** FFmpeg's two commands that are used here. */
export type Program = 'ffmpeg' | 'ffprobe';

/** A program of FFmpeg at work. */
export interface Running {
  readonly child: ChildProcess;
  /** Its messages so far, the last ones. */
  readonly messages: () => readonly string[];
  /** Ends when it has ended, with its exit code; null where it was killed. */
  readonly ended: Promise<number | null>;
}

/** Most messages that are kept: a damaged clip has one for each frame. */
const mostMessages = 50;

const installCommands: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'brew install ffmpeg',
  win32: 'winget install ffmpeg',
};

/**
 * Starts a program of FFmpeg that the machine has on its PATH, by no shell. It is given no standard input and no temporary
 * file, and ends when nobody reads its pipes any more, so that it outlives this process in no case. A Ctrl-C in the terminal
 * reaches this process alone, which ends it.
 *
 * @throws UserError where it is not installed
 */
export async function start(
  program: Program,
  args: readonly string[],
  more: readonly 'pipe'[] = [],
): Promise<Running> {
  const child: ChildProcess = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe', ...more],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  const kept: string[] = [];
  let rest = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split(/[\r\n]+/);
    rest = lines.pop()!.slice(-2000);
    kept.push(...lines.filter((line) => line.trim() !== ''));
    kept.splice(0, kept.length - mostMessages);
  });
  try {
    await once(child, 'spawn');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const command = installCommands[process.platform] ?? 'apt-get install ffmpeg';
    throw new UserError(
      `Videos are read by ${program} (of FFmpeg), which is not on this machine's PATH. Install it: ${command}`,
      { code: 'package-missing', cause: error },
    );
  }
  return { child, messages: () => (rest.trim() === '' ? kept : [...kept, rest]), ended };
}

/** What FFmpeg says, and what that means. */
const meanings: readonly (readonly [RegExp, string])[] = [
  [
    /moov atom not found/,
    'its index is missing: the recording was not finished, the file is cut off, or it is no video',
  ],
  [/partial file|ended prematurely|Truncat|truncated/, 'it is cut off'],
  [/matches no streams|does not contain any stream/, 'there are no moving pictures in it'],
  [
    /Decoder .*not found|Unsupported codec|Decoding requested, but no decoder/,
    'this ffmpeg cannot decode its format',
  ],
  [/Format not on whitelist/, 'it is no video that is read here'],
  [/Protocol .*not on whitelist/, 'it refers to other files or addresses, which are not opened'],
  [/Invalid data found|Unknown input format/, 'it is no video, or damaged'],
  [/No such file/, 'there is no such file'],
  [/Permission denied/, 'it may not be read'],
  [/Is a directory/, 'it is a folder'],
];

/** What FFmpeg's messages about a file mean, in plain words where they are known. */
export function reasonOf(messages: readonly string[], file: string): string {
  for (const [pattern, meaning] of meanings) if (messages.some((line) => pattern.test(line))) return meaning;
  // What comes first is the cause of the rest.
  const first = messages[0]?.replaceAll(`file:${file}`, 'it').replace(/^\[[^\]]*\] /, '');
  return first === undefined ? 'ffmpeg gave no reason' : `ffmpeg says: ${first}`;
}

/** The formats of videos. Others, such as play lists, may refer to other files and addresses. */
const formats = 'mov,matroska,avi,mpeg,mpegts,mpegvideo,ogg,asf,flv';

/** How FFmpeg is to open a file: as a video, and nothing but that file. */
export const inputOf = (file: string): string[] => [
  ...['-format_whitelist', formats, '-protocol_whitelist', 'file'],
  ...['-i', `file:${file}`],
];
