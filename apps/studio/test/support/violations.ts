import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Studio } from './studio.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const looks = [
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  { name: 'light', colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  { name: 'phone', colorScheme: 'light', viewport: { width: 360, height: 740 } },
] as const;

/** What axe finds in each view, in both schemes and on a phone; and where a phone would have to scroll sideways. */
export async function violations(studio: Studio, views: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  // Colours that fade are no longer what they were, and not yet what they will be.
  const page = await studio.visit(views[0]!, { permissions: ['camera'], reducedMotion: 'reduce' });
  await page.evaluate(axe);
  for (const view of views) {
    await page.evaluate((hash) => void (location.hash = hash), view);
    if (view === 'live') await page.getByRole('button', { name: 'Start the camera' }).click();
    const last = ['photo', 'live', 'compare'].includes(view) ? '.faces li' : 'h1';
    await page.locator(last).first().waitFor();
    // So that axe need not share the processor with it.
    if (view === 'live') await page.getByRole('button', { name: 'Freeze' }).click();
    if (view === 'why') await page.locator('.bars').waitFor();
    for (const { name, colorScheme, viewport } of looks) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(viewport);
      // Charts take the new width in the next frame.
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
      const results = await page.evaluate(() =>
        (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
      );
      for (const { id, nodes } of results.violations)
        found.push(`${view}, ${name}: ${id}: ${nodes.map(({ html }) => html).join(' ')}`);
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (overflow > 0) found.push(`${view}, ${name}: ${overflow} pixels wider than the screen`);
    }
  }
  await page.context().close();
  return found;
}
