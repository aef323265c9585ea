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
    const advice = /\.onnx$/i.test(path)
      ? ' ONNX models are for other programs: name the run, or a .safetensors file.'
      : '';
    throw new UserError(`${path}: ${error.message}${advice}`, { code: 'weights-invalid', cause: error });
  });
}
