import { classKey } from '@sdnet/training';
import { csvFormat } from 'd3-dsv';
import { strToU8, type Zippable, zipSync } from 'fflate';
import { datasetOfImages } from './dataset-of-images.js';
import { heldOutImages } from './divide.js';
import { freeName } from './free-name.js';
import { faceSize, type TaughtImage } from './taught-image.js';

/** What no system's file names may have, and what a hidden file begins with. */
const unfit = /[\p{Cc}<>:"/\\|?*]|^\.+|[ .]+$/gu;

/**
 * The images as a zip file of PNGs, `<split>/<class>/<number>.png`, divided as a lesson divides them: the folder that
 * `sdnet evaluate --dataset folder` reads. `manifest.csv` has the classes' names as they are written, for `--dataset manifest`.
 * Images that cannot be divided yet lie in `<class>/`.
 */
export async function zipOfImages(
  images: readonly TaughtImage[],
  classNames: readonly string[],
): Promise<Blob> {
  const dataset = datasetOfImages(images, classNames);
  const heldOut = dividedImages(images, classNames);
  const folders = foldersOf(classNames);
  const files: Zippable = {};
  const rows: Record<string, string>[] = [];
  for (const [index, { label, source }] of dataset.samples.entries()) {
    const className = classNames[label]!;
    const split = heldOut && (heldOut.has(source) ? 'validation' : 'train');
    const file = `${split ? `${split}/` : ''}${folders[label]!}/${String(index + 1).padStart(5, '0')}.png`;
    const stride = faceSize ** 2;
    // Already compressed.
    files[file] = [await png(dataset.pixels.subarray(index * stride, (index + 1) * stride)), { level: 0 }];
    rows.push({ file, label: className, ...(split && { split }) });
  }
  files['manifest.csv'] = strToU8(`${csvFormat(rows)}\n`);
  const zipped = zipSync(files) as Uint8Array<ArrayBuffer>;
  return new Blob([zipped], { type: 'application/zip' });
}

/** A folder of its own for each class, whatever had to be left out of its name. */
function foldersOf(classNames: readonly string[]): readonly string[] {
  const folders: string[] = [];
  const isTaken = (folder: string) => folders.some((other) => classKey(other) === classKey(folder));
  for (const name of classNames) folders.push(freeName(name.replace(unfit, '_'), isTaken));
  return folders;
}

/** The held-out images; undefined where a lesson would say what is missing. */
function dividedImages(...given: Parameters<typeof heldOutImages>): ReadonlySet<string> | undefined {
  try {
    return heldOutImages(...given);
  } catch {
    return undefined;
  }
}

/** Grey levels as a PNG file, of which each can be read again. */
async function png(levels: Uint8Array): Promise<Uint8Array> {
  const image = new ImageData(faceSize, faceSize);
  for (const [index, level] of levels.entries()) image.data.set([level, level, level, 255], 4 * index);
  const canvas = new OffscreenCanvas(faceSize, faceSize);
  canvas.getContext('2d')!.putImageData(image, 0, 0);
  return new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer());
}
