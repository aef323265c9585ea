/**
 * Runs a task for the newest of what it is called with: while one runs, the last of the calls waits, and those between are
 * left out.
 */
export function newestOnly<Input>(task: (input: Input) => Promise<void>): (input: Input) => void {
  let waiting: { readonly input: Input } | undefined;
  let isRunning = false;
  async function run(): Promise<void> {
    isRunning = true;
    while (waiting) {
      const { input } = waiting;
      waiting = undefined;
      await task(input);
    }
    isRunning = false;
  }
  return (input) => {
    waiting = { input };
    if (!isRunning) void run();
  };
}
