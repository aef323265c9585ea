/**
 * What Lighthouse says of each view of the studio, in both colour schemes and on a phone: accessibility and best practices;
 * see README.md.
 *
 *   (cd benchmarks && npm ci); node benchmarks/studio-lighthouse.mjs
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import lighthouse, { desktopConfig } from 'lighthouse';
import puppeteer from 'puppeteer-core';
import { buildStudio } from '../apps/studio/build.mjs';
import { serveStudio } from '../apps/studio/serve.mjs';
import { claim } from './claim.mjs';
import { table } from './table.mjs';

const views = ['photo', 'live', 'why', 'teach', 'compare', 'about'];
const looks = [
  { name: 'dark', scheme: 'dark', config: desktopConfig },
  { name: 'light', scheme: 'light', config: desktopConfig },
  // Lighthouse's own: 412 pixels wide.
  { name: 'phone, dark', scheme: 'dark' },
  { name: 'phone, light', scheme: 'light' },
];
const onlyCategories = ['accessibility', 'best-practices'];

const folder = await mkdtemp(join(tmpdir(), 'sdnet-lighthouse-'));
let browser;
let server;
try {
  const built = join(folder, 'built');
  await buildStudio({ outDir: built, logLevel: 'error' });
  server = await serveStudio(0, { folder: built });
  browser = await puppeteer.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });
  const rows = [];
  const found = [];
  for (const view of views)
    for (const { name, scheme, config } of looks) {
      const page = await browser.newPage();
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
      const { lhr } = await lighthouse(
        `${server.address}/#${view}`,
        { onlyCategories, logLevel: 'error', maxWaitForLoad: 300_000, maxWaitForFcp: 300_000 },
        config,
        page,
      );
      await page.close();
      const scores = onlyCategories.map((category) => Math.round(100 * lhr.categories[category].score));
      rows.push({ view, name, scores, error: lhr.runtimeError?.message });
      for (const { id, score, title, details } of Object.values(lhr.audits))
        if (score !== null && score < 1)
          found.push(
            `${view}, ${name}: ${id} (${title}) ${(details?.items ?? []).map(({ node, ...item }) => node?.snippet ?? JSON.stringify(item)).join(' ')}`,
          );
      console.error(`… ${view}, ${name}: ${scores.join(', ')}`);
    }
  console.log(
    table(
      [
        ['view', ({ view }) => view],
        ['look', ({ name }) => name],
        ['accessibility', ({ scores }) => scores[0]],
        ['best practices', ({ scores }) => scores[1]],
      ],
      rows,
    ),
    '\n',
  );
  for (const line of found) console.log(line);
  const least = Math.min(...rows.flatMap(({ scores }) => scores));
  console.log(claim('Lighthouse gives at least 95 everywhere', `${least} at least`, least >= 95));
} finally {
  await browser?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
}
