import type { FastifyReply, FastifyRequest } from 'fastify';
import { TimeLimitError } from '../engine/errors.js';
import type { ImageAnswer } from '../engine/messages.js';
import type { Metrics } from './metrics.js';

/** What is known of a request until its end. */
interface Life {
  readonly controller: AbortController;
  answers: readonly ImageAnswer[];
  timer?: NodeJS.Timeout;
  /** What is to be done at its end; undefined once that was. */
  atEnd?: (() => void)[] | undefined;
}

const lives = new WeakMap<FastifyRequest, Life>();

/** What the client is said to have been answered that left before (the number that nginx uses). */
const clientLeft = 499;

export interface RequestLifeOptions {
  readonly metrics: Metrics;
  /** Whether the log says what was read. */
  readonly logResults: boolean;
}

/** Follows a request from its head on: when it ends, or its client leaves, one line of log and the metrics say so. */
export function begin(
  request: FastifyRequest,
  reply: FastifyReply,
  { metrics, logResults }: RequestLifeOptions,
): void {
  const start = performance.now();
  const life: Life = { controller: new AbortController(), answers: [], atEnd: [] };
  lives.set(request, life);
  whenClosed(request, reply, () => {
    clearTimeout(life.timer);
    for (const end of life.atEnd ?? []) end();
    life.atEnd = undefined;
    const left = !reply.raw.writableFinished;
    if (left) life.controller.abort(new Error('The client has left.'));
    const status = left ? clientLeft : reply.statusCode;
    const milliseconds = performance.now() - start;
    const route = request.routeOptions.url ?? 'unknown';
    metrics.request(route, request.method, status, milliseconds / 1000);
    for (const answer of life.answers)
      metrics.image(answer.problem?.code ?? 'read', answer.problem ? 0 : answer.faces.length);
    // Neither the address nor the client: they say who asked.
    request.log.info(
      {
        ...{ method: request.method, route, status, milliseconds: Math.round(milliseconds) },
        ...(life.answers.length > 0 && summary(life.answers)),
        ...(logResults && { results: life.answers.map(resultOf) }),
      },
      'request',
    );
  });
}

/**
 * Calls `end` once, when the answer is closed, or the connection: of the answers to requests that a client sends one behind
 * the other, only the first closes with it.
 */
function whenClosed({ raw: { socket } }: FastifyRequest, { raw }: FastifyReply, end: () => void): void {
  const once = () => {
    raw.off('close', once);
    socket.off('close', once);
    end();
  };
  // A connection may carry many requests at a time, each of which listens.
  socket.setMaxListeners(0);
  raw.on('close', once);
  socket.on('close', once);
  if (socket.destroyed) once();
}

/** Has something done when the request has ended, however it ends. */
export function atEnd(request: FastifyRequest, end: () => void): void {
  const life = lives.get(request)!;
  if (life.atEnd) life.atEnd.push(end);
  else end();
}

/** From now on its time runs. */
export function startTime(request: FastifyRequest, timeLimit: number): void {
  const life = lives.get(request)!;
  // It may have ended while its body was read.
  if (!life.atEnd) return;
  life.timer = setTimeout(() => life.controller.abort(new TimeLimitError()), timeLimit);
}

/** Raised where the client has left, or the time is up. */
export const signalOf = (request: FastifyRequest): AbortSignal => lives.get(request)!.controller.signal;

/** What came of its images, for log and metrics. */
export const note = (request: FastifyRequest, answers: readonly ImageAnswer[]): void => {
  lives.get(request)!.answers = answers;
};

const summary = (answers: readonly ImageAnswer[]) => ({
  images: answers.length,
  faces: answers.reduce((sum, answer) => sum + (answer.problem ? 0 : answer.faces.length), 0),
});

const resultOf = (answer: ImageAnswer) =>
  answer.problem
    ? { problem: answer.problem.code }
    : {
        faces: answer.faces.map(({ expression, confidence, scores }) => ({ expression, confidence, scores })),
      };
