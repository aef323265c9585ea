import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type ErrorCode, UserError } from '../../user-error.js';
import type { DecodedImage } from './decode-image.js';

/** What the process says first, as a line of JSON; the pixels follow. */
export type ApartAnswer = { readonly warnings: readonly string[] } & (
  Omit<DecodedImage, 'pixels'> | { readonly message: string; readonly code?: ErrorCode }
);

/** In bytes and seconds of processor time: more than a picture that `decodeImage` lets in takes. */
export interface DecodingLimits {
  readonly memory: number;
  readonly seconds: number;
}
const defaultLimits: DecodingLimits = { memory: 1_900_000_000, seconds: 60 };

const program = fileURLToPath(new URL('decode-apart-process.js', import.meta.url));

let last: Promise<unknown> = Promise.resolve();

/**
 * Decodes a file's bytes in a process of its own, which takes the memory with it when it ends, and can be ended. One runs
 * at a time. Throws what `decodeImage` throws, and a `UserError` where the process went beyond its limits.
 */
export function decodeApart(
  bytes: Uint8Array,
  name: string,
  onWarning: (message: string) => void,
  limits = defaultLimits,
): Promise<DecodedImage> {
  const image = last.then(() => run(bytes, name, onWarning, limits));
  last = image.catch(() => {});
  return image;
}

async function run(
  bytes: Uint8Array,
  name: string,
  onWarning: (message: string) => void,
  limits: DecodingLimits,
): Promise<DecodedImage> {
  const child = spawn(process.execPath, [program, name, JSON.stringify(limits)], { stdio: 'pipe' });
  const ended = new Promise<string>((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    child.once('close', (code, signal) => resolve(signal ?? `exit ${code}`));
  });
  let complaint = '';
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (complaint = (complaint + text).slice(0, 1000)));
  // It may end without having read all.
  child.stdin.on('error', () => {}).end(bytes);

  let head = Buffer.alloc(0);
  let answer: ApartAnswer | undefined;
  let pixels = new Uint8Array(0);
  let filled = 0;
  try {
    for await (const part of child.stdout as AsyncIterable<Buffer>) {
      let rest = part;
      if (!answer) {
        head = Buffer.concat([head, part]);
        const end = head.indexOf('\n');
        if (end < 0) continue;
        answer = JSON.parse(head.toString('utf8', 0, end)) as ApartAnswer;
        if ('width' in answer) pixels = new Uint8Array(answer.width * answer.height * answer.channels);
        rest = head.subarray(end + 1);
      }
      pixels.set(rest, filled);
      filled += rest.length;
    }
  } finally {
    child.kill('SIGKILL');
  }
  const end = await ended;
  if (answer && 'message' in answer)
    throw new UserError(answer.message, answer.code && { code: answer.code });
  if (!answer || filled < pixels.length)
    throw new UserError(
      `${name}: the image could not be decoded: ${complaint.trim() || `its process ended (${end})`}. Make the image smaller first.`,
      { code: 'image-too-large' },
    );
  for (const warning of answer.warnings) onWarning(warning);
  return { width: answer.width, height: answer.height, channels: answer.channels, pixels };
}
