// The same in a worker thread, which nobody has prepared for it: this thread loads nothing.
import { Worker } from 'node:worker_threads';

const worker = new Worker(new URL('./recognise-and-train.mjs', import.meta.url), {
  workerData: process.argv[2],
});
worker.on('exit', (code) => {
  process.exitCode = code;
});
// Nor does it answer at first: it waits in a system call.
const { execSync } = await import('node:child_process');
execSync('sleep 1');
