import { vi } from 'vitest';

const asked = process.env.SDNET_FUZZ;

/**
 * How often a test repeats something random (docs/testing.md): `usual`, or as often as `SDNET_FUZZ` says, with a time
 * limit that grows along.
 */
export function fuzzCount(usual: number): number {
  if (asked === undefined) return usual;
  const count = Number(asked);
  if (!Number.isInteger(count) || count < 1)
    throw new Error(`SDNET_FUZZ=${asked}: a whole number is expected.`);
  vi.setConfig({ testTimeout: 900_000 + 10_000 * count });
  return count;
}

/** Prints what a long run came to. */
export function reportFuzz(what: string, counts: Readonly<Record<string, number>>): void {
  if (asked === undefined) return;
  const text = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  process.stdout.write(`${what}: ${text.join(', ')}\n`);
}
