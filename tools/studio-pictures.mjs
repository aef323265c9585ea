/**
 * Makes the README's pictures of the studio: live, why and teach, with the sample portrait and drawn faces.
 *
 *   npm run build && node tools/studio-pictures.mjs [--out docs]
 */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadDataset, requireSplit } from '@sdnet/lab';
import { chromium } from 'playwright-core';
import sharp from 'sharp';
import { buildStudio } from '../apps/studio/build.mjs';
import { serveStudio } from '../apps/studio/serve.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({ options: { out: { type: 'string', default: join(root, 'docs') } } });
const out = resolve(values.out);
const folder = await mkdtemp(join(tmpdir(), 'sdnet-studio-pictures-'));

/** Chromium shows the file's name, as it is given, as that of a camera. */
const clip = 'Camera.mjpeg';

/** The portrait, moving a little for 6 seconds: so little that a slow machine does not lose it. */
function makeClip() {
  const file = join(folder, clip);
  const moving = "[1]scale=480:480[p];[0][p]overlay=x='80+12*sin(t*1.0472)':y=0:shortest=1";
  const ground = ['-f', 'lavfi', '-i', 'color=gray:s=640x480:r=30:d=6'];
  const source = ['-loop', '1', '-framerate', '30', '-i', join(root, 'samples/portrait.jpg')];
  const encoding = ['-pix_fmt', 'yuvj420p', '-q:v', '2', '-t', '6', file];
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...ground, ...source, '-filter_complex', moving, ...encoding]);
}

/** Drawn faces of three expressions: sixteen of each to learn from, eight to test on. */
async function drawFaces() {
  const dataset = await loadDataset({ dataset: 'synthetic', synthetic: { samplesPerClass: 80 } });
  const { classNames, width, height, samples, pixels } = dataset;
  for (const [split, count] of [
    ['train', 16],
    ['validation', 8],
  ])
    for (const name of ['happy', 'surprise', 'neutral']) {
      const indices = requireSplit(dataset, split).filter(
        (index) => classNames[samples[index].label] === name,
      );
      for (const [number, index] of indices.slice(0, count).entries()) {
        const file = join(folder, 'faces', split, name, `${number}.png`);
        await mkdir(dirname(file), { recursive: true });
        const image = pixels.subarray(index * width * height, (index + 1) * width * height);
        await sharp(image, { raw: { width, height, channels: 1 } })
          .png()
          .toFile(file);
      }
    }
  return join(folder, 'faces');
}

let server;
let browser;
try {
  const outDir = join(folder, 'built');
  await buildStudio({ outDir, logLevel: 'error' });
  server = await serveStudio(0, { folder: outDir });
  makeClip();
  process.chdir(folder);
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
      ...['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
      `--use-file-for-fake-video-capture=${clip}`,
    ],
  });
  const open = async (view) => {
    const context = await browser.newContext({
      ...{ locale: 'en-GB', colorScheme: 'dark', reducedMotion: 'reduce' },
      viewport: { width: 1280, height: 1000 },
    });
    context.setDefaultTimeout(0);
    const page = await context.newPage();
    await page.goto(`${server.address}/#${view}`);
    return page;
  };
  const take = async (page, name) => {
    await page.getByText(/requests? since loading/).waitFor();
    await sharp(await page.screenshot())
      .resize(960)
      .webp({ quality: 85 })
      .toFile(join(out, `studio-${name}.webp`));
    await page.context().close();
  };

  const live = await open('live');
  await live.getByRole('button', { name: 'Start the camera' }).click();
  await live.waitForFunction(() => globalThis.document.querySelector('video').currentTime > 20);
  const followed = live.getByRole('region', { name: 'Time line' }).getByLabel('Face');
  // A machine that loses the face knows it by several names: the last one is in sight.
  if ((await followed.count()) > 0)
    await followed.selectOption({ index: (await followed.locator('option').count()) - 1 });
  await take(live, 'live');

  const why = await open('why');
  await why.getByRole('button', { name: 'Cover the mouth' }).click();
  await why.locator('.bars').waitFor();
  await why.waitForFunction(
    () => !/9\d %/.test(globalThis.document.querySelector('.why .card h2').textContent),
  );
  await take(why, 'why');

  const teach = await open('teach');
  await teach.getByText('The pictures are faces that were cut out already').click();
  await teach.getByLabel('Choose a folder').setInputFiles(await drawFaces());
  await teach.getByText('72 of 72 pictures were added.').waitFor();
  await teach.getByRole('button', { name: 'Teach', exact: true }).click();
  await teach.locator('.result').scrollIntoViewIfNeeded();
  await teach.getByRole('heading', { name: '2. Teach' }).evaluate((heading) => heading.scrollIntoView());
  await take(teach, 'teach');
} finally {
  await browser?.close();
  await server?.close();
  process.chdir(root);
  await rm(folder, { recursive: true, force: true });
}
