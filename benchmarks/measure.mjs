import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { busyShare } from './machine.mjs';
import { median } from './peers/peer.mjs';

const execute = promisify(execFile);

/** Debian's python3-torch belongs to the system's own interpreter. */
const PYTHON = '/usr/bin/python3';

/** Above this share of the machine in use by others, figures are not worth quoting. */
const BUSY = 0.1;

/**
 * A measurement: a script of this folder, which runs in a process of its own and prints a JSON line a row. `label` says
 * what it is; `fields` are added to its rows; with `once` it runs in the first round only; with `required` its failure
 * ends the run, where that of a peer leaves out the peer.
 */
export function measurement(label, script, args, { fields = {}, once = false, required = false } = {}) {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const command = script.endsWith('.py') ? PYTHON : process.execPath;
  return { label, command, args: [path, ...args.map(String)], fields, once, required };
}

/**
 * Runs the measurements one after the other, as often as `rounds` says, so that whatever slows the machine down for a
 * while slows all of them.
 *
 * @returns `rows`: one for each thing measured, with the median of its rounds (`milliseconds`), the fastest and the
 * slowest of them and the largest peak memory; `notes`: why a peer is missing, or that the machine was busy
 */
export async function measureInRounds(measurements, rounds) {
  const rows = [];
  const failures = new Map();
  let busiest = 0;
  for (let round = 1; round <= rounds; round++) {
    const busy = await busyShare();
    busiest = Math.max(busiest, busy);
    if (busy > BUSY) console.error(`Something else is running: ${busyText(busy)}.`);
    for (const { label, command, args, fields, once, required } of measurements) {
      if (failures.has(label) || (once && round > 1)) continue;
      console.error(`Round ${round} of ${rounds}: ${label}`);
      try {
        const measured = await run(command, args);
        rows.push(...measured.map((row) => ({ ...row, ...fields })));
      } catch (error) {
        if (required) throw error;
        failures.set(label, error.message);
      }
    }
  }
  const notes = [...failures].map(([label, message]) => `Left out: ${label}. ${message}`);
  if (busiest > BUSY) notes.push(`Do not quote these figures: before a round, ${busyText(busiest)}.`);
  return { rows: summarise(rows), notes };
}

const busyText = (share) => `${Math.round(100 * share)} % of the machine was taken by other programs`;

async function run(command, args) {
  try {
    const { stdout } = await execute(command, args);
    return stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
  } catch (error) {
    if (error.code === 'ENOENT')
      throw new Error(`${command} is missing: apt-get install python3-torch`, { cause: error });
    throw new Error(error.stderr?.trim() || error.message, { cause: error });
  }
}

/** Rows that differ in nothing but what was measured become one. */
function summarise(rows) {
  const groups = new Map();
  for (const { milliseconds, imagesPerSecond, peakMemoryMiB, ...identity } of rows) {
    const key = JSON.stringify(identity);
    const group = groups.get(key) ?? { identity, times: [], peaks: [] };
    group.times.push(milliseconds);
    group.peaks.push(peakMemoryMiB ?? 0);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ identity, times, peaks }) => ({
    ...identity,
    milliseconds: median(times),
    fastest: Math.min(...times),
    slowest: Math.max(...times),
    imagesPerSecond: (1000 * identity.batch) / median(times),
    peakMemoryMiB: Math.max(...peaks),
  }));
}

/** The fastest of the rows; undefined where there is none. */
export function fastestOf(rows) {
  return rows.toSorted((a, b) => a.milliseconds - b.milliseconds)[0];
}

/** How many times faster than `reference` a row is, an image; undefined where there is no reference. */
export function speedup(row, reference) {
  return row && reference && row.imagesPerSecond / reference.imagesPerSecond;
}
