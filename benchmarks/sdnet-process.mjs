import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../packages/lab/bin/sdnet.js', import.meta.url));
const { readProgress } = await import(
  new URL('../packages/server/dist/label/ledger.js', import.meta.url).href
);

/** A running `sdnet`. `codes` it may end with: 1 is that some files cannot be read. */
export function startSdnet(args, { codes = [0, 1], cwd } = {}) {
  const child = spawn(process.execPath, [program, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  let isRunning = true;
  let hear = () => {};
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      // Of much that is printed, the end.
      printed = (printed + text).slice(-10_000);
      hear();
    });
  const ended = once(child, 'exit').then(([code]) => {
    isRunning = false;
    hear();
    if (code !== null && !codes.includes(code)) throw new Error(`sdnet ${args[0]}: ${printed}`);
    return { code, printed };
  });
  ended.catch(() => {});
  return {
    pid: child.pid,
    ended,
    isRunning: () => isRunning,
    kill: (signal = 'SIGKILL') => child.kill(signal),
    /** Ends when it has printed the text. */
    async until(text) {
      while (!printed.includes(text)) {
        if (!isRunning) throw new Error(`sdnet ${args[0]}: ${printed}`);
        await new Promise((resolve) => (hear = resolve));
      }
      return printed;
    },
  };
}

export const runSdnet = (args, options) => startSdnet(args, options).ended;

/** How many files have their labels in the ledger of an output. */
export async function statusOf(out) {
  try {
    const { done, failed } = await readProgress(`${out.slice(0, -extname(out).length)}.ledger`);
    return done + failed;
  } catch {
    return 0;
  }
}
