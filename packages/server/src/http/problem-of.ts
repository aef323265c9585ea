import type { FastifyError } from 'fastify';
import { EngineClosedError, QueueFullError, TimeLimitError, WorkerDiedError } from '../engine/errors.js';
import type { ImageProblem } from '../engine/messages.js';
import { Problem } from './problem.js';

/** What can be answered of anything that was thrown. `undefined`: a fault of ours, whose words stay here. */
export function problemOf(error: Error, retryAfter: () => number): Problem | undefined {
  const later = () => ({ 'retry-after': String(retryAfter()) });
  if (error instanceof Problem) return error;
  if (error instanceof QueueFullError) return new Problem(503, 'queue-full', error.message, later());
  if (error instanceof EngineClosedError)
    return new Problem(503, 'shutting-down', error.message, { 'retry-after': '10', connection: 'close' });
  if (error instanceof TimeLimitError)
    return new Problem(503, 'time-limit', 'The time limit has passed. Send less, or later.', later());
  if (error instanceof WorkerDiedError)
    return new Problem(
      500,
      'worker-failed',
      'The process that computed this has ended. It has been replaced.',
    );
  return problemOfFastify(error as FastifyError);
}

/** What Fastify and its plugins find wrong with a request: the words are theirs, and say what it is. */
function problemOfFastify({ statusCode, code, message, validation }: FastifyError): Problem | undefined {
  if (validation) return new Problem(400, 'request-invalid', `${message}.`);
  if (statusCode === undefined || statusCode < 400 || statusCode >= 500) return undefined;
  if (code === 'FST_PARTS_LIMIT' || code === 'FST_FILES_LIMIT')
    return new Problem(400, 'request-invalid', 'The form has more parts than images are taken in a request.');
  const name = code === 'FST_ERR_CTP_BODY_TOO_LARGE' ? 'body-too-large' : codes[statusCode];
  const text = statusCode === 415 ? acceptedTypes : message;
  return new Problem(statusCode, name ?? 'request-invalid', text);
}

const acceptedTypes =
  'The content type is expected to be that of an image (image/…), application/octet-stream, multipart/form-data or application/json.';

const codes: Readonly<Record<number, string>> = {
  404: 'not-found',
  413: 'body-too-large',
  415: 'media-type-unsupported',
};

/** An image's own problem as the answer to a request that has no other image. */
export function imageProblem({ code, message }: ImageProblem): Problem {
  if (code === 'image-too-large') return new Problem(413, code, message);
  return new Problem(code === 'option-invalid' ? 400 : 422, code, message);
}
