/**
 * A process that makes one run. ONNX Runtime computes on the calling thread, so that a worker which trained itself could not
 * tell Redis meanwhile that it is alive; and what a library aborts on ends this process alone.
 *
 * The first message is the run, a second one stops it after the current step.
 */
import { complainOfFault, makeRunJob, type RunJob, RunOccupiedError, UsageError } from '@sdnet/lab/cli';
import { UserError } from 'sdnet';
import type { TrainingMessage } from './training-messages.js';

// Ctrl-C goes to every process of a terminal, SIGTERM to every one of a service; the worker says what is to end.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
// The worker is dead: another takes the run over, for which its folder must be free.
process.on('disconnect', () => process.exit(1));

const stopping = new AbortController();
process.once('message', (job: RunJob) => {
  process.once('message', () => stopping.abort());
  void made(job).then((last) => process.send!(last, () => process.exit()));
});

async function made(job: RunJob): Promise<TrainingMessage> {
  try {
    const onEpoch = (record: TrainingMessage & { kind: 'epoch' }) => process.send!(record);
    const isFinished = await makeRunJob(job, {
      signal: stopping.signal,
      onEpoch: (record) => onEpoch({ kind: 'epoch', record }),
    });
    return { kind: isFinished ? 'finished' : 'stopped' };
  } catch (error) {
    const reason = (error as Error).message;
    if (error instanceof RunOccupiedError) return { kind: 'occupied', reason };
    const isFinal = error instanceof UserError || error instanceof UsageError;
    if (!isFinal) complainOfFault(error);
    return { kind: 'failed', reason, isFinal };
  }
}
