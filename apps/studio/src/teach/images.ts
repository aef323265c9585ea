import { computed, signal } from '@preact/signals';
import { canonicalClass, classKey, type Split } from '@sdnet/training';
import { deletions, hasDatabase, withDatabase } from './database.js';
import { faceSize, type TaughtImage } from './taught-image.js';

/** All faces to learn from. */
export const images = signal<readonly TaughtImage[]>([]);

/** To begin with. */
const suggested: readonly string[] = ['happy', 'surprise', 'neutral'];

/** The classes to be taught, in the order they were added. */
export const classNames = signal<readonly string[]>(suggested);

deletions.subscribe((count) => {
  if (count === 0) return;
  images.value = [];
  classNames.value = suggested;
});

/** The images of each class. */
export const imagesOf = computed<ReadonlyMap<string, readonly TaughtImage[]>>(
  () =>
    new Map(
      classNames.value.map((name) => [name, images.value.filter(({ className }) => className === name)]),
    ),
);

/** Reads what was kept, once. */
export const loadImages = once(async () => {
  if (!(await hasDatabase())) return;
  const [kept, classes] = await withDatabase((database) =>
    Promise.all([database.getAll('images'), database.getAll('classes')]),
  );
  if (classes.length > 0)
    classNames.value = classes.sort((a, b) => a.place - b.place).map(({ name }) => name);
  images.value = kept.sort((a, b) => a.addedAt - b.addedAt || (a.id < b.id ? -1 : 1));
});

/** Calls `load` until it has succeeded once. */
function once(load: () => Promise<void>): () => Promise<void> {
  let loaded: Promise<void> | undefined;
  return () =>
    (loaded ??= load().catch((error: unknown) => {
      loaded = undefined;
      throw error;
    }));
}

/** The class that a name stands for: one that is there, or a new one by its canonical name. */
export function classCalled(name: string): string {
  const key = classKey(name);
  return classNames.value.find((known) => classKey(known) === key) ?? canonicalClass(name);
}

/** Most letters of a class name; weights take no longer ones. */
export const longestClassName = 200;

/** Adds a class, unless there is one of that name. Returns what it is called. */
export async function addClass(name: string): Promise<string> {
  const called = classCalled(name);
  if (!classNames.value.includes(called)) await setClasses([...classNames.value, called]);
  return called;
}

async function setClasses(names: readonly string[]): Promise<void> {
  await withDatabase(async (database) => {
    const { store, done } = database.transaction('classes', 'readwrite');
    await Promise.all([store.clear(), ...names.map((name, place) => store.put({ name, place })), done]);
  });
  classNames.value = names;
}

/**
 * Gives a class another name, with its images.
 *
 * @throws Error with the code `class-taken` where another class has that name
 */
export async function renameClass(name: string, wanted: string): Promise<void> {
  const called = classKey(wanted) === classKey(name) ? canonicalClass(wanted) : classCalled(wanted);
  if (called === name) return;
  if (classNames.value.includes(called))
    throw Object.assign(new Error(`There is a class ${called}.`), { code: 'class-taken' });
  const renamed = (imagesOf.value.get(name) ?? []).map((image) => ({ ...image, className: called }));
  await putImages(renamed);
  const byId = new Map(renamed.map((image) => [image.id, image]));
  images.value = images.value.map((image) => byId.get(image.id) ?? image);
  await setClasses(classNames.value.map((other) => (other === name ? called : other)));
}

/** Removes a class with its images. */
export async function removeClass(name: string): Promise<void> {
  await removeImages((imagesOf.value.get(name) ?? []).map(({ id }) => id));
  await setClasses(classNames.value.filter((other) => other !== name));
}

/** What is known of faces that are added together. */
export interface Origin {
  readonly className: string;
  readonly take?: string;
  readonly split?: Split;
}

/**
 * Keeps faces, grey levels of `faceSize × faceSize`; once it is done they are stored.
 *
 * @throws Error with a `code` where the storage is full or not there: none of them is kept then
 */
export async function addImages(faces: readonly Uint8Array<ArrayBuffer>[], origin: Origin): Promise<void> {
  const addedAt = Date.now();
  const added = faces.map((pixels): TaughtImage => {
    if (pixels.length !== faceSize ** 2) throw new Error(`A face of ${pixels.length} pixels cannot be kept.`);
    return { id: crypto.randomUUID(), addedAt, ...origin, pixels };
  });
  const { className } = origin;
  if (!classNames.value.includes(className)) await setClasses([...classNames.value, className]);
  await putImages(added);
  images.value = [...images.value, ...added];
}

const putImages = (changed: readonly TaughtImage[]): Promise<void> =>
  withDatabase(async (database) => {
    const { store, done } = database.transaction('images', 'readwrite');
    await Promise.all([...changed.map((image) => store.put(image)), done]);
  });

/** Deletes images for good. */
export async function removeImages(ids: readonly string[]): Promise<void> {
  await withDatabase(async (database) => {
    const { store, done } = database.transaction('images', 'readwrite');
    await Promise.all([...ids.map((id) => store.delete(id)), done]);
  });
  const removed = new Set(ids);
  images.value = images.value.filter(({ id }) => !removed.has(id));
}
