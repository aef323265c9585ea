import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nodeRuntime } from '@sdnet/autograd/node';
import { webRuntime } from '@sdnet/autograd/web';
import {
  classifierTensors,
  createEvaluator,
  evaluateAcross,
  evaluationBatches,
  expressions,
  samplesOfSplit,
} from '@sdnet/training';
import { unzipSync } from 'fflate';
import type { Page } from 'playwright-core';
import { decodeWeights, namedTensors } from 'sdnet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDataset, requireSplit } from '../../../packages/lab/dist/index.js';
import { syntheticFaces } from '../../../packages/lab/dist/datasets/synthetic.js';
import { makeClip, portraitFile, withoutFfmpeg } from '../../../packages/lab/test/support/make-clip.js';
import { sdnetHere } from '../../../packages/lab/test/support/sdnet-command.js';
import { put } from '../../../packages/lab/test/support/temporary-folder.js';
import { writePng } from '../../../packages/sdnet/test/node/support/write-png.js';
import { hasChromium } from '../../../test/support/browser.js';
import { openStudio, type Studio } from './support/studio.js';

/** A folder with a few drawn faces: eight of each class to learn from, two to test on, and a text among them. */
function drawFolder(folder: string): string {
  const faces = syntheticFaces({ samplesPerClass: 20 });
  const { width, height } = faces;
  for (const [split, count] of [
    ['train', 8],
    ['validation', 2],
  ] as const)
    for (const name of ['happy', 'surprise'] as const)
      samplesOfSplit(faces, split)
        .filter((index) => faces.samples[index]!.label === expressions.indexOf(name))
        .slice(0, count)
        .forEach((index, number) => {
          const image = faces.pixels.subarray(index * width * height, (index + 1) * width * height);
          const rows = Array.from({ length: height }, (_, y) => image.subarray(y * width, (y + 1) * width));
          put(folder, `${split}/${name}/${number}.png`, writePng(width, height, 8, 0, rows));
        });
  put(folder, 'train/happy/text.jpg', 'This is no picture.');
  return folder;
}

/** Drops a folder beside its button, as from the desktop. */
async function dropFolder(page: Page, folder: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const hint = page.getByText('Or drop one here');
  await hint.scrollIntoViewIfNeeded();
  const { x, y } = (await hint.boundingBox())!;
  const data = { items: [], files: [folder], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, x: x + 20, y: y + 5, data });
}

async function saved(page: Page, button: string, folder: string): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: button }).first().click(),
  ]);
  const file = join(folder, download.suggestedFilename());
  await download.saveAs(file);
  return file;
}

/** Fills a field in and leaves it. */
async function set(page: Page, label: string, value: string): Promise<void> {
  const field = page.getByLabel(label, { exact: true });
  await field.fill(value);
  await field.blur();
}

const teach = (page: Page) => page.getByRole('button', { name: 'Teach', exact: true }).click();

