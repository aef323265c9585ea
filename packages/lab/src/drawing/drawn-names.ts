import { basename, dirname, extname, isAbsolute, relative, resolve, sep } from 'node:path';
import type { PictureFormat } from './encode-picture.js';

const jpegExtensions = ['.jpg', '.jpeg', '.jpe', '.jfif'];

/** What the drawing of an image is called, and its format. */
export interface DrawnName {
  /** Below the folder of drawings. */
  readonly name: string;
  readonly format: PictureFormat;
}

/**
 * What the drawings of files are called: like the files, below the folder these have in common, and no two alike,
 * whatever the file system makes of case. JPEGs stay such; all others become PNGs. `-` is standard input.
 */
export function drawnNames(files: readonly string[]): ReadonlyMap<string, DrawnName> {
  const common = commonFolder(files.filter((file) => file !== '-').map((file) => dirname(resolve(file))));
  const taken = new Set<string>();
  const names = new Map<string, DrawnName>();
  for (const file of files) {
    if (names.has(file)) continue;
    const extension = extname(file).toLowerCase();
    const format = jpegExtensions.includes(extension) ? 'jpeg' : 'png';
    const below = relative(common, resolve(file));
    // On another drive there is no way from the common folder.
    const path = file === '-' ? 'standard-input' : isAbsolute(below) ? basename(file) : below;
    const kept = extension === '.png' || format === 'jpeg' ? extname(file) : '.png';
    const stem = path.endsWith(kept) ? path.slice(0, -kept.length) : path;
    let name = stem + kept;
    for (let number = 2; taken.has(folded(name)); number++) name = `${stem}-${number}${kept}`;
    taken.add(folded(name));
    names.set(file, { name, format });
  }
  return names;
}

/** The same for names that a file system may take for one. */
const folded = (name: string): string => name.normalize('NFC').toLowerCase();

/** The innermost folder that all folders lie in. */
function commonFolder(folders: readonly string[]): string {
  let parts = (folders[0] ?? '').split(sep);
  for (const folder of folders) {
    const others = folder.split(sep);
    const different = parts.findIndex((part, index) => part !== others[index]);
    if (different >= 0) parts = parts.slice(0, different);
  }
  return parts.join(sep) || sep;
}
