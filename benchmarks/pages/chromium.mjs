/**
 * Pages of the benchmarks in Debian's headless Chromium.
 */
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('../..', import.meta.url));
const types = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript' };
const typeOf = (path) =>
  types[extname(path)] ?? (path.endsWith('.wasm') ? 'application/wasm' : 'application/octet-stream');

/** Bundles a script of this folder into `folder`, with all that our recognizer loads beside it; minified, as it is served. */
export async function bundlePage(script, folder) {
  const options = { bundle: true, format: 'esm', minify: true, logLevel: 'silent' };
  const worker = 'packages/sdnet/dist/browser/recognizer-worker.js';
  await build({
    ...options,
    entryPoints: [join(root, 'benchmarks/pages', script)],
    outfile: join(folder, 'main.js'),
  });
  await build({
    ...options,
    entryPoints: [join(root, worker)],
    outfile: join(folder, 'recognizer-worker.js'),
  });
  const files = [
    ...['back', 'short-range'].map((name) => `models/blazeface/${name}.onnx`),
    'models/sdnet-fer2013/weights.safetensors',
    'node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm',
  ];
  for (const file of files) await copyFile(join(root, file), join(folder, file.split('/').at(-1)));
}

/**
 * Opens a page that loads `/main.js`, and waits until it prints a line that begins with "done".
 *
 * @param folder what is served
 * @param mounts other folders, by the first part of a path
 * @param headers of every answer, such as a content security policy
 * @returns the lines of JSON that it printed, and the addresses it asked for
 */
export async function runPage(folder, { mounts = {}, headers = {}, query = '' } = {}) {
  const server = createServer(async ({ url }, response) => {
    const path = normalize(new URL(url, 'http://localhost').pathname);
    const [, first, ...rest] = path.split('/');
    const file = mounts[first] ? join(mounts[first], ...rest) : join(folder, path);
    const content =
      path === '/'
        ? '<!doctype html><meta charset="utf-8"><script type="module" src="main.js"></script>'
        : await readFile(file).catch(() => undefined);
    const type = path === '/' ? 'text/html' : typeOf(path);
    response.writeHead(content === undefined ? 404 : 200, { 'content-type': type, ...headers });
    response.end(content);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const profile = await mkdtemp(join(tmpdir(), 'sdnet-page-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: '/usr/bin/chromium',
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });
  try {
    const page = await context.newPage();
    const lines = [];
    const requests = [];
    context.on('request', (request) => requests.push(request.url()));
    const done = new Promise((resolve, reject) => {
      page.on('console', (message) => {
        if (message.text().startsWith('{')) lines.push(JSON.parse(message.text()));
        if (message.text().startsWith('done')) resolve();
      });
      page.on('pageerror', reject);
      page.on('crash', () => reject(new Error('The page has crashed.')));
    });
    const origin = `http://127.0.0.1:${server.address().port}`;
    await page.goto(`${origin}/${query}`);
    await done;
    return { lines, requests, origin };
  } finally {
    await context.close();
    server.close();
    await rm(profile, { recursive: true, force: true });
  }
}
