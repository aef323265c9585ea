/**
 * Teaching in the studio: faces of a shifted domain (FER2013's public test, turned upside down or strongly blurred), some of
 * each class to learn from and others held out, in headless Chromium; see README.md.
 *
 *   node benchmarks/studio-teach.mjs --data FER2013 [--shift upside-down|blur] [--images 20] [--held-out 20]
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { nodeRuntime } from '@sdnet/autograd/node';
import { webRuntime } from '@sdnet/autograd/web';
import { createEvaluator, evaluationBatches, loadDataset, readWeights, requireSplit } from '@sdnet/lab';
import { unzipSync } from 'fflate';
import { chromium } from 'playwright-core';
import sharp from 'sharp';
import { buildStudio } from '../apps/studio/build.mjs';
import { serveStudio } from '../apps/studio/serve.mjs';
import { claim } from './claim.mjs';
import { busyShare, describeMachine } from './machine.mjs';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    shift: { type: 'string', default: 'upside-down' },
    images: { type: 'string', default: '20' },
    'held-out': { type: 'string', default: '20' },
  },
});
if (!values.data) {
  console.error('Name FER2013 by --data: its folder, or fer2013.csv.');
  process.exit(2);
}

const shifts = {
  'upside-down': (image) => image.flip(),
  blur: (image) => image.blur(2.5),
};
const shift = shifts[values.shift];
if (!shift) {
  console.error(`--shift is one of ${Object.keys(shifts).join(', ')}.`);
  process.exit(2);
}

const sdnet = fileURLToPath(new URL('../packages/lab/bin/sdnet.js', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'sdnet-teach-'));
const busy = await busyShare();
try {
  const faces = await writeFaces(join(folder, 'faces'));
  const taught = await teach(faces);
  const evaluated = await evaluateByCommand(taught);
  const difference = await differenceOfScores(taught, evaluated.unpacked);
  report(taught, evaluated, difference);
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Shifted faces as PNG files in `train/` and `validation/`. */
async function writeFaces(root) {
  const dataset = await loadDataset({ dataset: 'fer2013', data: values.data });
  const { classNames, width, height, samples, pixels } = dataset;
  const validation = requireSplit(dataset, 'validation');
  const [learned, heldOut] = [Number(values.images), Number(values['held-out'])];
  for (const [label, name] of classNames.entries()) {
    const indices = validation.filter((index) => samples[index].label === label);
    for (const [number, index] of indices.slice(0, learned + heldOut).entries()) {
      const image = pixels.subarray(index * width * height, (index + 1) * width * height);
      const file = join(root, number < learned ? 'train' : 'validation', name, `${number}.png`);
      await mkdir(dirname(file), { recursive: true });
      await shift(sharp(image, { raw: { width, height, channels: 1 } }))
        .toColourspace('b-w')
        .png()
        .toFile(file);
    }
  }
  return root;
}

/** Teaches in the page, by its buttons alone. */
async function teach(faces) {
  const built = join(folder, 'built');
  await buildStudio({ outDir: built, logLevel: 'error' });
  const { address, close } = await serveStudio(0, { folder: built });
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });
  try {
    const page = await browser.newPage({ locale: 'en-GB' });
    page.setDefaultTimeout(0);
    await page.goto(`${address}/#teach`);
    await page.getByText('The pictures are faces that were cut out already').click();
    await page.getByLabel('Choose a folder').setInputFiles(faces);
    await page.getByText(/^\d+ of \d+ pictures were added\.$/).waitFor();
    await page.evaluate(() => {
      globalThis.longTasks = [];
      new globalThis.PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) globalThis.longTasks.push(duration);
      }).observe({ type: 'longtask' });
    });
    const started = performance.now();
    await page.getByRole('button', { name: 'Teach', exact: true }).click();
    const result = await page.locator('.result').textContent();
    const seconds = (performance.now() - started) / 1000;
    const longTasks = await page.evaluate(() => globalThis.longTasks);
    const confusion = await page.locator('.confusion').last().locator('tbody td').allTextContents();
    const percents = [...result.matchAll(/(\d+) %/g)].map(([, percent]) => Number(percent));
    const save = async (button) => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: button }).click(),
      ]);
      const file = join(folder, download.suggestedFilename());
      await download.saveAs(file);
      return file;
    };
    return {
      ...{ seconds, longTasks, before: percents[0], after: percents[1] },
      confusion: confusion.map(Number),
      weights: await save('Save as safetensors'),
      onnx: await save('Save as ONNX'),
      zip: await save('Save the faces (zip)'),
    };
  } finally {
    await browser.close();
    await close();
  }
}

/** What `sdnet evaluate` makes of the exported weights and faces. */
async function evaluateByCommand({ weights, zip }) {
  const unpacked = join(folder, 'unpacked');
  for (const [path, content] of Object.entries(unzipSync(await readFile(zip)))) {
    await mkdir(dirname(join(unpacked, path)), { recursive: true });
    await writeFile(join(unpacked, path), content);
  }
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...[sdnet, 'evaluate', '--weights', weights, '--dataset', 'folder', '--data', unpacked, '--json'],
  ]);
  return { unpacked, ...JSON.parse(stdout) };
}

/** The largest difference between the scores of the exported ONNX model, natively, and those of what the page computes with. */
async function differenceOfScores({ weights: file, onnx }, unpacked) {
  const weights = await readWeights(file);
  const dataset = await loadDataset({ dataset: 'folder', data: unpacked });
  const indices = requireSplit(dataset, 'validation');
  const evaluator = await createEvaluator(webRuntime, weights);
  const expected = await evaluator.scores(weights, dataset, indices);
  await evaluator.release();
  const session = await nodeRuntime.createSession(await readFile(onnx));
  const { size, channels } = weights.preprocessing;
  let [largest, at] = [0, 0];
  for (const batch of evaluationBatches(dataset, indices, { batch: 32, ...weights.preprocessing })) {
    const shape = [batch.indices.length, channels, size, size];
    const { scores } = await session.run({ images: { shape, data: batch.images } });
    for (const score of scores.data) largest = Math.max(largest, Math.abs(score - expected[at++]));
  }
  await session.release();
  return largest;
}

function report({ seconds, longTasks, before, after, confusion }, evaluated, difference) {
  const longest = Math.max(0, ...longTasks);
  console.log(`${describeMachine()}; ${Math.round(100 * busy)} % of the cores were busy before.`);
  console.log(`${values.shift}: ${values.images} faces of each class, ${evaluated.samples} held out.`);
  const same =
    Math.round(100 * evaluated.accuracy) === after && evaluated.confusion.flat().join() === confusion.join();
  for (const line of [
    claim('held-out accuracy rises by at least 10 points', `${before} % to ${after} %`, after >= before + 10),
    claim('in under three minutes', `${seconds.toFixed(0)} s`, seconds < 180),
    claim(
      'the page never stops for more than 50 ms',
      `${longTasks.length} tasks, the longest ${longest.toFixed(0)} ms`,
      longest <= 50,
    ),
    claim('sdnet evaluate gives the same', `${(100 * evaluated.accuracy).toFixed(1)} %`, same),
    claim('the ONNX model has the same scores within 1e-4', difference.toExponential(1), difference <= 1e-4),
  ])
    console.log(line);
}
