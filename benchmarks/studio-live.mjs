/**
 * Measures `npm run studio` and its live view as a new visitor has them, in headless Chromium with a fake camera: time to
 * the page and to the first result, then minutes of following a face (frames a second, tasks of the main thread over 50 ms,
 * memory, requests), what is left of it without a network and after a reload without one, and what the page weighs; see
 * README.md.
 *
 *   node benchmarks/studio-live.mjs [--minutes 5] [--tree FOLDER]
 *
 * `--tree` is another clone in which `npm ci` has run, such as a fresh one.
 */
/* global PerformanceObserver */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { claim } from './claim.mjs';
import { busyShare, describeMachine } from './machine.mjs';
import { table } from './table.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    tree: { type: 'string', default: fileURLToPath(new URL('..', import.meta.url)) },
  },
});
const seconds = 60 * Number(values.minutes);
if (!(seconds > 0)) {
  console.error('--minutes is a number above 0.');
  process.exit(2);
}
const portrait = fileURLToPath(new URL('../samples/portrait.jpg', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'sdnet-studio-live-'));

const secondsSince = (time) => (performance.now() - time) / 1000;
/** What it is doing, beside the figures. */
const tell = (text) => console.error(`… ${text}`);

const busy = await busyShare();
let studio;
try {
  const clip = makeClip();
  tell('npm run studio');
  studio = await startStudio();
  const measured = await visit(clip);
  await report(measured);
} finally {
  studio?.stop();
  await rm(folder, { recursive: true, force: true });
}

/** The portrait's face, moving to and fro in 640×480 pixels at 30 frames a second, 6 seconds. */
function makeClip() {
  const file = join(folder, 'camera.mjpeg');
  const moving = "[1]scale=480:480[p];[0][p]overlay=x='80+60*sin(t*1.0472)':y=0:shortest=1";
  const ground = ['-f', 'lavfi', '-i', 'color=gray:s=640x480:r=30:d=6'];
  const source = ['-loop', '1', '-framerate', '30', '-i', portrait];
  const encoding = ['-pix_fmt', 'yuvj420p', '-q:v', '2', '-t', '6', file];
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...ground, ...source, '-filter_complex', moving, ...encoding]);
  return file;
}

/** Runs the command as a user does, until it has said where the page is. */
async function startStudio() {
  const started = performance.now();
  const child = spawn('npm', ['run', 'studio', '--', '--port', '0'], {
    cwd: values.tree,
    // A group of its own, so that what npm has started is stopped with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = () => {
    try {
      process.kill(-child.pid);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const [, address] = /^The studio is at (\S+)/.exec(line) ?? [];
    if (address) return { address, stop, seconds: secondsSince(started) };
  }
  throw new Error('npm run studio has ended.');
}

/** Notes the tasks of the main thread over 50 ms, from the beginning of the page on. */
function noteLongTasks() {
  globalThis.longTasks = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) globalThis.longTasks.push(duration);
  }).observe({ type: 'longtask', buffered: true });
}

async function visit(clip) {
  const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: '/usr/bin/chromium',
    headless: true,
    locale: 'en-GB',
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
      ...['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
      `--use-file-for-fake-video-capture=${clip}`,
    ],
  });
  context.setDefaultTimeout(0);
  const requests = [];
  context.on('request', (request) => requests.push(request.url()));
  const page = await context.newPage();
  await page.addInitScript(noteLongTasks);
  const startCamera = () => page.getByRole('button', { name: 'Start the camera' }).click();
  const firstFace = (options) => page.locator('.faces li').first().waitFor(options);
  const rateShown = async () => Number.parseFloat(await page.locator('.rate').innerText());
  /** The long tasks since the last call. */
  const longTasks = () => page.evaluate(() => globalThis.longTasks.splice(0));

  tell('first visit');
  const visited = performance.now();
  await page.goto(`${studio.address}/#live`);
  const pageSeconds = secondsSince(visited);
  await startCamera();
  await firstFace();
  const firstResultSeconds = secondsSince(visited);
  await page.getByText(/requests? since loading/).waitFor();
  const loading = { requests: [...requests], longTasks: await longTasks() };

  const cdp = await context.newCDPSession(page);
  /** After collecting garbage: MB of the page's scripts, and all that the page's process holds for itself, workers included. */
  async function memory() {
    await cdp.send('HeapProfiler.collectGarbage');
    const { usedSize } = await cdp.send('Runtime.getHeapUsage');
    const kept = { heap: usedSize / 1e6, process: await privateMegabytes(context) };
    // Collecting garbage was one.
    await longTasks();
    return kept;
  }
  /** Frames a second as the page shows them, once a second, and long tasks. */
  async function follow(length) {
    const rates = [];
    const began = performance.now();
    do {
      await page.waitForTimeout(Math.min(1000, 1000 * length));
      rates.push(await rateShown());
    } while (secondsSince(began) < length);
    return { rates, longTasks: await longTasks() };
  }
  tell(`following a face for ${values.minutes} minutes`);
  const begin = await follow(seconds / 10);
  const memoryAtBegin = await memory();
  const rest = await follow(seconds - seconds / 10);
  const memoryAtEnd = await memory();
  const requestsAfterLoad = requests.slice(loading.requests.length);
  const requestsShown = await page.locator('.status').innerText();

  tell('without a network');
  await context.setOffline(true);
  studio.stop();
  const { rates: ratesOffline } = await follow(5);
  await page.reload();
  const reloaded = performance.now();
  await startCamera();
  const firstResultOffline = await firstFace({ timeout: 120_000 }).then(
    () => secondsSince(reloaded),
    () => undefined,
  );
  await context.close();
  return {
    ...{ pageSeconds, firstResultSeconds, loading, requests, requestsAfterLoad, requestsShown },
    rates: [...begin.rates, ...rest.rates],
    longTasks: [...begin.longTasks, ...rest.longTasks],
    memory: [memoryAtBegin, memoryAtEnd],
    ...{ ratesOffline, firstResultOffline },
  };
}

