import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { serve, type ServeOptions } from '../../dist/index.js';

export const samplePath = (name: string): string =>
  fileURLToPath(new URL(`../../../../samples/${name}`, import.meta.url));
export const sample = (name: string): Buffer<ArrayBuffer> => readFileSync(samplePath(name));

/** Lines of a log, and who waits for one. */
export function createLog() {
  const lines: string[] = [];
  const watchers = new Set<() => void>();
  return {
    lines,
    write(line: string): void {
      lines.push(line);
      for (const watcher of watchers) watcher();
    },
    /** Ends when a line holds the text. */
    async until(text: string): Promise<string> {
      for (;;) {
        const found = lines.find((line) => line.includes(text));
        if (found) return found;
        await new Promise<void>((resolve) => {
          const watcher = () => {
            watchers.delete(watcher);
            resolve();
          };
          watchers.add(watcher);
        });
      }
    },
  };
}

/** A server of one thread on a free port, however slow the machine, closed when the test, or the file's suite, has ended. */
export async function start(
  options: ServeOptions = {},
  finished: (close: () => Promise<void>) => void = onTestFinished,
) {
  const log = createLog();
  const server = await serve({ port: 0, workers: 1, timeLimit: 600_000, log, ...options });
  finished(server.close);
  return { ...server, log };
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what a server answers is looked into, not typed
  readonly body: any;
}

export async function ask(address: string, path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(address + path, init);
  const type = response.headers.get('content-type') ?? '';
  const body: unknown = /json/.test(type) ? await response.json() : await response.text();
  return { status: response.status, type, headers: response.headers, body };
}

/** Sends an image's bytes. */
export const post = (
  address: string,
  path: string,
  body: Uint8Array<ArrayBuffer> | string | FormData,
  headers: Record<string, string> = body instanceof FormData
    ? {}
    : { 'content-type': 'application/octet-stream' },
): Promise<Answer> => ask(address, path, { method: 'POST', body, headers });
