import type { RunQueuePackage } from '@sdnet/lab/cli';
import { queueTrainer } from './queue/queue-trainer.js';
import { requireRedis } from './queue/redis.js';

/** What `sdnet compare`, `ablate` and `crossval` need for `--queue`. */
export const connectRunQueue: RunQueuePackage['connectRunQueue'] = async (url) =>
  queueTrainer(await requireRedis(url));
