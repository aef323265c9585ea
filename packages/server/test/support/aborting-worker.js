/**
 * The pool's worker, but a job with the image "abort" ends as in a library that finds its memory damaged, and one with
 * "stall" among others takes longer than any limit.
 */
import { setTimeout } from 'node:timers/promises';
import work from '../../dist/engine/worker.js';

const has = (job, text) => job.images?.some(({ bytes }) => Buffer.from(bytes).toString() === text);

export default async (job) => {
  if (has(job, 'abort')) process.abort();
  if (has(job, 'stall') && job.images.length > 1) await setTimeout(600_000);
  return work(job);
};
