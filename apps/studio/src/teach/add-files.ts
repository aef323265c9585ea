import { type Split, splitCalled } from '@sdnet/training';
import { type Face, readPixels, resizeImage } from 'sdnet';
import { shippedRecognizer } from '../recognition/engine.js';
import { faceSize } from './taught-image.js';

/** A picture and what the folders above it say of it. */
export interface LabelledFile {
  readonly file: File;
  /** The name of its class folder. */
  readonly className: string;
  readonly split?: Split;
}

/** Systems put such files beside pictures. */
const isHidden = (path: string): boolean => path.split('/').some((part) => part.startsWith('.'));

/**
 * The pictures of a folder of class folders: `<class>/<picture>`, or `<split>/<class>/<picture>` with the splits train,
 * validation and test, below any others. Files in no folder have the class `otherwise`, if there is one.
 *
 * @returns the pictures, and the names of files that lie in no class folder
 */
export function labelledFiles(
  files: readonly { readonly file: File; readonly path: string }[],
  otherwise?: string,
): { readonly labelled: LabelledFile[]; readonly unlabelled: string[] } {
  const labelled: LabelledFile[] = [];
  const unlabelled: string[] = [];
  for (const { file, path } of files) {
    if (isHidden(path)) continue;
    const folders = path.split('/').slice(0, -1);
    const className = otherwise ?? folders.at(-1);
    const splitName = folders.at(-2);
    const split = splitName === undefined || otherwise !== undefined ? undefined : splitCalled(splitName);
    if (className === undefined) unlabelled.push(file.name);
    else labelled.push({ file, className, ...(split && { split }) });
  }
  return { labelled, unlabelled };
}

/**
 * The face in a picture as the network sees it.
 *
 * @param isFace the picture is a face that was cut out already
 * @throws Error with a `code`: what is wrong with the picture, or `face-none`
 */
export async function faceInFile(file: File, isFace: boolean): Promise<Uint8Array<ArrayBuffer>> {
  if (file.size === 0) throw Object.assign(new Error('The file is empty.'), { code: 'image-empty' });
  if (isFace) {
    const [plane] = resizeImage(await readPixels(file), 1, faceSize, faceSize);
    return Uint8Array.from(plane!, Math.round);
  }
  const recognizer = await shippedRecognizer();
  const face = largest(await recognizer.recognize(file));
  if (!face) throw Object.assign(new Error('There is no face.'), { code: 'face-none' });
  return Uint8Array.from(recognizer.cropOf(face).pixels);
}

/** The face nearest to the camera. */
export const largest = <Found extends Face>(faces: readonly Found[]): Found | undefined =>
  faces.reduce<Found | undefined>(
    (best, face) => (best && best.box.width >= face.box.width ? best : face),
    undefined,
  );
