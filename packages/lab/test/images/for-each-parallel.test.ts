import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { forEachParallel } from '../../src/images/for-each-parallel.js';

describe('forEachParallel', () => {
  it('runs every item once and no more than the limit at a time', async () => {
    const seen: [string, number][] = [];
    let running = 0;
    let most = 0;
    await forEachParallel([...'abcdefg'], 3, async (item, index) => {
      most = Math.max(most, ++running);
      for (let turn = 0; turn < index % 2; turn++) await setImmediate();
      running--;
      seen.push([item, index]);
    });
    expect(most).toBe(3);
    expect(seen.sort((a, b) => a[1] - b[1])).toEqual([...'abcdefg'].map((item, index) => [item, index]));
  });

  it('throws the error of the first item in order and starts nothing after a failure', async () => {
    const started: number[] = [];
    let finishThird = () => {};
    const fails: ((error: Error) => void)[] = [];
    const run = forEachParallel([...'abcdef'], 3, (_item, index) => {
      started.push(index);
      return new Promise<void>((resolve, reject) => {
        fails[index] = reject;
        if (index === 2) finishThird = resolve;
      });
    });
    fails[1]!(new Error('item 1'));
    await setImmediate();
    finishThird();
    await setImmediate();
    fails[0]!(new Error('item 0'));
    await expect(run).rejects.toThrow('item 0');
    expect(started).toEqual([0, 1, 2]);
  });
});
