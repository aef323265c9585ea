import { onTestFinished } from 'vitest';
import { type Running, startSdnet } from '../../../lab/test/support/sdnet-command.js';

/** Starts `sdnet work`, and waits until it is at the queue. It ends with the test, however that ends. */
export const startWorker = (
  url: string,
  {
    args = [],
    cwd,
    onError,
  }: {
    readonly args?: readonly string[];
    readonly cwd?: string;
    readonly onError?: (text: string) => void;
  } = {},
): Promise<Running> =>
  new Promise((resolve, reject) => {
    const running = startSdnet(['work', '--queue', url, '--workers', '1', ...args], onError, cwd);
    onTestFinished(() => void running.process.kill('SIGKILL'));
    running.process.stdout!.on('data', (text: string) => {
      if (text.includes('Working for')) resolve(running);
    });
    running.ended.then(({ stderr }) => reject(new Error(stderr)), reject);
  });

/** Ends it as a service does. Returns what it printed on standard error; throws where its exit code is not 0. */
export async function stopWorker({ process, ended }: Running): Promise<string> {
  process.kill('SIGTERM');
  const { code, stderr } = await ended;
  if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`);
  return stderr;
}
