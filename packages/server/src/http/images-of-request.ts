import type { FastifyError, FastifyRequest } from 'fastify';
import { Problem } from './problem.js';

/** An image as it was sent. */
export interface SentImage {
  /** The file's name, where it has one. */
  readonly name?: string;
  readonly bytes: Uint8Array;
}

/**
 * Reads the files of a multipart request.
 *
 * @throws Problem where they are larger than the limit together, or a part is no file
 */
export async function filesOf(request: FastifyRequest, bodyLimit: number): Promise<SentImage[]> {
  let received = 0;
  // Beside the parser, which has no limit for all parts together and what lies between them.
  request.raw.on('data', (chunk: Buffer) => {
    received += chunk.length;
  });
  const files: SentImage[] = [];
  try {
    for await (const part of request.parts()) {
      if (part.type !== 'file')
        throw new Problem(
          400,
          'request-invalid',
          'A part of the request is no file. Send each image as a file: curl --form image=@photo.jpg. Options are part of the address.',
        );
      const chunks: Buffer[] = [];
      for await (const chunk of part.file) {
        chunks.push(chunk as Buffer);
        if (received > bodyLimit) throw bodyTooLarge(bodyLimit);
      }
      files.push({ ...(part.filename && { name: part.filename }), bytes: Buffer.concat(chunks) });
    }
  } catch (error) {
    // What the parser finds wrong has no status.
    if (error instanceof Problem || (error as FastifyError).statusCode !== undefined) throw error;
    throw new Problem(
      400,
      'request-invalid',
      `This is no multipart form (${(error as Error).message}). Send one as curl --form image=@photo.jpg does.`,
    );
  }
  return files;
}

export const bodyTooLarge = (bodyLimit: number): Problem =>
  new Problem(
    413,
    'body-too-large',
    `A request may have ${bodyLimit} bytes here. Send less, or fewer at a time.`,
    {
      connection: 'close',
    },
  );

/**
 * The images of a validated body: bytes, `{ images: [base64] }`, or `{ image: [file] }` of a multipart request.
 *
 * @throws Problem where a text is no base64
 */
export function imagesOf(body: unknown): SentImage[] {
  if (body instanceof Uint8Array) return [{ bytes: body }];
  const { image, images } = body as { image?: SentImage[]; images?: string[] };
  return image ?? images!.map((text, index) => ({ bytes: decodeBase64(text, index) }));
}

function decodeBase64(text: string, index: number): Uint8Array {
  const comma = text.startsWith('data:') ? text.indexOf(',') : -1;
  const content = text.slice(comma + 1);
  const bytes = Buffer.from(content, 'base64');
  // What is no base64 is left out of the bytes, or ends them.
  const padding = content.endsWith('==') ? 2 : content.endsWith('=') ? 1 : 0;
  if (bytes.length === 0 || bytes.length !== Math.floor(((content.length - padding) * 3) / 4))
    throw new Problem(400, 'request-invalid', `body/images/${index} is no base64 of an image file.`);
  return bytes;
}
