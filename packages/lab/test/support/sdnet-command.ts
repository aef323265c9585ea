import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { main } from '../../dist/cli/main.js';

/** The command's program, as it is built. */
export const program: string = fileURLToPath(new URL('../../bin/sdnet.js', import.meta.url));

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
export function startSdnet(
  args: readonly string[],
  onError: (text: string) => void = () => {},
  cwd?: string,
): Running {
  const child = spawn(process.execPath, [program, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
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

/** Like `sdnet`, within this process: for what does little, in a tenth of the time. */
export async function sdnetHere(...args: string[]): Promise<Ended> {
  const printed = { log: '', error: '' };
  const spies = (['log', 'error'] as const).map((method) =>
    vi.spyOn(console, method).mockImplementation((text: unknown) => {
      printed[method] += `${text}\n`;
    }),
  );
  const code = await main(args);
  for (const spy of spies) spy.mockRestore();
  return { code, stdout: printed.log, stderr: printed.error };
}
