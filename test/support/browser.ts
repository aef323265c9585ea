import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';

/** Debian's Chromium, whole: it asks people for leave, as to use a camera. */
export const wholeChromium = '/usr/bin/chromium';

const shell = '/usr/bin/chromium-headless-shell';

/** The same without windows, where that is installed: its frames do not wait for a window's. */
const executablePath = existsSync(shell) ? shell : wholeChromium;

export const hasChromium: boolean = existsSync(executablePath);
export const hasWholeChromium: boolean = existsSync(wholeChromium);

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.png': 'image/png',
};

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A headless Chromium that calls nobody; with further `options` of its command line. */
export const launchChromium = (
  options: readonly string[] = [],
  executable = executablePath,
): Promise<Browser> =>
  chromium.launch({
    executablePath: executable,
    headless: true,
    args: [...args, ...options],
    timeout: 0,
  });

/** What a page printed first, and the paths it loaded until then. */
export interface Visit {
  readonly printed: string;
  readonly requested: readonly string[];
  /** How many threads it had started. */
  readonly workers: number;
}

/**
 * Serves `folder` on loopback.
 *
 * @param isolated its pages may use threads
 */
export async function serveFolder(
  folder: string,
  isolated = false,
): Promise<{ readonly address: string; close(): void }> {
  const server = createServer(async ({ url = '/' }, response) => {
    const path = new URL(url, 'http://localhost').pathname;
    const file = join(folder, normalize(path === '/' ? '/index.html' : path));
    const content = await readFile(file).catch(() => undefined);
    const isolation = {
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    };
    const type = types[extname(file)] ?? 'application/octet-stream';
    response.writeHead(content ? 200 : 404, { 'content-type': type, ...(isolated && isolation) });
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => void server.close(),
  };
}

/**
 * Serves `folder`, opens it in a headless Chromium with the new, empty folder `profile`, and waits, however
 * long the machine takes, for the first line that the page prints. Throws what the page throws.
 *
 * @param isolated the page may use threads
 */
export async function visit(folder: string, profile: string, isolated = false): Promise<Visit> {
  const { address, close } = await serveFolder(folder, isolated);
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args,
    timeout: 0,
  });
  try {
    const page = await context.newPage();
    const requested: string[] = [];
    page.on('request', (request) => requested.push(request.url()));
    const printed = new Promise<string>((resolve, reject) => {
      page.on('console', (message) => {
        if (message.type() === 'log') resolve(message.text());
      });
      page.on('pageerror', reject);
    });
    await page.goto(address, { timeout: 0 });
    return {
      printed: await printed,
      requested: requested.map((url) => url.replace(address, '')),
      workers: page.workers().length,
    };
  } finally {
    await context.close();
    close();
  }
}

/** What a page opened from disk does, and what axe finds wrong with it. */
export interface Opened {
  /** Everything in the console, and errors. */
  readonly printed: readonly string[];
  readonly requested: readonly string[];
  /** In pixels. */
  readonly width: number;
  readonly violations: readonly string[];
  readonly title: string;
}

/**
 * Opens files as a person does who got them by mail, each the way that it is looked at.
 *
 * @param profile a new, empty folder
 */
export async function openFromDisk(
  looks: readonly { readonly file: string; readonly scheme: 'light' | 'dark'; readonly width: number }[],
  profile: string,
): Promise<Opened[]> {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args,
    timeout: 0,
  });
  try {
    const opened: Opened[] = [];
    for (const { file, scheme, width } of looks) {
      const page = await context.newPage();
      const printed: string[] = [];
      const requested: string[] = [];
      page.on('console', (message) => printed.push(message.text()));
      page.on('pageerror', (error) => printed.push(error.message));
      page.on('request', (request) => requested.push(request.url()));
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height: 800 });
      await page.goto(pathToFileURL(file).href, { timeout: 0 });
      const before = { printed: [...printed], requested: [...requested] };
      await page.evaluate(axe);
      const found = await page.evaluate(async () => {
        const { violations } = await (
          globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } }
        ).axe.run();
        return {
          width: document.documentElement.scrollWidth,
          title: document.title,
          violations: violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
        };
      });
      opened.push({ ...before, ...found });
      await page.close();
    }
    return opened;
  } finally {
    await context.close();
  }
}

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}
