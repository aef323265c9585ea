import { statSync } from 'node:fs';
import { dirname, extname, isAbsolute, join, normalize } from 'node:path';
import { expandImages, isImage, isVideoName, readCsv } from '@sdnet/lab/cli';
import { fileError, UserError } from 'sdnet';

/** A file that is to be labelled, as it was when it was listed. */
export interface Source {
  readonly path: string;
  readonly isVideo: boolean;
  /** In bytes. */
  readonly size: number;
  /** Time of the last change in milliseconds since 1970. */
  readonly modified: number;
}

/**
 * The images and videos that operands name: files, folders (every image and video in them and in the folders below),
 * patterns, and manifests (a CSV file with a column `file`: paths from its own folder), in this order, each once.
 *
 * @throws UserError where an operand names none
 */
export async function listSources(operands: readonly string[]): Promise<Source[]> {
  const found = new Map<string, Source>();
  for (const operand of operands)
    for (const path of isManifest(operand) ? await pathsOfManifest(operand) : await pathsOf(operand))
      if (!found.has(path)) found.set(path, sourceAt(path));
  return [...found.values()];
}

const isManifest = (operand: string): boolean => extname(operand).toLowerCase() === '.csv';

async function pathsOf(operand: string): Promise<string[]> {
  if (operand === '-') throw new UserError('-: labels are of files; standard input is none.');
  const isTaken = (name: string) => isImage(name) || isVideoName(name);
  const files = await expandImages([operand], isTaken, 'the folder holds no photo or video.');
  return files.map(({ file, problem }) => {
    if (problem) throw problem;
    return normalize(file);
  });
}

async function pathsOfManifest(manifest: string): Promise<string[]> {
  const paths: string[] = [];
  const columns = { required: ['file'] as const, advice: 'Name the column of the paths so.' };
  for await (const { values, problem } of readCsv(manifest, columns)) {
    if (values.file === '')
      throw problem('file is empty, but a path from the manifest’s folder was expected');
    paths.push(isAbsolute(values.file) ? normalize(values.file) : join(dirname(manifest), values.file));
  }
  return paths;
}

/** A file that is not there is known as such by its size, and its label is that it cannot be read. */
function sourceAt(path: string): Source {
  let status;
  try {
    status = statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw fileError(path, error);
  }
  return {
    path,
    isVideo: isVideoName(path),
    size: status?.size ?? -1,
    modified: Math.round(status?.mtimeMs ?? 0),
  };
}