describe.skipIf(!hasChromium)('teaching in Chromium', () => {
  let studio: Studio;
  beforeAll(async () => {
    studio = await openStudio((folder) =>
      withoutFfmpeg
        ? []
        : [
            '--use-fake-device-for-media-stream',
            '--use-fake-ui-for-media-stream',
            `--use-file-for-fake-video-capture=${makeClip(folder, 'face.mjpeg', 2, [{ x: '100', y: '60' }], ['-pix_fmt', 'yuvj420p'])}`,
          ],
    );
  });
  afterAll(() => studio?.close());

  it('learns from a folder, stops when told to, and gives the command the same figures', async () => {
    const { folder } = studio;
    const page = await studio.visit('teach', { acceptDownloads: true });
    page.on('dialog', (dialog) => void dialog.accept());
    await page.getByText('The pictures are faces that were cut out already').click();
    const faces = drawFolder(join(folder, 'faces'));
    await dropFolder(page, join(faces, 'train'));
    await page.getByText('16 of 17 pictures were added.').waitFor();
    await page.getByText(/text\.jpg.*cannot be read as a picture/).waitFor();
    await page.getByLabel('Choose a folder').setInputFiles(join(faces, 'validation'));
    await page.getByText('4 of 4 pictures were added.').waitFor();

    await set(page, 'Another class', 'squinting');
    await page.getByRole('button', { name: 'Add class' }).click();
    await teach(page);
    await page.getByText('neutral has no faces, so it cannot be learned.').waitFor();
    await page.getByRole('button', { name: 'Remove the class neutral' }).click();
    await page.getByRole('button', { name: 'Remove the class squinting' }).click();
    await page.getByLabel('Name of the class surprise').fill('yawning');
    const renamed = page.locator('.class-card', { has: page.getByLabel('Name of the class yawning') });
    await renamed.getByText('10 faces in 10 takes').waitFor();

    await set(page, 'Images a step', '8');
    await set(page, 'Epochs', '0');
    await page.getByText('This is no recipe. epochs').waitFor();
    await set(page, 'Epochs', '200');
    await teach(page);
    await page
      .getByText(/^Epoch 2 of 200/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    const result = await page.locator('.result').textContent();
    const [before, after] = [...result!.matchAll(/(\d+) %/g)].map(([, percent]) => Number(percent));
    const cells = await page.locator('.confusion').last().locator('tbody td').allTextContents();
    await set(page, 'Name of the model', 'two faces');
    await page.getByRole('button', { name: 'Keep in this browser' }).click();
    await page.getByText(/happy, yawning · \d\.\d MB/).waitFor();
    const weightsFile = await saved(page, 'Save two faces as safetensors', folder);
    const onnxFile = await saved(page, 'Save two faces as ONNX', folder);
    const unpacked = join(folder, 'unpacked');
    const zip = unzipSync(readFileSync(await saved(page, 'Save the faces (zip)', folder)));
    for (const [path, content] of Object.entries(zip)) {
      mkdirSync(dirname(join(unpacked, path)), { recursive: true });
      writeFileSync(join(unpacked, path), content);
    }

    const { stdout } = await sdnetHere(
      ...['evaluate', '--weights', weightsFile, '--dataset', 'folder', '--data', unpacked, '--json'],
    );
    const evaluated = JSON.parse(stdout) as { samples: number; accuracy: number; confusion: number[][] };
    expect(evaluated).toMatchObject({ samples: 4, split: 'validation' });
    expect(evaluated.confusion.flat().map(String)).toEqual(cells);
    expect(Math.round(100 * evaluated.accuracy)).toBe(after);
    const manifest = await sdnetHere(
      ...['evaluate', '--weights', weightsFile, '--dataset', 'manifest'],
      ...['--data', join(unpacked, 'manifest.csv'), '--json'],
    );
    expect(JSON.parse(manifest.stdout)).toMatchObject({ confusion: evaluated.confusion });

    const weights = await decodeWeights(readFileSync(weightsFile));
    expect(weights).toMatchObject({ classNames: ['happy', 'yawning'], provenance: { recipe: 'fine-tune' } });
    const dataset = await loadDataset({ dataset: 'folder', data: unpacked });
    const validation = requireSplit(dataset, 'validation');
    const shipped = await decodeWeights(
      readFileSync(new URL('../../../models/sdnet-fer2013/weights.safetensors', import.meta.url)),
    );
    const known = await evaluateAcross(nodeRuntime, shipped, dataset, validation);
    expect(Math.round(100 * known.metrics.accuracy)).toBe(before);
    // What the page computes with, on the same images, and the exported model natively.
    const evaluator = await createEvaluator(webRuntime, weights, { threads: 1 });
    const inPage = await evaluator.scores(weights, dataset, validation);
    await evaluator.release();
    const session = await nodeRuntime.createSession(readFileSync(onnxFile));
    const [batch] = evaluationBatches(dataset, validation, { batch: 4, ...weights.preprocessing });
    const { scores } = await session.run({ images: { shape: [4, 1, 68, 68], data: batch!.images } });
    await session.release();
    for (const [index, score] of scores!.data.entries())
      expect(Math.abs(score - inPage[index]!)).toBeLessThan(1e-4);

    await page.getByLabel('Begin with').selectOption('two faces');
    await page.getByRole('radio', { name: 'Head only (faster)' }).click();
    await set(page, 'Epochs', '1');
    await teach(page);
    await page.getByText('It was stopped after').waitFor({ state: 'detached' });
    await page.locator('.result').waitFor();
    const headOnly = await decodeWeights(readFileSync(await saved(page, 'Save as safetensors', folder)));
    const taught = namedTensors(headOnly);
    const changed = [...namedTensors(weights)].filter(
      ([name, { data }]) => !data.every((number, index) => number === taught.get(name)!.data[index]),
    );
    expect(changed.map(([name]) => name)).toEqual(classifierTensors(weights));

    await page.getByLabel('Import a model').setInputFiles(onnxFile);
    await page.getByText('This is an ONNX file.').waitFor();
    await page.getByLabel('Import a model').setInputFiles(weightsFile);
    await page.getByRole('textbox', { name: 'Name of the model two-faces', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Use two faces for photos and videos' }).click();
    await page.getByRole('link', { name: 'Photo' }).click();
    await page.locator('.faces .bar').nth(1).waitFor();
    const bars = await page.locator('.faces li').first().locator('dt').allTextContents();
    expect(bars).toEqual(['happy', 'yawning']);
    await page.getByRole('link', { name: 'Compare' }).click();
    await page.getByLabel(/Model/i).first().selectOption('two faces');
    await page.getByRole('link', { name: 'Teach it' }).click();
    await page.reload();
    await page.getByText('20 faces and 2 models are kept.').waitFor();
    await page.getByRole('button', { name: 'Delete the model two faces' }).click();
    await page.getByText('20 faces and 1 model are kept.').waitFor();
    await page.context().close();
  });

  it.skipIf(withoutFfmpeg)(
    `loses no recorded face when the page is closed, and says when the storage is full${withoutFfmpeg ?? ''}`,
    async () => {
      const page = await studio.visit('teach');
      const context = page.context();
      // Before anything is stored: Chromium asks for the quota once in a while only.
      const devtools = await context.newCDPSession(page);
      const limit = { origin: studio.address };
      await devtools.send('Storage.overrideQuotaForOrigin', { ...limit, quotaSize: 1000 });
      const add = page.getByLabel('Add pictures to neutral');
      await add.setInputFiles(portraitFile);
      await page.getByText('storage for this page is full').waitFor();
      await page.getByText('0 faces and 0 models are kept.').waitFor();
      await devtools.send('Storage.overrideQuotaForOrigin', limit);
      await add.setInputFiles([
        { name: 'empty.jpg', mimeType: 'image/jpeg', buffer: Buffer.alloc(0) },
        { name: 'face.png', mimeType: 'image/png', buffer: readFileSync(portraitFile) },
      ]);
      await page.getByText('1 of 2 pictures were added.').waitFor();

      await page.getByLabel('Length of a take').selectOption('20 s');
      await page.getByRole('button', { name: 'Record happy' }).click();
      await page.getByText(/^([2-9]|\d\d+) faces in 1 take$/).waitFor();
      const recorded = parseInt((await page.getByText(/^\d+ faces in 1 take$/).textContent())!);
      await page.close();

      const next = await context.newPage();
      await next.goto(`${studio.address}/#teach`);
      const counted = next.getByText(/^\d+ faces in 1 take$/);
      await counted.waitFor();
      expect(parseInt((await counted.textContent())!)).toBeGreaterThanOrEqual(recorded);
      await next.getByRole('button', { name: 'Remove the class surprise' }).click();
      await teach(next);
      await next.getByText('happy was recorded only once.').waitFor();

      await next.getByRole('link', { name: 'About' }).click();
      await next.getByRole('button', { name: 'Delete everything stored' }).click();
      await next.getByRole('button', { name: 'Delete', exact: true }).click();
      await next.getByText('All is deleted.').waitFor();
      await next.getByRole('link', { name: 'Teach it' }).click();
      await next.getByText('0 faces and 0 models are kept.').waitFor();
      await context.close();
    },
  );
});
