/** The pool's worker, but a job with the image "abort" ends as in a library that finds its memory damaged. */
import work from '../../dist/engine/worker.js';

export default (job) => {
  if (job.images?.some(({ bytes }) => Buffer.from(bytes).toString() === 'abort')) process.abort();
  return work(job);
};
