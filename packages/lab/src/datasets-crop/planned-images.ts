import { join, posix } from 'node:path';
import { UserError } from '@sdnet/training';
import { decodeImage } from 'sdnet';
import type { SourceFile } from '../files/source-file.js';
import type { PlannedImage } from './crop-plan.js';

/** The images in files below `root`, each with the path of its crop. */
export function plannedFiles<File extends SourceFile>(
  root: string,
  files: readonly File[],
  targetOf: (file: File) => string,
  sequenceOf: (file: File) => string | undefined = () => undefined,
): PlannedImage[] {
  const targets = new Map<string, string>();
  return files.map((file) => {
    const { path, size, modified } = file;
    const target = asPng(targetOf(file));
    const other = targets.get(target.toLowerCase());
    if (other !== undefined)
      throw new UserError(
        `${join(root, other)} and ${join(root, path)} would both be cropped to ${target}. Rename one.`,
      );
    targets.set(target.toLowerCase(), path);
    const sequence = sequenceOf(file);
    return {
      source: path,
      version: `${size} ${modified}`,
      read: () => decodeImage(join(root, path), join(root, path)),
      target,
      ...(sequence !== undefined && { sequence }),
    };
  });
}

/** A path with the ending of the crops. */
export const asPng = (path: string): string => {
  const { dir, name } = posix.parse(path);
  return posix.join(dir, `${name}.png`);
};
