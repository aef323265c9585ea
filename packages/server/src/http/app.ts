import { createServer, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import cors from '@fastify/cors';
import multipart from '@fastify/multipart';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { Engine } from '../engine/engine.js';
import { EngineClosedError, QueueFullError } from '../engine/errors.js';
import { requireOrigin, requireTokens } from './access.js';
import { createBudget } from './budget.js';
import { registerDocument } from './document.js';
import { bodyTooLarge } from './images-of-request.js';
import type { Metrics } from './metrics.js';
import { Problem, problemBody, problemType } from './problem.js';
import { problemOf } from './problem-of.js';
import { recognitionRoutes } from './recognition-routes.js';
import { atEnd, begin, startTime } from './request-life.js';
import { type ModelsAnswer, StatusAnswer } from './schemas.js';

export interface AppOptions {
  readonly engine: Engine;
  readonly metrics: Metrics;
  readonly models: ModelsAnswer;
  /** Of this package. */
  readonly version: string;
  /** Where none is given, no token is asked for. */
  readonly tokens: readonly string[] | undefined;
  /** Origins whose pages may read answers. */
  readonly cors: readonly string[];
  /** Of a request, in bytes. */
  readonly bodyLimit: number;
  /** Most images of a request. */
  readonly imagesLimit: number;
  /** Longest time from a whole request to its answer, in ms. */
  readonly timeLimit: number;
  /** Where log lines go. */
  readonly log: { write(line: string): void } | undefined;
  readonly logResults: boolean;
}

/**
 * In ms: what a client has to send its head and its whole request in, how long a connection may be idle, and how long one on
 * which nothing was ever sent holds up a shutdown.
 */
const times = { head: 10_000, request: 30_000, idle: 5_000, check: 1_000, silent: 1_000 } as const;
/** Bytes of all bodies that are received or wait. */
const bodiesLimit = 512 * 2 ** 20;
/** A body that nobody reads is received to its end up to this size, so that the connection goes on. */
const smallBody = 2 ** 20;

/** The HTTP server on an engine, not listening yet. */
export async function createApp(options: AppOptions): Promise<{
  readonly app: FastifyInstance;
  /** From now on new requests are refused, and soon connections closed on which there never was one. */
  readonly drain: () => void;
  /** Closes all connections. */
  readonly disconnect: () => void;
}> {
  const { engine, metrics, tokens, bodyLimit, imagesLimit, timeLimit, log, logResults } = options;
  const budget = createBudget(Math.max(bodiesLimit, bodyLimit));
  let isDraining = false;
  /** Of all servers: a name such as localhost may have several addresses, each of which has one. */
  const connections = new Set<Socket>();

  const app = Fastify({
    bodyLimit,
    serverFactory(handler) {
      const server = createServer(
        {
          requestTimeout: times.request,
          keepAliveTimeout: times.idle,
          headersTimeout: times.head,
          connectionsCheckingInterval: times.check,
          // Without a host, Node would answer without a reason.
          requireHostHeader: false,
        },
        handler,
      );
      server.on('connection', (connection: Socket) => {
        connections.add(connection);
        connection.on('close', () => connections.delete(connection));
      });
      return server;
    },
    logger: log ? { stream: log, base: null, serializers: { err: faultOf } } : false,
    logController: new LogController({ disableRequestLogging: true }),
    // Refused in a hook, as every problem is.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true } },
    frameworkErrors: (error, request, reply) =>
      send(reply as unknown as FastifyReply, problemIn(error, request.log)),
    clientErrorHandler: answerSocket,
  });

  function problemIn(error: Error, logger: FastifyBaseLogger): Problem {
    const problem = problemOf(error, engine.retryAfter);
    if (problem) return problem;
    logger.error({ err: error }, 'fault');
    return new Problem(
      500,
      'internal',
      'Something failed here, and the log says what. Trying again may help.',
    );
  }

  app.setErrorHandler((error: Error, request, reply) => send(reply, problemIn(error, request.log)));
  function notFound({ url, method }: FastifyRequest): Problem {
    const path = url.split('?')[0]!;
    const allowed = (['GET', 'POST'] as const).filter((other) => app.hasRoute({ url: path, method: other }));
    if (allowed.length === 0)
      return new Problem(404, 'not-found', 'There is nothing here. See /docs for what there is.');
    const problem = `${method} is not for this address; ${allowed.join(' or ')} is.`;
    return new Problem(405, 'method-not-allowed', problem, { allow: allowed.join(', ') });
  }
  // Routes of files find out only then that there is none.
  app.setNotFoundHandler((request, reply) => send(reply, notFound(request)));

  app.addHook('onRequest', async (request, reply) => {
    begin(request, reply, { metrics, logResults });
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    if (isDraining && request.method === 'POST')
      throw new EngineClosedError('The server is being shut down.');
    if (request.headers.host === undefined)
      throw new Problem(400, 'request-invalid', 'The request has no header Host.');
    requireOrigin(request, { needsToken: tokens !== undefined, origins: options.cors });
    // Before any of its body is received: nothing else bounds how many there are of those.
    if (request.is404) throw notFound(request);
  });
  app.addHook('onSend', async (request, reply) => {
    const { raw } = request;
    const announced = Number(raw.headers['content-length'] ?? Infinity);
    const hasBody =
      raw.headers['transfer-encoding'] !== undefined || raw.headers['content-length'] !== undefined;
    if (isDraining || (hasBody && !raw.complete && announced > smallBody))
      reply.header('connection', 'close');
  });

  // Fastify reads text unasked; here none is taken.
  app.removeContentTypeParser('text/plain');
  if (options.cors.length > 0)
    await app.register(cors, {
      origin: [...options.cors],
      methods: ['GET', 'POST'],
      allowedHeaders: ['authorization', 'content-type'],
    });
  await app.register(multipart, {
    limits: { files: imagesLimit, parts: imagesLimit, fields: 1, fileSize: bodyLimit, headerPairs: 32 },
  });
  await registerDocument(app, options.version, tokens !== undefined);

  app.get(
    '/healthz',
    { schema: { summary: 'Whether the process answers', response: { 200: StatusAnswer } } },
    async () => ({
      status: 'ok',
    }),
  );
  app.get(
    '/readyz',
    { schema: { summary: 'Whether it takes requests', response: { 200: StatusAnswer } } },
    async () => {
      if (isDraining) throw new EngineClosedError('The server is being shut down.');
      return { status: 'ready' };
    },
  );
  await app.register(async (scope) => {
    if (tokens) requireTokens(scope, tokens);
    scope.get(
      '/metrics',
      { schema: { summary: 'Metrics for Prometheus', produces: [metrics.contentType] } },
      async (_, reply) => reply.type(metrics.contentType).send(await metrics.text()),
    );
    // After the token, and before any of the body is received.
    scope.addHook('onRequest', async (request) => {
      if (request.method !== 'POST') return;
      const announced = Number(request.headers['content-length'] ?? bodyLimit);
      if (announced > bodyLimit) throw bodyTooLarge(bodyLimit);
      const { waiting, running, limit } = engine.load();
      if (waiting + running >= limit)
        throw new QueueFullError(`The queue has ${limit} images, and takes no more for now.`);
      const release = budget.take(announced);
      if (!release)
        throw new QueueFullError('Too many bytes are being received; there is no room for more now.');
      atEnd(request, release);
    });
    // Its body is whole by then, that of a form too.
    scope.addHook('preHandler', async (request) => startTime(request, timeLimit));
    recognitionRoutes(scope, { engine, models: options.models, bodyLimit, imagesLimit });
  });
  return {
    app,
    drain() {
      isDraining = true;
      // Node closes idle connections, to which it does not count those that never sent anything. A request that was on its way
      // has come by then.
      const leaveSilent = () => {
        for (const connection of connections) if (connection.bytesRead === 0) connection.destroy();
      };
      setTimeout(leaveSilent, times.silent).unref();
    },
    disconnect() {
      for (const connection of connections) connection.destroy();
    },
  };
}

function send(reply: FastifyReply, { status, code, message, headers }: Problem): FastifyReply {
  return reply
    .code(status)
    .headers(headers)
    .type(problemType)
    .send(problemBody(status, code, message));
}

/** What an error says in the log: images are no part of these. */
const faultOf = ({ name, message, stack }: Error) => ({ type: name, message, stack: stack ?? '' });

/** Answers what is no request: there is only its connection. */
function answerSocket(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [status, code, detail] = clientErrors[error.code ?? ''] ?? [
    400,
    'request-invalid',
    'This is no HTTP request.',
  ];
  const body = JSON.stringify(problemBody(status, code, detail));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: ${problemType}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

const clientErrors: Readonly<Record<string, readonly [number, string, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'too-slow', 'The request took too long to arrive.'],
  HPE_HEADER_OVERFLOW: [431, 'head-too-large', 'The head of the request is too large.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'body-too-large', 'The extensions of a chunk are too large.'],
};
