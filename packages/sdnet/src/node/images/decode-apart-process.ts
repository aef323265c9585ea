import { writeSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import type { UserError } from '../../user-error.js';
import type { ApartAnswer, DecodingLimits } from './decode-apart.js';
import { openBytes } from './decode-image.js';

/*
 * The program that decodes one image apart: its bytes on standard input, its name and the limits as arguments; a line with what it is and
 * then its pixels on standard output.
 */

const [, , name, limits] = process.argv as [string, string, string, string];
const { memory, seconds } = JSON.parse(limits) as DecodingLimits;

// The threads that decode cannot be stopped, but the process can: at once, without waiting for them.
const end = (reason: string) => {
  writeSync(2, `it takes more than ${reason}`);
  process.kill(process.pid, 'SIGKILL');
};
setInterval(() => {
  const { user, system } = process.cpuUsage();
  if (process.memoryUsage.rss() > memory) end(`${memory / 1e6} MB of memory`);
  if (user + system > seconds * 1e6) end(`${seconds} s of processor time`);
}, 20).unref();

const warnings: string[] = [];
const say = (answer: ApartAnswer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
try {
  const { decode } = await openBytes(await buffer(process.stdin), name, (message) => warnings.push(message));
  const { pixels, ...image } = await decode();
  say({ ...image, warnings });
  process.stdout.write(pixels);
} catch (error) {
  const { message, code } = error as UserError;
  say({ message, ...(code && { code }), warnings });
}
