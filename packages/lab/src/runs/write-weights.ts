import { UserError } from '@sdnet/training';
import { encodeWeights, type Weights } from 'sdnet';
import { writeFile } from '../files/write-file.js';

/** @throws UserError where they could not be read back, as those of a training that has diverged */
export async function writeWeights(path: string, weights: Weights): Promise<void> {
  const content = await encodeWeights(weights).catch((error: Error) => {
    throw new UserError(`${path}: not written. ${error.message}`, { cause: error });
  });
  await writeFile(path, content);
}
