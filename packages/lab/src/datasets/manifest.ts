import { lstatSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { type Dataset, type Split, splits, UserError } from '@sdnet/training';
import type { SourceFile } from '../files/source-file.js';
import { fileError } from '../files/file-error.js';
import { type ImageFile, loadImages } from './load-images.js';
import { readCsv } from '../files/read-csv.js';
import { canonicalClass, canonicalClasses } from './canonical-classes.js';
import { holdOutValidation } from './hold-out.js';
import type { ImageFolderOptions } from './image-folder.js';
import { splitCalled } from './split-called.js';

/** Raise where the loader would make other pixels of the same files. */
const loaderVersion = 1;

/**
 * The images that a CSV file lists: columns `file` (from the manifest's own folder, with `/`), `label` (a class's
 * name, see `canonicalClasses`) and, where you like, `subject` and `split` (train, validation or test). A row may
 * leave its subject empty, not its split.
 *
 * A file may be listed once, and must lie below the manifest's folder, links followed. Names of subjects must differ
 * in more than case. With splits but without validation images, a tenth of the training images becomes the validation
 * split: whole subjects where every training image has one, else a tenth of each class (see `holdOutValidation`).
 *
 * Throws a `UserError` naming the row at fault, or the image that cannot be read.
 */
export async function loadManifest(
  manifest: string,
  { holdOutSeed = 0, ...options }: ImageFolderOptions = {},
): Promise<Dataset> {
  const root = dirname(manifest);
  const rows = await readRows(manifest, root);
  const classNames = canonicalClasses(rows.map(({ className }) => className));
  if (classNames.length < 2) {
    throw new UserError(
      `${manifest}: every label is ${classNames[0]}, but at least two classes were expected.`,
    );
  }
  const files = rows.map(({ file, className, subject, split }): ImageFile => ({
    ...file,
    sample: {
      label: classNames.indexOf(className),
      ...(split && { split }),
      ...(subject && { subject }),
    },
  }));
  const dataset = await loadImages(
    { name: 'manifest', version: loaderVersion, root, source: manifest, classNames, files },
    options,
  );
  return holdOutValidation(dataset, holdOutSeed, options.onNote);
}

interface Row {
  readonly file: SourceFile;
  readonly className: string;
  readonly subject: string | undefined;
  readonly split: Split | undefined;
}

type Problem = (text: string) => UserError;

async function readRows(manifest: string, root: string): Promise<Row[]> {
  const found: Row[] = [];
  const fileOf = fileFinder(root);
  const subjectOf = subjectFinder();
  const rows = readCsv(manifest, {
    required: ['file', 'label'],
    optional: ['subject', 'split'],
    noOthers: true,
    advice: 'Name the columns so, and remove others.',
  });
  for await (const { values, problem } of rows) {
    const { file, label, subject, split } = values;
    if (label === '') throw problem('label is empty, but the name of a class was expected');
    const splitName = split === undefined ? undefined : splitCalled(split);
    if (split !== undefined && !splitName) {
      throw problem(`split is ${JSON.stringify(split)}, but ${splits.join(', ')} were expected`);
    }
    const row = found.length + 1;
    found.push({
      file: fileOf(file, row, problem),
      className: canonicalClass(label),
      subject: subject ? subjectOf(subject, row, problem) : undefined,
      split: splitName,
    });
  }
  return found;
}

/** Gives a function that checks the subjects of row after row. */
function subjectFinder() {
  const firsts = new Map<string, { readonly name: string; readonly row: number }>();
  return (name: string, row: number, problem: Problem): string => {
    const first = firsts.get(name.toLowerCase()) ?? { name, row };
    firsts.set(name.toLowerCase(), first);
    if (first.name === name) return name;
    throw problem(
      `subject is ${name}, but ${first.name} in row ${first.row}. Write one person's name in one way, and those of two ` +
        'so that they differ in more than case',
    );
  };
}

/** Gives a function that finds the files of row after row. */
function fileFinder(root: string) {
  const rowOf = new Map<string, number>();
  const realFolder = realFolders();
  return (file: string, row: number, problem: Problem): SourceFile => {
    const path = pathBelow(root, join(root, file));
    if (file === '' || isAbsolute(file) || path === undefined) {
      throw problem(
        `file is ${JSON.stringify(file)}, but a path to a file below ${root} was expected, from there`,
      );
    }
    let target: { real: string; status: Stats };
    try {
      target = lookUp(join(root, path), realFolder);
    } catch (error) {
      throw problem(fileError(file, error).message.replace(/\.$/, ''));
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
