import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { limitCost } from '../../src/images/limit-cost.js';

describe('limitCost', () => {
  it('runs every task, in order, and never more at a time than the limit, or one that is above it alone', async () => {
    const costs = [3, 4, 5, 12, 1, 1, 1, 10, 2];
    const started: number[] = [];
    const together: number[][] = [];
    const running = new Set<number>();
    const limited = limitCost(10);
    const results = await Promise.all(
      costs.map((cost, index) =>
        limited(cost, async () => {
          started.push(index);
          running.add(index);
          together.push([...running].map((task) => costs[task]!));
          for (let turn = 0; turn <= index % 3; turn++) await setImmediate();
          running.delete(index);
          return index;
        }),
      ),
    );
    expect(results).toEqual([...costs.keys()]);
    expect(started).toEqual(results);
    for (const some of together)
      expect(some.length === 1 || some.reduce((sum, cost) => sum + cost) <= 10).toBe(true);
    expect(together).toContainEqual([3, 4]);
    expect(together).toContainEqual([12]);
    expect(together).toContainEqual([1, 1, 1]);
  });

  it('goes on after a task that fails', async () => {
    const limited = limitCost(1);
    const failing = limited(1, () => Promise.reject(new Error('broken')));
    const next = limited(1, async () => 'done');
    await expect(failing).rejects.toThrow('broken');
    expect(await next).toBe('done');
  });
});
