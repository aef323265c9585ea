import { existsSync } from 'node:fs';
import { type Browser, launch } from 'puppeteer-core';

/** Debian's. */
const executablePath = '/usr/bin/firefox-esr';

export const hasFirefox: boolean = existsSync(executablePath);

/** A headless Firefox, driven by WebDriver BiDi, with a camera that shows a changing colour. */
export const launchFirefox = (): Promise<Browser> =>
  launch({
    browser: 'firefox',
    executablePath,
    headless: true,
    // The machine may have other work.
    timeout: 0,
    protocolTimeout: 0,
    extraPrefsFirefox: {
      'intl.accept_languages': 'en-GB',
      'media.navigator.permission.disabled': true,
      'media.navigator.streams.fake': true,
    },
  });
