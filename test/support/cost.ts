import { spawn } from 'node:child_process';

/** What a process took, that of its children included, how it ended and what it printed. */
export interface Cost {
  /** Of processor time. */
  readonly seconds: number;
  /** Of memory (resident set), at the most; of a child, not counted. */
  readonly megabytes: number;
  readonly code: number | null;
  /** Standard output and standard error. */
  readonly answer: string;
}

/** At its end, what the process took goes to file 3. */
const meter = `data:text/javascript,${encodeURIComponent(`
  import { readFileSync, writeSync } from 'node:fs';
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    let [seconds, kilobytes] = [(userCPUTime + systemCPUTime) / 1e6, maxRSS];
    if (process.platform === 'linux') {
      // Its own: maxRSS begins with that of the process it was started by. And the time of children, in hundredths.
      kilobytes = /VmHWM:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))[1];
      const ticks = readFileSync('/proc/self/stat', 'latin1').split(') ')[1].split(' ').slice(13, 15);
      seconds += (Number(ticks[0]) + Number(ticks[1])) / 100;
    }
    writeSync(3, JSON.stringify({ seconds, megabytes: kilobytes / 1024 }));
  });
`)}`;

/** Runs Node with `args`, without standard input, and measures. */
export async function costOf(...args: readonly string[]): Promise<Cost> {
  const child = spawn(process.execPath, ['--import', meter, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  let [answer, figures] = ['', ''];
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (answer += text));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (answer += text));
  (child.stdio[3] as NodeJS.ReadableStream).setEncoding('utf8').on('data', (text) => (figures += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  if (!figures) throw new Error(`The process ended without its figures (exit code ${code}): ${answer}`);
  return { ...(JSON.parse(figures) as Pick<Cost, 'seconds' | 'megabytes'>), code, answer: answer.trimEnd() };
}

/** With SDNET_COSTS=1, prints a row of a table (docs/testing.md). */
export function reportCost(what: string, before: string, { seconds, megabytes, answer }: Cost): void {
  if (process.env.SDNET_COSTS !== '1') return;
  const words = answer.split('\n').at(-1)!.slice(0, 160);
  process.stdout.write(
    `| ${what} | ${before} | ${seconds.toFixed(2)} s, ${megabytes.toFixed(0)} MB | ${words} |\n`,
  );
}
