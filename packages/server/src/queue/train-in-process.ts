import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
// Before any process is started: it switches telemetry off, for them as well (docs/decisions/0005).
import '@sdnet/autograd/node';
import type { RunJob } from '@sdnet/lab/cli';
import type { EpochRecord } from '@sdnet/lab';
import type { TrainingMessage } from './training-messages.js';

/** How a process that makes a run ended. */
export type TrainingEnd = Exclude<TrainingMessage, { readonly kind: 'epoch' }>;

/** Makes a run in a process of its own. A process that dies is a failure that another attempt may not have. */
export function trainInProcess(
  job: RunJob,
  { signal, onEpoch }: { readonly signal: AbortSignal; readonly onEpoch: (record: EpochRecord) => void },
): Promise<TrainingEnd> {
  const child = fork(fileURLToPath(new URL('./training-process.js', import.meta.url)), {
    // Flags of this process are not its.
    execArgv: [],
  });
  const stop = () => child.connected && child.send('stop', () => {});
  return new Promise((resolve) => {
    let end: TrainingEnd | undefined;
    child.on('message', (message: TrainingMessage) => {
      if (message.kind === 'epoch') onEpoch(message.record);
      else end = message;
    });
    child.on('error', (error) => resolve({ kind: 'failed', reason: error.message, isFinal: false }));
    child.on('close', (code, died) => {
      signal.removeEventListener('abort', stop);
      const how = died === null ? `with exit code ${code}` : `by ${died}`;
      const reason = `The process that trained ended ${how}${died === 'SIGKILL' ? ', perhaps for want of memory' : ''}.`;
      resolve(end ?? { kind: 'failed', reason, isFinal: false });
    });
    child.send(job, () => {});
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
