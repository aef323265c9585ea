import { signal } from '@preact/signals';
import { type Split, splitCalled } from '@sdnet/training';
import type { Face } from 'sdnet';
import { shippedRecognizer } from '../recognition/engine.js';
import { addImages, classCalled, loadImages, type Origin } from './images.js';
import { startTeacher, type Teacher } from './teacher.js';

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

/** What became of files that were added. */
export interface Adding {
  readonly isRunning: boolean;
  readonly done: number;
  readonly total: number;
  /** The files of which nothing was added, and why. */
  readonly refused: readonly { readonly name: string; readonly error: unknown }[];
  /** Added faces. */
  readonly added: number;
}

/** The files that are being added, or were last. */
export const adding = signal<Adding | undefined>(undefined);

/** So many are stored together. */
const portion = 20;

/**
 * Adds the faces in pictures to their classes. What is no picture or shows no face is passed over, and named in `adding`.
 *
 * @param areFaces the pictures are faces that were cut out already
 * @throws Error with a `code` where the storage is full or not there; what was added until then is kept
 */
export async function addFiles(files: readonly LabelledFile[], areFaces: boolean): Promise<void> {
  const teacher = startTeacher();
  const waiting = new Map<string, { readonly origin: Origin; readonly faces: Uint8Array<ArrayBuffer>[] }>();
  const change = (changes: Partial<Adding>) => (adding.value = { ...adding.value!, ...changes });
  adding.value = { isRunning: true, done: 0, total: files.length, refused: [], added: 0 };
  const store = async (key: string) => {
    const { origin, faces } = waiting.get(key)!;
    waiting.delete(key);
    await addImages(faces, origin);
    change({ added: adding.value!.added + faces.length });
  };
  try {
    // A class may be there under the name it was kept by.
    await loadImages();
    for (const [index, { file, className: given, split }] of files.entries()) {
      const className = classCalled(given);
      const key = JSON.stringify([className, split]);
      try {
        const face = areFaces ? await wholeFace(teacher, file) : await faceIn(file);
        const known = waiting.get(key);
        if (known) known.faces.push(face);
        else waiting.set(key, { origin: { className, ...(split && { split }) }, faces: [face] });
      } catch (error) {
        change({ refused: [...adding.value!.refused, { name: file.name, error }] });
      }
      if (waiting.get(key)?.faces.length === portion) await store(key);
      change({ done: index + 1 });
    }
    for (const key of [...waiting.keys()]) await store(key);
  } finally {
    teacher.end();
    change({ isRunning: false });
  }
}

const coded = (code: string): Error => Object.assign(new Error(code), { code });

function wholeFace(teacher: Teacher, file: File): Promise<Uint8Array<ArrayBuffer>> {
  if (file.size === 0) throw coded('image-empty');
  return teacher.readFace(file);
}

async function faceIn(file: File): Promise<Uint8Array<ArrayBuffer>> {
  if (file.size === 0) throw coded('image-empty');
  const recognizer = await shippedRecognizer();
  const face = largest(await recognizer.recognize(file));
  if (!face) throw coded('face-none');
  return Uint8Array.from(recognizer.cropOf(face).pixels);
}

/** The face nearest to the camera. */
export const largest = <Found extends Face>(faces: readonly Found[]): Found | undefined =>
  faces.reduce<Found | undefined>(
    (best, face) => (best && best.box.width >= face.box.width ? best : face),
    undefined,
  );
