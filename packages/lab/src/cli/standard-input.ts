import { UserError } from '@sdnet/training';
import { fileProblem } from 'sdnet';

/** In bytes. No image that can be read is larger. */
const largest = 256 * 2 ** 20;

/** All of standard input. Throws a `UserError` where it cannot be read, or is larger than an image. */
export async function readStandardInput(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > largest) break;
      chunks.push(chunk);
    }
  } catch (error) {
    throw new UserError(`-: standard input cannot be read: ${fileProblem(error)}.`, { cause: error });
  }
  if (length > largest)
    throw new UserError(`-: standard input has more than ${largest / 2 ** 20} MiB; one image is expected.`);
  return Buffer.concat(chunks);
}
