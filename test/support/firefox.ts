import { existsSync } from 'node:fs';
import { type Browser, launch } from 'puppeteer-core';

/** Debian's. */
const executablePath = '/usr/bin/firefox-esr';

/** Why tests with Firefox are skipped; nothing where they are not. `.ci/run` installs it. */
export const withoutFirefox: string | undefined = existsSync(executablePath)
  ? undefined
  : ' (skipped: firefox-esr is not installed)';

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
