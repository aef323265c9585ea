import { lstatSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import {
  canonicalClasses,
  classIndex,
  type Dataset,
  eightExpressions,
  expressionCalled,
  oneSpelling,
  type Split,
  splitCalled,
  splits,
  UserError,
} from '@sdnet/training';
import type { SourceFile } from '../files/source-file.js';
import { fileError } from 'sdnet';
import { type ImageFile, loadImages } from './load-images.js';
import { readCsv } from '../files/read-csv.js';
import { findByName } from '../files/find-by-name.js';
import { holdOutValidation } from './hold-out.js';
import type { ImageFolderOptions } from './image-folder.js';
import { classNamer } from './name-classes.js';

/** Raise where the loader would make other pixels of the same files. */
const loaderVersion = 1;

/**
 * The images that a CSV file lists: columns `file` (from the manifest's own folder, with `/`), `label` (a class's
 * name, see `canonicalClasses`) and, where you like, `subject` and `split` (train, validation or test). A row may
 * leave its subject empty, not its split.
 *
 * A file may be listed once, and must lie below the manifest's folder, links followed; one that is not there as it is
 * written is looked for in another case or composition (see `findByName`). Subjects whose names differ in no more are
 * one person, and labels one class; `onNote` hears of them. With splits but without validation images, a tenth of the training images becomes the validation
 * split: whole subjects where every training image has one, else a tenth of each class (see `holdOutValidation`).
 *
 * Throws a `UserError` naming the row at fault, or the image that cannot be read.
 */
export async function loadManifest(
  manifest: string,
  { holdOutSeed = 0, classNames: given, ...options }: ImageFolderOptions = {},
): Promise<Dataset> {
  const root = dirname(manifest);
  const rows = await readManifest(manifest, root);
  const note = (what: string, one: string) => (spellings: readonly string[]) =>
    options.onNote?.(`manifest: the ${what} ${spellings.join(', ')} are taken for one ${one}.`);
  const labels = rows.map(({ label }) => label);
  const called = classNamer(manifest, new Set(labels), given);
  const isOther = (label: string) => expressionCalled(label, eightExpressions) === undefined;
  oneSpelling(labels.filter(isOther), note('labels', 'class'));
  const subjectOf = oneSpelling(
    rows.flatMap(({ subject }) => subject ?? []),
    note('subjects', 'person'),
  );
  const classNames = canonicalClasses(labels.map(called));
  const indexOf = classIndex(classNames);
  const files = rows.map(({ file, label, subject, split }): ImageFile => ({
    ...file,
    sample: {
      label: indexOf(called(label)),
      ...(split && { split }),
      ...(subject && { subject: subjectOf(subject) }),
    },
  }));
  const dataset = await loadImages(
    { name: 'manifest', version: loaderVersion, root, source: manifest, classNames, files },
    options,
  );
  return holdOutValidation(dataset, holdOutSeed, options.onNote);
}

/** A row of a manifest; its file's path is from the manifest's folder. */
export interface ManifestRow {
  readonly file: SourceFile;
  readonly label: string;
  readonly subject: string | undefined;
  readonly split: Split | undefined;
}

/** Of a text that somebody else's program decoded wrongly: different names may have become one already. */
const lostLetters =
  'in which � stands for letters that were lost when the file was converted. Make it again from its source';

type Problem = (text: string) => UserError;

/** The rows of a manifest, whose folder is `root`. Throws a `UserError` naming the row at fault. */
export async function readManifest(manifest: string, root: string): Promise<ManifestRow[]> {
  const found: ManifestRow[] = [];
  const fileOf = fileFinder(root);
  const rows = readCsv(manifest, {
    required: ['file', 'label'],
    optional: ['subject', 'split'],
    noOthers: true,
    advice: 'Name the columns so, and remove others.',
  });
  for await (const { values, problem } of rows) {
    const { file, label, subject, split } = values;
    if (label === '') throw problem('label is empty, but the name of a class was expected');
    for (const [column, name] of Object.entries({ label, subject }))
      if (name?.includes('\uFFFD')) throw problem(`${column} is ${JSON.stringify(name)}, ${lostLetters}`);
    const splitName = split === undefined ? undefined : splitCalled(split);
    if (split !== undefined && !splitName) {
      throw problem(`split is ${JSON.stringify(split)}, but ${splits.join(', ')} were expected`);
    }
    const row = found.length + 1;
    found.push({
      file: fileOf(file, row, problem),
      label,
      subject: subject || undefined,
      split: splitName,
    });
  }
  return found;
}

/** Gives a function that finds the files of row after row. */
function fileFinder(root: string) {
  const rowOf = new Map<string, number>();
  const realFolder = realFolders();
  const findFile = findByName(root);
  return (file: string, row: number, problem: Problem): SourceFile => {
    const written = pathBelow(root, join(root, file));
    if (file === '' || isAbsolute(file) || written === undefined) {
      throw problem(
        `file is ${JSON.stringify(file)}, but a path to a file below ${root} was expected, from there`,
      );
    }
    let target: { real: string; status: Stats };
    let path: string;
    try {
      path = findFile(written) ?? written;
      target = lookUp(join(root, path), realFolder);
    } catch (error) {
      const { message } = error instanceof UserError ? error : fileError(file, error);
      throw problem(message.replace(/\.$/, ''));
    }
    const { real, status } = target;
    if (pathBelow(realFolder(root), real) === undefined) {
      throw problem(`${file} leads to ${real}, but a file below ${root} was expected. Copy it there`);
    }
    if (!status.isFile()) throw problem(`${file} is a folder, pipe or device, but a file was expected`);
    if (rowOf.has(real)) throw problem(`${file} is listed already, in row ${rowOf.get(real)}. Remove one`);
    rowOf.set(real, row);
    return { path, size: status.size, modified: status.mtimeMs };
  };
}

/** The path from `folder`, with `/`; nothing where it leads out of there, or nowhere. */
function pathBelow(folder: string, file: string): string | undefined {
  const path = relative(folder, file).replaceAll(sep, '/');
  return path === '' || path.split('/')[0] === '..' || isAbsolute(path) ? undefined : path;
}

/** What a path leads to, links followed. Most files are no links, and looked at once. */
function lookUp(file: string, realFolder: (folder: string) => string): { real: string; status: Stats } {
  const status = lstatSync(file);
  if (!status.isSymbolicLink()) return { real: join(realFolder(dirname(file)), basename(file)), status };
  const real = realpathSync(file);
  return { real, status: statSync(real) };
}

/** `realpathSync` for folders, each looked at once: a manifest names few of them many times. */
function realFolders(): (folder: string) => string {
  const known = new Map<string, string>();
  return (folder) => {
    const real = known.get(folder) ?? realpathSync(folder);
    known.set(folder, real);
    return real;
  };
}
