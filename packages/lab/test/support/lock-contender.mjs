/**
 * A process that takes run folders' locks as its parent tells it, and answers each message:
 * `{ take: folder }` with `held` or the refusal, `{ release: true }` with `released`, and `{ churn: folder, times }` with
 * how often it held the lock, and how often somebody else held it at the same time.
 */
import { closeSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { lockRun } from '../../dist/runs/run-lock.js';

let lock;

async function take(folder) {
  try {
    lock = await lockRun(folder);
    return 'held';
  } catch (error) {
    if (error.name !== 'UserError') throw error;
    return error.message;
  }
}

async function churn(folder, times) {
  const holder = join(folder, 'holder');
  let held = 0;
  let together = 0;
  for (let attempt = 0; attempt < times; attempt++) {
    if ((await take(folder)) !== 'held') continue;
    held++;
    try {
      closeSync(openSync(holder, 'wx'));
      await lock.requireHeld();
      rmSync(holder);
    } catch {
      together++;
    }
    await lock.release();
  }
  return { held, together };
}

process.on('message', async ({ take: folder, churn: shared, times }) => {
  if (folder !== undefined) process.send(await take(folder));
  else if (shared !== undefined) process.send(await churn(shared, times));
  else {
    await lock?.release();
    lock = undefined;
    process.send('released');
  }
});
