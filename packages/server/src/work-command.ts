import {
  type CommandModule,
  print,
  requireThreads,
  untilStopped,
  weightsFileOf,
  weightsOption,
} from '@sdnet/lab/cli';
import { labelWorker } from './queue/label-worker.js';
import { requireRedis, shownUrl } from './queue/redis.js';
import { trainWorker } from './queue/train-worker.js';

interface Arguments {
  readonly queue: string;
  readonly weights?: string | undefined;
  readonly workers?: number | undefined;
  readonly files?: string | undefined;
}

/** `sdnet work`. */
export const command: CommandModule<unknown, Arguments> = {
  command: 'work',
  describe: 'Label and train what comes into a queue',
  builder: (yargs) =>
    yargs
      .options({
        queue: {
          type: 'string',
          requiresArg: true,
          demandOption: true,
          description: 'The Redis that has the queue, such as redis://localhost:6379',
        },
        ...weightsOption,
        workers: {
          type: 'number',
          requiresArg: true,
          description: 'Processes that compute, each with networks of its own (default: all cores)',
        },
        files: {
          type: 'string',
          requiresArg: true,
          description:
            'Folder or http address under which the files lie as under the folder sdnet label runs in (default: the same paths)',
        },
      })
      .example(
        '$0 work --queue redis://queue.lan',
        'Label and train for others, with files on a disk that all share',
      ),
  async handler({ queue, weights, workers, files }) {
    requireThreads(workers, 'workers');
    const connection = await requireRedis(queue);
    const stopped = untilStopped();
    const labelling = await labelWorker(connection, { weights: weightsFileOf(weights), workers, files });
    const training = await trainWorker(connection);
    print(`Working for ${shownUrl(queue)}. Ctrl-C stops it.`);
    await stopped;
    await Promise.all([labelling.close(), training.close()]);
  },
};
