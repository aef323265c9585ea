/**
 * Gives a function that runs tasks, each of some cost, first come, first served, and only as many at a time as cost
 * `limit` together. A task that costs more than that runs alone.
 */
export function limitCost(
  limit: number,
): <Result>(cost: number, task: () => Promise<Result>) => Promise<Result> {
  let running = 0;
  const waiting: { readonly cost: number; readonly start: () => void }[] = [];
  const startNext = () => {
    while (waiting.length > 0 && (running === 0 || running + waiting[0]!.cost <= limit)) {
      const { cost, start } = waiting.shift()!;
      running += cost;
      start();
    }
  };
  return async (cost, task) => {
    await new Promise<void>((start) => {
      waiting.push({ cost, start });
      startNext();
    });
    try {
      return await task();
    } finally {
      running -= cost;
      startNext();
    }
  };
}
