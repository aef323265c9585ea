import type { FastifyInstance } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { Engine } from '../engine/engine.js';
import type { ImageAnswer } from '../engine/messages.js';
import { filesOf, imagesOf, type SentImage } from './images-of-request.js';
import { Problem, problemType } from './problem.js';
import { imageProblem } from './problem-of.js';
import {
  bytesBody,
  ExplainAnswer,
  ExplainQuery,
  filesBody,
  imagesBody,
  ModelsAnswer,
  ProblemSchema,
  RecognizeAnswer,
  RecognizeQuery,
} from './schemas.js';
import { note, signalOf } from './request-life.js';

export interface RecognitionRoutesOptions {
  readonly engine: Engine;
  readonly models: ModelsAnswer;
  /** Of a request, in bytes. */
  readonly bodyLimit: number;
  /** Most images of a request. */
  readonly imagesLimit: number;
}

/** What an image file is sent as. `curl --data-binary @photo.jpg` says the last, and never means it. */
const bytesTypes = ['application/octet-stream', 'image/*', 'application/x-www-form-urlencoded'];

const problems = {
  default: {
    description: 'What is wrong, and what to do',
    content: { [problemType]: { schema: ProblemSchema } },
  },
};

/** `/v1/…`: recognition, explanation, and what recognizes. */
export function recognitionRoutes(
  scope: FastifyInstance,
  { engine, models, bodyLimit, imagesLimit }: RecognitionRoutesOptions,
): void {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>();
  app.addContentTypeParser(/^image\/[\w.+-]+(;|$)/, { parseAs: 'buffer' }, (_, body, done) =>
    done(null, body),
  );
  for (const type of bytesTypes.filter((name) => name !== 'image/*'))
    app.addContentTypeParser(type, { parseAs: 'buffer' }, (_, body, done) => done(null, body));
  app.addHook('preValidation', async (request) => {
    if (request.isMultipart()) request.body = { image: await filesOf(request, bodyLimit) };
    else if (request.method === 'POST' && isEmpty(request.body))
      throw new Problem(400, 'request-invalid', 'The request has no body; an image is expected.');
  });

  const bodyOf = (most: number) => ({
    content: {
      ...Object.fromEntries(bytesTypes.map((type) => [type, { schema: bytesBody }])),
      'multipart/form-data': { schema: filesBody(most) },
      'application/json': { schema: imagesBody(most) },
    },
  });

  app.post(
    '/v1/recognize',
    {
      schema: {
        summary: 'Find the faces in images and read their expressions',
        querystring: RecognizeQuery,
        body: bodyOf(imagesLimit),
        response: { 200: RecognizeAnswer, ...problems },
      },
    },
    async (request) => {
      const sent = imagesOf(request.body);
      const { views, ...query } = request.query;
      const options = { ...query, views: views as 1 | 2 | undefined };
      const answers = await engine.recognize(
        sent.map(({ bytes }) => ({ bytes, options })),
        signalOf(request),
      );
      note(request, answers);
      requireOne(answers);
      return { images: answers.map((answer, index) => resultOf(sent[index]!, answer)) };
    },
  );

  app.post(
    '/v1/explain',
    {
      schema: {
        summary: 'Show what in a face speaks for an expression',
        querystring: ExplainQuery,
        body: bodyOf(1),
        response: { 200: ExplainAnswer, ...problems },
      },
    },
    async (request) => {
      const [image] = imagesOf(request.body);
      const answer = await engine.explain(image!.bytes, request.query, signalOf(request));
      note(request, ['problem' in answer ? answer : { ...answer, faces: [answer.face] }]);
      if ('problem' in answer) throw imageProblem(answer.problem);
      return answer as ExplainAnswer;
    },
  );

  app.get(
    '/v1/models',
    { schema: { summary: 'The networks that recognize', response: { 200: ModelsAnswer, ...problems } } },
    async () => models,
  );
}

const isEmpty = (body: unknown): boolean =>
  body === undefined || body === null || (body instanceof Uint8Array && body.length === 0);

/** Throws where no image could be read. */
function requireOne(answers: readonly ImageAnswer[]): void {
  const [first] = answers;
  if (!first?.problem || answers.some(({ problem }) => !problem)) return;
  const { status, code, message } = imageProblem(first.problem);
  if (answers.length === 1) throw new Problem(status, code, message);
  throw new Problem(status, code, `None of ${answers.length} images could be read. The first: ${message}`);
}

function resultOf({ name }: SentImage, answer: ImageAnswer): RecognizeAnswer['images'][number] {
  const named = name === undefined ? {} : { name };
  if (answer.problem) {
    const { code, message } = answer.problem;
    return { ...named, error: { code, detail: message } };
  }
  return {
    ...named,
    ...(answer as Required<Pick<RecognizeAnswer['images'][number], 'width' | 'height' | 'faces'>>),
  };
}
