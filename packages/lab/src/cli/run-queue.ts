import { optionalPackage } from '@sdnet/autograd';
import type { EpochRecord } from '@sdnet/training';
import type { MakeRuns } from '../experiments/experiment-run.js';
import { type RunJob, runJob } from './run-job.js';

/**
 * Has the workers of a queue make runs, whose folders lie on storage that all machines share.
 *
 * @returns false where the signal stopped it
 * @throws UserError where runs failed, which says why
 */
export type MakeRunJobs = (
  jobs: readonly RunJob[],
  options: {
    readonly signal?: AbortSignal | undefined;
    readonly onEpoch: (job: number, record: EpochRecord) => void;
  },
) => Promise<boolean>;

/** What the entry `run-queue` of the package with the queue exports. */
export interface RunQueuePackage {
  /** @throws UserError where there is no Redis that can hold a queue */
  connectRunQueue(url: string): Promise<MakeRunJobs>;
}

export const queueOption = {
  queue: {
    type: 'string',
    requiresArg: true,
    description:
      'A Redis whose workers (sdnet work) make the runs instead of this machine, such as redis://queue.lan; --data and --out ' +
      'are storage that all of them share',
  },
} as const;

/** The package is known by name alone, as commands of packages above this one are: see docs/decisions/0009. */
const name = '@sdnet/server';

/**
 * Looks at the queue before anything else is done.
 *
 * @param url undefined: no queue
 * @returns what makes runs by it
 * @throws UserError where there is none; Error with the name `MissingPackageError` where the package is not installed
 */
export async function makeRunsByQueue(url: string | undefined): Promise<MakeRuns | undefined> {
  if (url === undefined) return undefined;
  const { connectRunQueue } = await optionalPackage<RunQueuePackage>(
    name,
    `npm install ${name}`,
    () => import(`${name}/run-queue`),
  );
  const make = await connectRunQueue(url);
  return async (runs, { signal, onEpoch }) => {
    const jobs: RunJob[] = [];
    for (const run of runs) jobs.push(await runJob(run));
    return make(jobs, { signal, onEpoch: (job, record) => onEpoch?.(runs[job]!, record) });
  };
}
