import { readFile } from 'node:fs/promises';
import { UserError } from '@sdnet/training';
import { decodeWeights, encodeWeights, type Weights } from 'sdnet';
import { fileError } from '../files/file-error.js';
import { writeFile } from '../files/write-file.js';

/**
 * Reads trained weights from a safetensors file.
 *
 * @throws UserError where it is missing, damaged, newer than this version or of an unknown network
 */
export async function readWeights(path: string): Promise<Weights> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw fileError(path, error);
  });
  return decodeWeights(bytes).catch((error: Error) => {
    throw new UserError(`${path}: ${error.message}`, { cause: error });
  });
}

export async function writeWeights(path: string, weights: Weights): Promise<void> {
  await writeFile(path, await encodeWeights(weights));
}
