/**
 * Measures the studio's live view in headless Chromium with a fake camera: time to the page and to the first result of a
 * new visitor, then minutes of following a face (frames a second, tasks of the main thread over 50 ms, memory,
 * requests), then what is left of it without a network and after a reload without one. Prints JSON.
 *
 *   npm run build && node benchmarks/studio-live.mjs [--minutes 5]
 */
/* global PerformanceObserver */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { buildStudio } from '../apps/studio/build.mjs';
import { serveStudio } from '../apps/studio/serve.mjs';
import { describeMachine } from './machine.mjs';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '5' } } });
const portrait = fileURLToPath(new URL('../samples/portrait.jpg', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'sdnet-studio-live-'));
const outDir = join(folder, 'built');

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

/** Bytes of the built files by kind: raw, and compressed as a web server would. */
async function weigh() {
  const kinds = { scripts: /\.js$/, styles: /\.css$/, wasm: /\.wasm$/, networks: /\.(onnx|safetensors)$/ };
  const files = (await readdir(outDir, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  const weights = {};
  for (const [kind, pattern] of Object.entries(kinds))
    for (const { name, parentPath } of files.filter((file) => pattern.test(file.name))) {
      const content = await readFile(join(parentPath, name));
      const path = join(parentPath, name).slice(outDir.length + 1);
      const brotli = kind === 'networks' ? undefined : brotliCompressSync(content).length;
      (weights[kind] ??= {})[path] = { raw: content.length, gzip: gzipSync(content).length, brotli };
    }
  return weights;
}

/** Notes the tasks of the main thread over 50 ms, from the beginning of the page on. */
function noteLongTasks() {
  globalThis.longTasks = [];
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries())
      globalThis.longTasks.push({ startTime, duration });
  }).observe({ type: 'longtask', buffered: true });
}

const startCamera = (page) => page.getByRole('button', { name: 'Start the camera' }).click();
const firstFace = (page) => page.locator('.faces li').first().waitFor({ timeout: 0 });
const framesPerSecond = async (page) => Number.parseFloat(await page.locator('.rate').innerText());

try {
  const clip = makeClip();
  const started = performance.now();
  await buildStudio({ outDir, logLevel: 'error' });
  const server = await serveStudio(0, { folder: outDir });
  const buildSeconds = (performance.now() - started) / 1000;
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
  const requests = [];
  context.on('request', (request) => requests.push(request.url()));
  const page = await context.newPage();
  await page.addInitScript(noteLongTasks);

  const visited = performance.now();
  await page.goto(`${server.address}/#live`);
  await startCamera(page);
  await firstFace(page);
  const firstResultSeconds = (performance.now() - visited) / 1000;
  await page.getByText('requests since loading').waitFor({ timeout: 0 });
  const loadedRequests = requests.length;

  const cdp = await context.newCDPSession(page);
  const memory = async () => {
    await cdp.send('HeapProfiler.collectGarbage');
    const { usedSize } = await cdp.send('Runtime.getHeapUsage');
    const all = await page.evaluate(async () => (await performance.measureUserAgentSpecificMemory()).bytes);
    return { pageHeapMB: usedSize / 1e6, pageAndWorkersMB: all / 1e6 };
  };
  const minutes = [];
  const begin = await page.evaluate(() => performance.now());
  for (let minute = 0; minute < Number(values.minutes); minute++) {
    const rates = [];
    for (let times = 0; times < 12; times++) {
      await page.waitForTimeout(5000);
      rates.push(await framesPerSecond(page));
    }
    // Measured before memory is, as collecting garbage is a task of its own.
    const end = await page.evaluate(() => performance.now());
    const longTasks = await page.evaluate(
      (from) => globalThis.longTasks.filter(({ startTime }) => startTime >= from),
      minutes.at(-1)?.end ?? begin,
    );
    const kept = await memory();
    const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
    minutes.push({
      framesPerSecond: { mean, least: Math.min(...rates) },
      longTasks: longTasks.filter(({ startTime }) => startTime <= end).map(({ duration }) => duration),
      ...kept,
      end: await page.evaluate(() => performance.now()),
    });
  }
  const requestsAfterLoad = requests.slice(loadedRequests);

  await context.setOffline(true);
  await server.close();
  await page.waitForTimeout(5000);
  const offlineRate = await framesPerSecond(page);
  await page.reload();
  const reloaded = performance.now();
  await startCamera(page);
  await firstFace(page);
  const offlineFirstResultSeconds = (performance.now() - reloaded) / 1000;
  const shown = await page.locator('.status').innerText();
  await context.close();

  const isElsewhere = (url) => url.startsWith('http') && !url.startsWith(server.address);
  console.log(
    JSON.stringify(
      {
        machine: describeMachine(),
        buildSeconds,
        firstResultSeconds,
        loadedRequests,
        minutes: minutes.map(({ end: _, ...minute }) => minute),
        requestsAfterLoad,
        requestsElsewhere: requests.filter(isElsewhere),
        offline: { framesPerSecond: offlineRate, firstResultSeconds: offlineFirstResultSeconds, shown },
        weights: await weigh(),
      },
      undefined,
      2,
    ),
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