/**
 * MB of memory of the browser's renderer processes that they share with no other. The page cannot be asked instead:
 * `performance.measureUserAgentSpecificMemory` waits for workers that compute, and for a collection of garbage at its leisure.
 */
async function privateMegabytes(context) {
  const browser = await context.browser().newBrowserCDPSession();
  const { processInfo } = await browser.send('SystemInfo.getProcessInfo');
  await browser.detach();
  let kilobytes = 0;
  for (const { id } of processInfo.filter(({ type }) => type === 'renderer')) {
    const memory = await readFile(`/proc/${id}/smaps_rollup`, 'utf8');
    for (const [, size] of memory.matchAll(/^Private_\w+: +(\d+) kB$/gm)) kilobytes += Number(size);
  }
  return (kilobytes * 1024) / 1e6;
}

/** What was loaded in the first visit, the service worker's part included: raw, and as a web server compresses it. */
async function weigh(addresses) {
  const built = join(values.tree, 'apps/studio/dist');
  const paths = new Set(
    addresses
      .filter((address) => address.startsWith(studio.address))
      .map((address) => new URL(address).pathname.slice(1) || 'index.html'),
  );
  const files = await Promise.all(
    [...paths].map(async (path) => {
      const content = await readFile(join(built, path));
      return { path, raw: content.length, gzip: gzipSync(content).length };
    }),
  );
  return files.sort((a, b) => b.gzip - a.gzip);
}

async function report(measured) {
  const { loading, requests, requestsAfterLoad, requestsShown } = measured;
  const { rates, longTasks, memory, ratesOffline, firstResultOffline } = measured;
  const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const said = (tasks) =>
    tasks.length === 0 ? 'none' : `${tasks.length}, the longest ${Math.max(...tasks)} ms`;
  const elsewhere = requests.filter((url) => url.startsWith('http') && !url.startsWith(studio.address));
  const files = await weigh(loading.requests);
  const own = files.filter(({ path }) => path.endsWith('.js') && !/\/ort\./.test(path));
  const ownBytes = own.reduce((sum, { gzip }) => sum + gzip, 0);
  const [begin, end] = memory;

  console.log(`${describeMachine()}; ${Math.round(100 * busy)} % of the cores were busy before.\n`);
  console.log(`npm run studio: ${studio.seconds.toFixed(1)} s until it says where the page is.`);
  console.log(
    `First visit: page loaded after ${measured.pageSeconds.toFixed(1)} s; tasks over 50 ms: ${said(loading.longTasks)}.`,
  );
  console.log(
    `Followed for ${values.minutes} minutes: the page says “${requestsShown.split('\n').at(-1)}”.\n`,
  );
  const kilobytes = (bytes) => (bytes / 1000).toFixed(1);
  console.log(
    table(
      [
        ['loaded in the first visit', ({ path }) => path],
        ['KB', ({ raw }) => kilobytes(raw)],
        ['KB, gzip', ({ gzip }) => kilobytes(gzip)],
      ],
      [
        ...files,
        {
          path: 'together',
          raw: files.reduce((sum, { raw }) => sum + raw, 0),
          gzip: files.reduce((sum, { gzip }) => sum + gzip, 0),
        },
      ],
    ),
    '\n',
  );
  for (const line of [
    claim(
      'first result within 5 s of the first visit',
      `${measured.firstResultSeconds.toFixed(1)} s`,
      measured.firstResultSeconds <= 5,
    ),
    claim(
      'at least 15 frames a second',
      `${mean(rates).toFixed(1)} in the mean, ${Math.min(...rates)} at least`,
      mean(rates) >= 15,
    ),
    claim('no task of the main thread over 50 ms while it follows', said(longTasks), longTasks.length === 0),
    claim(
      'memory is flat from the first tenth to the end',
      `scripts ${begin.heap.toFixed(1)} to ${end.heap.toFixed(1)} MB, process ${begin.process.toFixed(0)} to ${end.process.toFixed(0)} MB`,
      end.process <= 1.05 * begin.process,
    ),
    claim('no request after loading', requestsAfterLoad.length, requestsAfterLoad.length === 0),
    claim('no request to another origin', elsewhere.length, elsewhere.length === 0),
    claim(
      'it goes on when the network is cut',
      `${mean(ratesOffline).toFixed(1)} frames a second`,
      ratesOffline.at(-1) > 0,
    ),
    claim(
      'it works after a reload without a network',
      firstResultOffline === undefined
        ? 'no result in two minutes'
        : `first result after ${firstResultOffline.toFixed(1)} s`,
      firstResultOffline !== undefined,
    ),
    claim(
      'scripts of its own weigh at most 250 KB compressed',
      `${kilobytes(ownBytes)} KB in ${own.length} files`,
      ownBytes <= 250_000,
    ),
  ])
    console.log(line);
}
