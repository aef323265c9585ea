import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The command's program, as it is built. */
export const program: string = fileURLToPath(new URL('../bin/sdnet.js', import.meta.url));

/** How a command ended, and what it printed. */
export interface Ended {
  /** Absent where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running command. */
export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts `sdnet` with `args`. `onError` hears what it prints on standard error, as it comes. */
export function startSdnet(args: readonly string[], onError: (text: string) => void = () => {}): Running {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    onError(text);
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { process: child, ended };
}

/** Runs `sdnet` with `args` to its end. */
export const sdnet = (...args: readonly string[]): Promise<Ended> => startSdnet(args).ended;
