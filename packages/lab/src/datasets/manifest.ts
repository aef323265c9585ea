import { statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import type { SourceFile } from '../dataset-cache.js';
import { fileError } from '../file-error.js';
import { type ImageFile, loadImages } from '../load-images.js';
import { readCsv } from '../read-csv.js';
import { UserError } from '../user-error.js';
import { canonicalClass, canonicalClasses } from './canonical-classes.js';
import { type Dataset, type Split, splits } from './dataset.js';
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
 * A file may be listed once, and must lie below the manifest's folder. With splits but without validation
 * images, a tenth of the training images becomes the validation split: whole subjects where every training image
 * has one, else a tenth of each class (see `holdOutValidation`).
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

async function readRows(manifest: string, root: string): Promise<Row[]> {
  const found: Row[] = [];
  const rowOf = new Map<string, number>();
  const rows = readCsv(manifest, {
    required: ['file', 'label'],
    optional: ['subject', 'split'],
    noOthers: true,
    advice: 'Name the columns so, and remove others.',
  });
  for await (const { values, problem } of rows) {
    const { file, label, subject, split } = values;
    const path = relative(root, join(root, file)).replaceAll(sep, '/');
    if (file === '' || isAbsolute(file) || path === '' || path.split('/')[0] === '..') {
      throw problem(
        `file is ${JSON.stringify(file)}, but a path to a file below ${root} was expected, from there`,
      );
    }
    if (rowOf.has(path)) throw problem(`${file} is listed already, in row ${rowOf.get(path)}. Remove one`);
    rowOf.set(path, found.length + 1);
    if (label === '') throw problem('label is empty, but the name of a class was expected');
    const splitName = split === undefined ? undefined : splitCalled(split);
    if (split !== undefined && !splitName) {
      throw problem(`split is ${JSON.stringify(split)}, but ${splits.join(', ')} were expected`);
    }
    try {
      const { size, mtimeMs: modified } = statSync(join(root, path));
      found.push({
        file: { path, size, modified },
        className: canonicalClass(label),
        subject: subject || undefined,
        split: splitName,
      });
    } catch (error) {
      throw problem(fileError(file, error).message.replace(/\.$/, ''));
    }
  }
  return found;
}
