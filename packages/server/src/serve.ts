import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { weights as shippedWeights } from '@sdnet/model-fer2013';
import { readWeights, UserError } from 'sdnet';
import { createEngine } from './engine/engine.js';
import { isLoopback } from './http/access.js';
import { createApp } from './http/app.js';
import { createMetrics } from './http/metrics.js';
import type { ModelsAnswer } from './http/schemas.js';
import { readTokens } from './http/tokens.js';

export interface ServeOptions {
  /** Default: 127.0.0.1, this machine alone. Any other needs tokens. */
  readonly host?: string | undefined;
  /** Default: 8080; 0: one that is free. */
  readonly port?: number | undefined;
  /** Path of the weights, of any of the five networks. Default: the shipped ones. */
  readonly weights?: string | undefined;
  /** A file with a bearer token a line. Default: no token is asked for. */
  readonly tokenFile?: string | undefined;
  /** Processes that compute, each with networks of its own. Default: as many as the machine has cores. */
  readonly workers?: number | undefined;
  /** Most images that wait or are computed; more are answered 503. Default: 64 a worker. */
  readonly queue?: number | undefined;
  /** Of a request, in bytes. Default: 20 MB. */
  readonly bodyLimit?: number | undefined;
  /** Of an image. Default: 25 million. */
  readonly pixelLimit?: number | undefined;
  /** Most images of a request. Default: 32. */
  readonly imagesLimit?: number | undefined;
  /** Longest time from a whole request to its answer, in ms. Default: 30,000. */
  readonly timeLimit?: number | undefined;
  /** Origins whose pages may use it, such as `https://example.com`. Default: none. */
  readonly cors?: readonly string[] | undefined;
  /** Where log lines (JSON) go. Default: nowhere. They hold neither images nor what was read. */
  readonly log?: { write(line: string): void } | undefined;
  /** Whether the log says what was read. Default: false. */
  readonly logResults?: boolean | undefined;
}

/** A server that listens. */
export interface RunningServer {
  /** Such as `http://127.0.0.1:8080`. */
  readonly address: string;
  /** Takes no more requests, answers those that it has, and ends. */
  close(): Promise<void>;
}

/** Longest time that a shutdown waits for clients to read their answers, beyond the time limit, in ms. */
const farewell = 5_000;

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

/**
 * Recognizes expressions over HTTP, until it is closed. Nothing is stored.
 *
 * @throws UserError where the weights, the tokens, an origin or the address are none that can be used, or a host other
 * than loopback is to be served without tokens
 */
export async function serve({
  host = '127.0.0.1',
  port = 8080,
  weights = fileURLToPath(shippedWeights),
  tokenFile,
  workers = availableParallelism(),
  queue = 64 * workers,
  bodyLimit = 20e6,
  pixelLimit = 25e6,
  imagesLimit = 32,
  timeLimit = 30_000,
  cors = [],
  log,
  logResults = false,
}: ServeOptions = {}): Promise<RunningServer> {
  const tokens = tokenFile === undefined ? undefined : await readTokens(tokenFile);
  if (!tokens && !isLoopback(host))
    throw new UserError(
      `${host} can be reached from other machines: name a file of tokens, without which nobody is answered, or serve 127.0.0.1.`,
      { code: 'option-invalid' },
    );
  for (const origin of cors) requireOriginName(origin);
  const models = await modelsOf(weights);

  const metrics = createMetrics();
  const engine = await createEngine({
    ...{ weights, pixelLimit, timeLimit, workers, queue },
    observer: metrics.observer,
  });
  metrics.watch(engine);
  const { app, drain, disconnect } = await createApp({
    ...{ engine, metrics, models, version, tokens, cors, bodyLimit, timeLimit, log, logResults },
    imagesLimit: Math.min(imagesLimit, engine.load().limit),
  }).catch(async (error: unknown) => {
    await engine.close();
    throw error;
  });
  let address: string;
  try {
    address = await app.listen({ host, port });
  } catch (error) {
    await engine.close();
    throw addressError(host, port, error as NodeJS.ErrnoException);
  }

  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    drain();
    const timer = setTimeout(disconnect, timeLimit + farewell);
    await app.close();
    clearTimeout(timer);
    await engine.close();
  }
  return { address, close: () => (closing ??= close()) };
}

async function modelsOf(file: string): Promise<ModelsAnswer> {
  const { model, classNames, preprocessing, provenance = {} } = await readWeights(file);
  const { size, channels } = preprocessing;
  return {
    models: [
      {
        model,
        classes: [...classNames],
        input: { width: size, height: size, channels },
        sha256: createHash('sha256')
          .update(await readFile(file))
          .digest('hex'),
        detector: 'blazeface',
        provenance: provenance as Record<string, string | number>,
      },
    ],
  };
}

function requireOriginName(origin: string): void {
  if (URL.canParse(origin) && new URL(origin).origin === origin && /^https?:/.test(origin)) return;
  throw new UserError(
    `${origin}: this is no origin of pages; one such as https://example.com is expected, without a path.`,
    { code: 'option-invalid' },
  );
}

function addressError(host: string, port: number, error: NodeJS.ErrnoException): Error {
  const meaning = {
    EADDRINUSE: `port ${port} is taken by another program. Choose another, or 0 for one that is free`,
    EACCES: `port ${port} may not be used by this user. Choose one from 1024 on`,
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'there is no machine of this name',
    EAI_AGAIN: 'there is no machine of this name',
  }[error.code ?? ''];
  return meaning === undefined ? error : new UserError(`${host}: ${meaning}.`, { cause: error });
}
