import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { csvParse } from 'd3-dsv';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasWholeChromium, wholeChromium } from '../../../test/support/browser.js';
import { ffmpeg, makeClip, withoutFfmpeg } from '../../../packages/lab/test/support/make-clip.js';
import { badPictures, twoHundredFaces, withoutFaces } from './support/bad-pictures.js';
import { openStudio, type Studio } from './support/studio.js';
import { violations } from './support/violations.js';

const sample = (name: string) => resolve(import.meta.dirname, '../../../samples', name);

/** Two faces that move. */
const camera = (folder: string) =>
  makeClip(
    folder,
    'camera.mjpeg',
    4,
    [
      { x: '10+5*t', y: '40' },
      { x: '180-5*t', y: '80' },
    ],
    ['-q:v', '2'],
  );

/** What is downloaded when a button is pressed. */
async function saved(
  page: Page,
  button: string,
): Promise<{ readonly name: string; readonly content: Buffer }> {
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: button, exact: true }).click();
  const file = await download;
  return { name: file.suggestedFilename(), content: readFileSync(await file.path()) };
}

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });

const missing = hasWholeChromium ? withoutFfmpeg : ' (skipped: Chromium is not installed)';

describe.skipIf(missing)(`the studio in Chromium${missing ?? ''}`, () => {
  let studio: Studio;
  /** A visitor who goes from view to view. */
  let page: Page;
  const requested: string[] = [];
  beforeAll(async () => {
    // Whole, as the camera is also refused here.
    studio = await openStudio(
      (folder) => [
        '--use-fake-device-for-media-stream',
        `--use-file-for-fake-video-capture=${camera(folder)}`,
        ...['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'],
      ],
      wholeChromium,
    );
    page = await studio.visit('photo', { permissions: ['camera'] });
    page.context().on('request', (request) => requested.push(request.url()));
  });
  afterAll(() => studio?.close());
  const firstFace = () => page.locator('.faces li').first();
  const go = (view: string) => page.evaluate((name) => void (location.hash = name), view);

  it('has at most 250 KB of scripts of its own, compressed: all but the runtime and what it never loads', () => {
    const others = /^(ort\.|page-backend-)/;
    const assets = readdirSync(join(studio.built, 'assets')).filter((name) => /\.js$/.test(name));
    const own = [
      'service-worker.js',
      ...assets.filter((name) => !others.test(name)).map((name) => join('assets', name)),
    ];
    expect(own.length).toBeGreaterThan(4);
    const bytes = own.map((file) => gzipSync(readFileSync(join(studio.built, file))).length);
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(250_000);
    expect(readFileSync(join(studio.built, 'service-worker.js'), 'utf8')).not.toContain('page-backend-');
  });

  /** Pastes a picture of the page's. */
  const paste = (address: string) =>
    page.evaluate(async (source) => {
      const data = new DataTransfer();
      data.items.add(new File([await (await fetch(source)).blob()], 'a.png', { type: 'image/png' }));
      document.body.dispatchEvent(new ClipboardEvent('paste', { bubbles: true, clipboardData: data }));
    }, address);

  /** Drops a file as from the desktop. */
  async function drop(file: string): Promise<void> {
    const session = await page.context().newCDPSession(page);
    const { x, y } = (await page.locator('.drop-zone').boundingBox())!;
    const data = { items: [], files: [file], dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
      await session.send('Input.dispatchDragEvent', { type, x: x + 20, y: y + 10, data });
  }

  it('reads photos, says what is none, and reads the next, in both languages', async () => {
    await firstFace()
      .getByText(/^happy \d\d %$/)
      .waitFor();
    const choose = page.locator('input[type=file]');
    for (const [file, message] of badPictures) {
      await choose.setInputFiles(file);
      await page.getByRole('alert').getByText(message).waitFor();
      await choose.setInputFiles(sample('astronaut-grey-48.png'));
      await firstFace().waitFor();
      await expect(page.getByRole('alert').textContent()).resolves.toBe('');
    }
    await choose.setInputFiles(await withoutFaces());
    await page.getByText('No face was found in this picture').waitFor();
    await choose.setInputFiles(await twoHundredFaces());
    await page.getByRole('status').getByText('200 faces').waitFor();
    expect(await page.locator('.faces li').count()).toBe(200);
    await choose.setInputFiles(sample('portrait.jpg'));
    await page.getByRole('status').getByText('1 face: happy').waitFor();
    const second = (await page.locator('.samples img').nth(1).getAttribute('src'))!;
    for (const give of [() => paste(second), () => drop(sample('astronaut.png'))]) {
      await choose.setInputFiles(await withoutFaces());
      await page.getByText('No face was found in this picture').waitFor();
      await give();
      await page.getByRole('status').getByText('1 face').waitFor();
    }
    await page.getByLabel('Language').selectOption('de');
    await firstFace()
      .getByText(/^fröhlich \d\d %$/)
      .waitFor();
    expect(await page.title()).toBe('Foto · SDNet Studio');
    await page.getByLabel('Sprache').selectOption('en');
  });

  it('follows faces live, keeps their time line, and switches the camera off', async () => {
    await go('live');
    await button(page, 'Start the camera').click();
    await page.locator('.faces li').nth(1).waitFor();
    await page.getByLabel('Camera', { exact: true }).selectOption({ index: 0 });
    await page.locator('.faces li').nth(1).waitFor();
    const track = await page.evaluateHandle(
      () => (document.querySelector('video')!.srcObject as MediaStream).getTracks()[0]!,
    );
    await page.getByText(/\d frames\/s · \d+ ms · WebAssembly, \d threads? · 2 faces/).waitFor();
    expect(await page.locator('.inset canvas').getAttribute('width')).toBe('68');

    await button(page, 'Mirror').click();
    expect(await page.locator('video.mirrored').count()).toBe(0);
    await button(page, 'Freeze').click();
    expect(await page.evaluate(() => document.querySelector('video')!.paused)).toBe(true);
    const snapshot = await saved(page, 'Snapshot');
    expect(snapshot.name).toMatch(/^sdnet-.*\.png$/);
    expect(snapshot.content.subarray(1, 4).toString()).toBe('PNG');
    await button(page, 'Go on').click();

    const line = page.getByRole('region', { name: 'Time line' });
    // More than the shortest part that can be shown.
    await page.waitForFunction(() => document.querySelector('video')!.currentTime > 5);
    await line.getByRole('button', { name: 'Pause' }).click();
    for (let times = 0; times < 4; times++) await line.getByRole('button', { name: 'Zoom in' }).click();
    const scroll = line.getByRole('slider', { name: 'Scroll' });
    await scroll.waitFor();
    const before = Number(await scroll.getAttribute('aria-valuenow'));
    await scroll.press('Home');
    expect(Number(await scroll.getAttribute('aria-valuenow'))).toBeLessThan(before);
    const rows = csvParse((await saved(page, 'CSV')).content.toString());
    expect(rows.columns.slice(0, 5)).toEqual(['time', 'id', 'expression', 'confidence', 'score_angry']);
    expect(new Set(rows.map(({ id }) => id)).size).toBeGreaterThan(1);
    const { frames } = JSON.parse((await saved(page, 'JSON')).content.toString()) as {
      readonly frames: readonly { readonly faces: readonly object[] }[];
    };
    expect(frames.reduce((sum, { faces }) => sum + faces.length, 0)).toBeGreaterThanOrEqual(rows.length);
    expect((await saved(page, 'PNG')).content.subarray(1, 4).toString()).toBe('PNG');
    await line.getByRole('button', { name: 'Follow' }).click();

    await go('about');
    await page.getByRole('heading', { name: 'About this page' }).waitFor();
    expect(await track.evaluate(({ readyState }) => readyState)).toBe('ended');
  });

  it('says what is wrong with cameras and clips, and shows the next', async () => {
    await go('live');
    const start = button(page, 'Start the camera');
    await start.click();
    await firstFace().waitFor();
    await page.evaluate(() =>
      (document.querySelector('video')!.srcObject as MediaStream)
        .getTracks()[0]!
        .dispatchEvent(new Event('ended')),
    );
    const alert = page.getByRole('alert');
    await alert.getByText('The camera has gone').waitFor();
    const choose = page.locator('input[type=file]');
    await choose.setInputFiles({ name: 'a.mp4', mimeType: 'video/mp4', buffer: Buffer.from('text') });
    await alert.getByText('This video cannot be read').waitFor();
    const sound = resolve(studio.folder, 'sound.webm');
    ffmpeg('-f', 'lavfi', '-i', 'sine=d=1', '-c:a', 'libopus', sound);
    await choose.setInputFiles(sound);
    await alert.getByText('This file has no pictures').waitFor();
    const clip = makeClip(studio.folder, 'clip.webm', 2, [{ x: '100', y: '60' }], ['-c:v', 'libvpx']);
    await choose.setInputFiles(clip);
    await firstFace().waitFor();
    await button(page, 'Stop').click();
    await page.context().clearPermissions();
    await start.click();
    await alert.getByText('The camera was not allowed').waitFor();
    await page.evaluate(() => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotFoundError'));
    });
    await start.click();
    await alert.getByText('No camera was found').waitFor();
    await page.evaluate(() => Reflect.deleteProperty(navigator.mediaDevices, 'getUserMedia'));
    await page.context().grantPermissions(['camera']);
  });

  it('shows why, and how scores move when the mouth is covered', async () => {
    await go('photo');
    await firstFace().waitFor();
    await go('why');
    const smile = async () =>
      Number.parseInt(await page.locator('.bar', { hasText: 'happy' }).locator('.number').innerText());
    await page.locator('.bars').waitFor();
    expect(await smile()).toBeGreaterThan(90);
    const scores = () => page.locator('.why .bars').innerText();
    const asItWas = await scores();
    const until = (isAsItWas: boolean) =>
      page.waitForFunction(
        ([before, same]) =>
          (document.querySelector<HTMLElement>('.why .bars')!.innerText === before) === same,
        [asItWas, isAsItWas] as const,
      );
    const back = async () => {
      await button(page, 'As it was').click();
      await until(true);
    };
    const shown = () =>
      page.locator('canvas.face').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
    const maps = new Set<string>();
    for (const name of ['None', 'Attention (CBAM)', 'Grad-CAM']) {
      await page.getByRole('radio', { name }).click();
      await page.waitForFunction(
        (before) => !before.includes(document.querySelector<HTMLCanvasElement>('canvas.face')!.toDataURL()),
        [...maps],
      );
      maps.add(await shown());
    }
    await page.getByRole('radio', { name: 'sad' }).click();
    await page.getByText('what speaks for “sad”').waitFor();
    await button(page, 'Cover the mouth').click();
    await until(false);
    expect(await smile()).toBeLessThan(90);
    await back();
    await page.locator('canvas.face').hover();
    await page.mouse.down();
    await page.mouse.move(0, 0, { steps: 3 });
    await page.mouse.up();
    await until(false);
    for (const [name, value] of [
      ['Brightness', '250 %'],
      ['Blur', '20 px'],
      ['Rotation', '90°'],
    ] as const) {
      await back();
      const slider = page.getByRole('slider', { name });
      await slider.press('End');
      expect(await slider.getAttribute('aria-valuetext')).toBe(value);
      await until(false);
    }
  });

  it('compares two models, by a picture and by the camera, takes weights, and says why WebGPU is not offered', async () => {
    await go('compare');
    const right = page.getByRole('region', { name: 'Right' });
    await right.locator('.faces li').waitFor();
    const first = await right.locator('.faces li').innerText();

    await button(page, 'Start the camera').click();
    for (const side of ['Left', 'Right'])
      await page.getByRole('region', { name: side }).locator('.faces li').nth(1).waitFor();
    const track = await page.evaluateHandle(
      () => (document.querySelector('video')!.srcObject as MediaStream).getTracks()[0]!,
    );
    await button(page, 'Stop').click();
    expect(await track.evaluate(({ readyState }) => readyState)).toBe('ended');
    await right.getByText(/ · 1 face$/).waitFor();
    expect(await right.locator('.faces li').innerText()).toBe(first);

    const choose = page.locator('input[type=file]');
    const huge = resolve(studio.folder, 'huge.safetensors');
    writeFileSync(huge, '');
    truncateSync(huge, 2 * 2 ** 30);
    await choose.setInputFiles(huge);
    await page.getByRole('alert').getByText('too large for weights of these networks').waitFor();
    await choose.setInputFiles({
      name: 'other.safetensors',
      mimeType: 'application/octet-stream',
      buffer: Buffer.from('no weights'),
    });
    await right.getByRole('alert').getByText('no weights of these networks').waitFor();
    await right.getByLabel('Right: Model').selectOption('shufflenet-table');
    await right.locator('.faces li').waitFor();
    expect(await right.locator('.faces li').innerText()).not.toBe(first);
    const own = resolve(import.meta.dirname, '../../../models/sdnet-fer2013-paper/weights.safetensors');
    await choose.setInputFiles(own);
    await right.locator('.faces li').getByText(first.split('\n')[1]!).waitFor();
    await right.getByLabel('Right: Device').selectOption('webgpu');
    await page.getByText('WebGPU is not offered: this browser has no graphics card for it').waitFor();
  });

  it('compares what was chosen last, and after the camera the picture as it was', async () => {
    const visitor = await studio.visit('compare', { permissions: ['camera'] });
    const right = visitor.getByRole('region', { name: 'Right' });
    const oneFace = right.getByText(/ · 1 face$/);
    const choose = visitor.locator('input[type=file]');
    const shown = () =>
      right
        .locator('img')
        .evaluate((image: HTMLImageElement) => [
          ...[image.naturalWidth, image.naturalHeight],
          ...[Number(image.getAttribute('width')), Number(image.getAttribute('height'))],
        ]);
    const release = () => visitor.evaluate(() => void dispatchEvent(new Event('release')));
    await oneFace.waitFor();

    // The first picture takes longer to decode than the next.
    await visitor.evaluate(() => {
      const decode = createImageBitmap;
      window.createImageBitmap = async (source: ImageBitmapSource) => {
        window.createImageBitmap = decode;
        await new Promise((resolve) => addEventListener('release', resolve, { once: true }));
        return decode(source);
      };
    });
    await choose.setInputFiles(await twoHundredFaces());
    await choose.setInputFiles(sample('astronaut-grey-48.png'));
    const small = [48, 48, 48, 48];
    await expect.poll(shown, { timeout: 120_000 }).toEqual(small);
    await release();
    await visitor.evaluate(() => new Promise((resolve) => setTimeout(resolve, 2000)));
    expect(await shown()).toEqual(small);
    await oneFace.waitFor();

    await button(visitor, 'Start the camera').click();
    await right.getByText(/ · 2 faces$/).waitFor();
    await visitor.evaluate(() =>
      (document.querySelector('video')!.srcObject as MediaStream)
        .getTracks()[0]!
        .dispatchEvent(new Event('ended')),
    );
    await visitor.getByText('The camera has gone').waitFor();
    await oneFace.waitFor();
    expect(await shown()).toEqual(small);

    await visitor.evaluate(() => {
      const { gpu } = navigator as unknown as { gpu: { requestAdapter(): Promise<unknown> } };
      const ask = gpu.requestAdapter.bind(gpu);
      gpu.requestAdapter = async () => {
        await new Promise((resolve) => addEventListener('release', resolve, { once: true }));
        return ask();
      };
    });
    const model = right.getByLabel('Right: Model');
    const device = right.getByLabel('Right: Device');
    await device.selectOption('webgpu');
    await model.selectOption('shufflenet-table');
    await release();
    await visitor.getByText('WebGPU is not offered').waitFor();
    expect([await model.inputValue(), await device.inputValue()]).toEqual(['shufflenet-table', 'cpu']);
    await visitor.context().close();
  });

  it('has asked no other server, shows that, and works without a network, until everything is deleted', async () => {
    await go('about');
    await page.getByText('It works without a network').waitFor();
    await page.getByText(/Requests since all was loaded: \d+; to other servers: 0/).waitFor();
    expect(requested.filter((url) => !/^(blob:)?http:\/\/127\.0\.0\.1:/.test(url))).toEqual([]);
    await page.getByLabel('Remember on this device').check();
    await page.context().setOffline(true);
    await page.goto(`${studio.address}/#photo`);
    await page.reload();
    await page
      .locator('.faces li')
      .getByText(/^happy \d\d %$/)
      .waitFor();
    await go('about');
    await page.getByText('Requests since all was loaded: 0;').waitFor();
    await page.context().setOffline(false);
    const kept = () =>
      page.evaluate(async () => ({ settings: localStorage.length, caches: (await caches.keys()).length }));
    expect(await kept()).toMatchObject({ settings: 1 });
    await button(page, 'Delete everything stored').click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('All is deleted').waitFor();
    expect(await kept()).toEqual({ settings: 0, caches: 0 });
  });

  it('has no violation that axe finds, in both schemes and on a phone', async () => {
    expect(await violations(studio, ['photo', 'live', 'why', 'teach', 'compare', 'about'])).toEqual([]);
  });

  it('runs below a path of a server without headers, isolated by its service worker', async () => {
    const { serveStudio } = await import('../serve.mjs');
    const plain = await serveStudio(0, { folder: studio.folder, isolated: false });
    const context = await studio.browser.newContext({ locale: 'en-GB' });
    const visitor = await context.newPage();
    await visitor.goto(`${plain.address}/built/#about`, { waitUntil: 'commit' });
    // It loads itself again. Whoever asks it anything before has begun to work with it, which it then leaves as it is.
    await visitor.waitForEvent('framenavigated', { timeout: 120_000 });
    await visitor.getByText('its service worker isolates the page').waitFor({ timeout: 120_000 });
    expect(await visitor.evaluate(() => crossOriginIsolated)).toBe(true);
    await context.close();
    await plain.close();
  });
});
