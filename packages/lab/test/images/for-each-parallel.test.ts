import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { forEachParallel } from '../../src/images/for-each-parallel.js';

describe('forEachParallel', () => {
  it('runs every item once and no more than the limit at a time', async () => {
    const seen: [string, number][] = [];
    let running = 0;
    let most = 0;
    await forEachParallel([...'abcdefg'], 3, async (item, index) => {
      most = Math.max(most, ++running);
      await setTimeout(index % 2);
      running--;
      seen.push([item, index]);
    });
    expect(most).toBe(3);
    expect(seen.sort((a, b) => a[1] - b[1])).toEqual([...'abcdefg'].map((item, index) => [item, index]));
  });

  it('throws the error of the first item in order and starts nothing after a failure', async () => {
    const started: number[] = [];
    const run = forEachParallel([30, 1, 30, 30, 30, 30], 3, async (delay, index) => {
      started.push(index);
      await setTimeout(delay);
      if (index < 2) throw new Error(`item ${index}`);
    });
    await expect(run).rejects.toThrow('item 0');
    expect(started).toEqual([0, 1, 2]);
  });
});
