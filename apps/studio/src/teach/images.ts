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
  images.value = kept.sort((a, b) => a.addedAt - b.addedAt || (a.id < b.id ? -1 : 1));
  const inOrder = classes.sort((a, b) => a.place - b.place).map(({ name }) => name);
  // Another tab may have kept images of a class that was renamed or removed here.
  const names = new Set([...inOrder, ...kept.map(({ className }) => className)]);
  if (names.size > 0) classNames.value = [...names];
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
  await loadImages();
  const called = classCalled(name);
  if (!classNames.value.includes(called)) await change({ className: called });
  return called;
}

/** What is kept from now on, and what no more. */
interface Change {
  /** A class, in the place of the one that is `gone`. */
  readonly className?: string;
  readonly gone?: string;
  readonly put?: readonly TaughtImage[];
  /** Images that are gone, by their keys. */
  readonly ids?: readonly string[];
}

/** Changes what is kept, all of it or nothing. What other tabs have kept stays. */
async function change({ className, gone, put = [], ids = [] }: Change): Promise<void> {
  await withDatabase(async (database) => {
    const transaction = database.transaction(['classes', 'images'], 'readwrite');
    const [classes, faces] = [transaction.objectStore('classes'), transaction.objectStore('images')];
    const store = async () => {
      const kept = await classes.getAll();
      // Those to begin with are kept with the first change.
      const first = kept.length > 0 ? [] : classNames.value.map((name, place) => ({ name, place }));
      const all = [...kept, ...first];
      const place =
        all.find(({ name }) => name === (gone ?? className))?.place ??
        Math.max(-1, ...all.map((other) => other.place)) + 1;
      await Promise.all([
        ...first.map((one) => classes.put(one)),
        gone !== undefined && classes.delete(gone),
        className !== undefined && classes.put({ name: className, place }),
        ...put.map((image) => faces.put(image)),
        ...ids.map((id) => faces.delete(id)),
      ]);
    };
    await Promise.all([store(), transaction.done]);
  });
  const changed = new Map([...images.value, ...put].map((image) => [image.id, image]));
  for (const id of ids) changed.delete(id);
  images.value = [...changed.values()];
  const names = classNames.value.map((name) => (name === gone ? className : name));
  classNames.value = [...new Set([...names, className])].filter((name) => name !== undefined);
}

/**
 * Gives a class another name, with its images.
 *
 * @throws Error with the code `class-taken` where another class has that name
 */
export async function renameClass(name: string, wanted: string): Promise<void> {
  await loadImages();
  const called = classKey(wanted) === classKey(name) ? canonicalClass(wanted) : classCalled(wanted);
  if (called === name) return;
  if (classNames.value.includes(called))
    throw Object.assign(new Error(`There is a class ${called}.`), { code: 'class-taken' });
  const renamed = (imagesOf.value.get(name) ?? []).map((image) => ({ ...image, className: called }));
  await change({ className: called, gone: name, put: renamed });
}

/** Removes a class with its images. */
export async function removeClass(name: string): Promise<void> {
  await loadImages();
  await change({ gone: name, ids: (imagesOf.value.get(name) ?? []).map(({ id }) => id) });
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
  await loadImages();
  await change({ className: origin.className, put: added });
}

/** Deletes images for good. */
export async function removeImages(ids: readonly string[]): Promise<void> {
  await loadImages();
  await change({ ids });
}
