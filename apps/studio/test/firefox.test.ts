import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Browser, ElementHandle, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeClip, withoutFfmpeg } from '../../../packages/lab/test/support/make-clip.js';
import { suiteFolder } from '../../../packages/lab/test/support/suite-folder.js';
import { launchFirefox, withoutFirefox } from '../../../test/support/firefox.js';
import { buildStudio } from './support/build-studio.js';

const sample = (name: string) => resolve(import.meta.dirname, '../../../samples', name);

const skipped = withoutFirefox ?? withoutFfmpeg;

describe.skipIf(skipped)(`the studio in Firefox${skipped ?? ''}`, () => {
  const folder = suiteFolder();
  let address: string;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  const requested: string[] = [];
  beforeAll(async () => {
    const built = await buildStudio(join(folder, 'built'));
    browser = await launchFirefox();
    page = await browser.newPage();
    page.setDefaultTimeout(0);
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('request', (request) => requested.push(request.url()));
    address = built.address;
    await page.goto(`${address}/#photo`);
    return built.close;
  });
  afterAll(() => browser?.close());

  const go = (view: string) => page.evaluate((name) => void (location.hash = name), view);
  const see = (text: string) => page.waitForSelector(`::-p-text(${text})`);
  const click = (label: string) => page.locator(`button::-p-text(${label})`).click();
  const faces = (count: number) =>
    page.waitForFunction((least) => document.querySelectorAll('.faces li').length >= least, {}, count);
  async function open(file: string): Promise<void> {
    const input = (await page.waitForSelector('input[type=file]')) as ElementHandle<HTMLInputElement>;
    await input.uploadFile(file);
  }
  const textOf = (selector: string) => page.$eval(selector, (element) => (element as HTMLElement).innerText);

  it('may use threads, reads a photo, says what is none, and reads the next', async () => {
    await faces(1);
    expect(await textOf('.faces li')).toMatch(/happy \d\d %/);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    const text = join(folder, 'text.jpg');
    writeFileSync(text, 'text');
    await open(text);
    await page.waitForFunction(() => document.querySelector('[role=alert]')!.textContent !== '');
    await open(sample('portrait.jpg'));
    await see('1 face: happy');
  });

  it('follows the faces of a clip and a camera, and switches that off', async () => {
    await go('live');
    const moving = [
      { x: '10+5*t', y: '40' },
      { x: '180-5*t', y: '80' },
    ];
    await open(makeClip(folder, 'clip.webm', 4, moving, ['-c:v', 'libvpx']));
    await faces(2);
    expect(await textOf('.rate')).toMatch(/\d frames\/s · \d+ ms · WebAssembly, \d threads? · 2 faces/);
    await page.waitForSelector('.time-line canvas');
    await click('Stop');
    await click('Start the camera');
    await page.waitForSelector('.rate');
    const track = await page.evaluateHandle(
      () => (document.querySelector('video')!.srcObject as MediaStream).getTracks()[0]!,
    );
    expect(await track.evaluate(({ readyState }) => readyState)).toBe('live');
    await go('about');
    await see('About this page');
    expect(await track.evaluate(({ readyState }) => readyState)).toBe('ended');
  });

  it('shows why, compares two models, and opens the lesson', async () => {
    await go('photo');
    await faces(1);
    await go('why');
    await page.waitForSelector('.why .bars');
    for (const map of ['Attention', 'None']) {
      const before = await page.$eval('canvas.face', (canvas) =>
        (canvas as unknown as HTMLCanvasElement).toDataURL(),
      );
      await page.locator(`.choice button::-p-text(${map})`).click();
      await page.waitForFunction(
        (shown) => document.querySelector<HTMLCanvasElement>('canvas.face')!.toDataURL() !== shown,
        {},
        before,
      );
    }
    await go('compare');
    await faces(2);
    await go('teach');
    await page.waitForSelector('.teach h1');
  });

  it('had no complaint, and asked no other server', () => {
    expect(complaints).toEqual([]);
    expect(requested.length).toBeGreaterThan(5);
    expect(requested.filter((url) => !/^(blob:|data:)/.test(url) && !url.startsWith(address))).toEqual([]);
  });
});
