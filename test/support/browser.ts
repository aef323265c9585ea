import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/** Debian's. */
const executablePath = '/usr/bin/chromium';

export const hasChromium: boolean = existsSync(executablePath);

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
export const launchChromium = (options: readonly string[] = []): Promise<Browser> =>
  chromium.launch({ executablePath, headless: true, args: [...args, ...options], timeout: 0 });

/** What a page printed first, and the paths it loaded until then. */
export interface Visit {
  readonly printed: string;
  readonly requested: readonly string[];
  /** How many threads it had started. */
  readonly workers: number;
}

/**
 * Serves `folder`, opens it in a headless Chromium with the new, empty folder `profile`, and waits, however
 * long the machine takes, for the first line that the page prints. Throws what the page throws.
 *
 * @param isolated the page may use threads
 */
export async function visit(folder: string, profile: string, isolated = false): Promise<Visit> {
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
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await page.goto(address, { timeout: 0 });
    return {
      printed: await printed,
      requested: requested.map((url) => url.replace(address, '')),
      workers: page.workers().length,
    };
  } finally {
    await context.close();
    server.close();
  }
}
