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

/** @throws UserError where they could not be read back, as those of a training that has diverged */
export async function writeWeights(path: string, weights: Weights): Promise<void> {
  const content = await encodeWeights(weights).catch((error: Error) => {
    throw new UserError(`${path}: not written. ${error.message}`, { cause: error });
  });
  await writeFile(path, content);
}
