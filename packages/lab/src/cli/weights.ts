import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { readWeights, type Weights } from 'sdnet';
import { runFiles } from '../runs/run-folder.js';

/** The file of the weights that come with the command: SDNet trained on FER2013. */
export const shippedWeights = (): string =>
  createRequire(import.meta.url).resolve('@sdnet/model-fer2013/weights.safetensors');

export const weightsOption = {
  weights: {
    type: 'string',
    requiresArg: true,
    description: 'Weights (.safetensors), or a run folder: its best ones (default: the shipped SDNet)',
  },
} as const;

/** Whether there is a folder of that name. */
export const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** The run folder that `--weights` names, or in which the file lies that it names. */
export const runFolderOf = (path: string): string => (isFolder(path) ? path : dirname(path));

/** The file of the weights a command is to use: a file, that of a run folder, or the shipped one. */
export function weightsFileOf(path: string = shippedWeights()): string {
  if (!isFolder(path)) return path;
  // A run folder, or one of finished weights as they are shipped.
  const [best, finished] = [runFiles.best, 'weights.safetensors'].map((name) => join(path, name));
  return existsSync(best!) || !existsSync(finished!) ? best! : finished!;
}

/** The weights of that file. */
export const weightsOf = (path?: string): Promise<Weights> => readWeights(weightsFileOf(path));
