import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchChromium } from '../../../../test/support/browser.js';
import { buildStudio } from './build-studio.js';

/** The built studio, served, and a browser for it. */
export interface Studio {
  /** A folder for what a test makes. */
  readonly folder: string;
  /** Where the built page lies. */
  readonly built: string;
  readonly address: string;
  readonly browser: Browser;
  /** A page of a new visitor, who has never been there; English where nothing else is asked for. */
  visit(view: string, options?: BrowserContextOptions): Promise<Page>;
  close(): Promise<void>;
}

/**
 * @param browserOptions options of Chromium's command line, made with the folder for what a test makes
 * @param executable which Chromium, where not the usual one
 */
export async function openStudio(
  browserOptions: (folder: string) => readonly string[] = () => [],
  executable?: string,
): Promise<Studio> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sdnet-studio-')));
  const built = join(folder, 'built');
  const { address, close } = await buildStudio(built);
  const browser = await launchChromium(browserOptions(folder), executable);
  return {
    ...{ folder, built, address, browser },
    async visit(view, options) {
      const context = await browser.newContext({ locale: 'en-GB', ...options });
      context.setDefaultTimeout(120_000);
      const page = await context.newPage();
      await page.goto(`${address}/#${view}`);
      return page;
    },
    async close() {
      await browser.close();
      await close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
