import type { FastifyReply, FastifyRequest } from 'fastify';
import { TimeLimitError } from '../engine/errors.js';
import type { ImageAnswer } from '../engine/messages.js';
import type { Metrics } from './metrics.js';

/** What is known of a request until its end. */
interface Life {
  readonly controller: AbortController;
  answers: readonly ImageAnswer[];
  timer?: NodeJS.Timeout;
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
  const life: Life = { controller: new AbortController(), answers: [] };
  lives.set(request, life);
  reply.raw.once('close', () => {
    clearTimeout(life.timer);
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

/** From now on its time runs. */
export function startTime(request: FastifyRequest, timeLimit: number): void {
  const life = lives.get(request)!;
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
