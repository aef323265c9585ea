/**
 * What the studio says of WebGPU on Chromium's software adapter (SwiftShader), and how far the scores of FER2013's faces differ
 * there from WebAssembly's; see README.md.
 *
 *   node benchmarks/studio-webgpu.mjs --data FER2013 [--faces 50]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadDataset, requireSplit } from '@sdnet/lab';
import { chromium } from 'playwright-core';
import { buildStudio } from '../apps/studio/build.mjs';
import { serveStudio } from '../apps/studio/serve.mjs';
import { claim } from './claim.mjs';
import { describeMachine } from './machine.mjs';

const { values } = parseArgs({
  options: { data: { type: 'string' }, faces: { type: 'string', default: '50' } },
});
if (!values.data) {
  console.error('Name FER2013 by --data: its folder, or fer2013.csv.');
  process.exit(2);
}

const folder = await mkdtemp(join(tmpdir(), 'sdnet-studio-webgpu-'));
let server;
let browser;
try {
  const built = join(folder, 'built');
  await buildStudio({ outDir: built, logLevel: 'error' });
  server = await serveStudio(0, { folder: built });
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
      ...['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'],
    ],
  });
  const page = await browser.newPage({ locale: 'en-GB' });
  page.setDefaultTimeout(0);
  await page.goto(`${server.address}/#compare`);
  await page.getByLabel('Right: Device').selectOption('webgpu');
  const said = await page.getByText(/^WebGPU (is not offered|gives the same scores)/).innerText();
  await page.evaluate(() => (globalThis.location.hash = 'about'));

  const dataset = await loadDataset({ dataset: 'fer2013', data: values.data });
  const { width, height, pixels } = dataset;
  const faces = requireSplit(dataset, 'validation')
    .slice(0, Number(values.faces))
    .map((index) => [...pixels.subarray(index * width * height, (index + 1) * width * height)]);
  const scoresBy = async (device) => {
    const began = performance.now();
    const scores = await page.evaluate(read, { device, faces, width, height });
    return { scores, seconds: (performance.now() - began) / 1000 };
  };
  const [webAssembly, webGpu] = [await scoresBy('cpu'), await scoresBy('webgpu')];
  const largest = Math.max(
    ...webAssembly.scores.flatMap((scores, index) =>
      Object.entries(scores).map(([name, score]) => Math.abs(score - webGpu.scores[index][name])),
    ),
  );

  console.log(`${describeMachine()}; ${await browser.version()}, adapter swiftshader.`);
  console.log(`The studio says: “${said}”`);
  console.log(
    `${faces.length} faces, loading included: WebAssembly ${webAssembly.seconds.toFixed(1)} s, WebGPU ${webGpu.seconds.toFixed(1)} s.`,
  );
  console.log(claim('scores differ by at most 0.001', largest.toExponential(1), largest <= 1e-3));
} finally {
  await browser?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
}

/** In the page: the scores of faces by the studio's build with WebGPU. */
async function read({ device, faces, width, height }) {
  const address = new URL('webgpu/recognizer.js', globalThis.document.baseURI).href;
  const { createRecognizer } = await import(address);
  const recognizer = await createRecognizer({ device, detector: false });
  const all = [];
  for (const pixels of faces) {
    const image = { width, height, channels: 1, pixels: Uint8Array.from(pixels) };
    all.push((await recognizer.recognize(image))[0].scores);
  }
  await recognizer.release();
  return all;
}
