import { readFile } from 'node:fs/promises';
import { UserError } from '../user-error.js';
import { decodeWeights, type Weights } from '../weights.js';
import { fileError } from './file-error.js';
import { pathOf } from './path-of.js';

/**
 * Reads trained weights from a safetensors file.
 *
 * @throws UserError where it is missing, damaged, newer than this version or of an unknown network
 */
export async function readWeights(file: string | URL): Promise<Weights> {
  const path = pathOf(file, 'weights-invalid') ?? String(file);
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new UserError(fileError(path, error).message, { code: 'weights-invalid', cause: error });
  });
  return decodeWeights(bytes).catch((error: Error) => {
    throw new UserError(`${path}: ${error.message}`, { code: 'weights-invalid', cause: error });
  });
}
