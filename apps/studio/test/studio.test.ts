import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium } from '../../../test/support/browser.js';
import { openStudio, type Studio } from './support/studio.js';

const samples = resolve(import.meta.dirname, '../../../samples');

describe.skipIf(!hasChromium)('the studio in Chromium', () => {
  let studio: Studio;
  beforeAll(async () => {
    studio = await openStudio();
  });
  afterAll(() => studio?.close());

  it('reads a photo, says what is no photo, and reads the next, in both languages, without any other server', async () => {
    const page = await studio.visit('photo');
    const elsewhere: string[] = [];
    page.on('request', (request) => {
      if (!/^blob:|^http:\/\/127\.0\.0\.1/.test(request.url())) elsewhere.push(request.url());
    });
    const firstFace = page.locator('.faces li').first();
    await firstFace.getByText(/^happy \d\d %$/).waitFor();
    const choose = page.locator('input[type=file]');
    await choose.setInputFiles({ name: 'a.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('text') });
    await page.getByText(/cannot be read as a picture/).waitFor();
    await choose.setInputFiles({ name: 'b.png', mimeType: 'image/png', buffer: Buffer.alloc(0) });
    await page.getByText('This file is empty').waitFor();
    await choose.setInputFiles(resolve(samples, 'astronaut.png'));
    await firstFace.waitFor();
    await page.getByLabel('Language').selectOption('de');
    await firstFace.getByText(/^fröhlich \d\d %$/).waitFor();
    expect(await page.title()).toBe('Foto · SDNet Studio');
    expect(elsewhere).toEqual([]);
    await page.context().close();
  });
});
