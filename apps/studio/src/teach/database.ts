import { signal } from '@preact/signals';
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import { asStorageError } from './storage-errors.js';
import type { TaughtImage } from './taught-image.js';
import type { TaughtModel } from './taught-model.js';

/** What the page keeps, as soon as the user records, adds or keeps something. */
export interface StudioSchema extends DBSchema {
  /** Classes in the order they were added; those without images, too. */
  classes: { key: string; value: { readonly name: string; readonly place: number } };
  images: { key: string; value: TaughtImage };
  models: { key: string; value: TaughtModel };
  /** Of each model by its key, as safetensors. Apart, so that the list of models is read without them. */
  weights: { key: string; value: Uint8Array<ArrayBuffer> };
}

export type StudioDatabase = IDBPDatabase<StudioSchema>;

const name = 'sdnet-studio';
const version = 1;

const throwStorageError = (error: unknown): never => {
  throw asStorageError(error);
};

let opened: Promise<StudioDatabase> | undefined;

/** How often the database was deleted while it was open. What was read from it is then no more. */
export const deletions = signal(0);

/**
 * The database, made where there is none.
 *
 * @throws Error with the `code` `storage-unavailable` where the browser stores nothing
 */
export function openDatabase(): Promise<StudioDatabase> {
  const forget = () => (opened = undefined);
  opened ??= openDB<StudioSchema>(name, version, {
    upgrade(database) {
      database.createObjectStore('classes', { keyPath: 'name' });
      database.createObjectStore('images', { keyPath: 'id' });
      database.createObjectStore('models', { keyPath: 'id' });
      database.createObjectStore('weights');
    },
    // Everything is being deleted, here or in another tab.
    blocking: (_current, _blocked, event) => {
      (event.target as IDBDatabase).close();
      forget();
      deletions.value++;
    },
    terminated: forget,
  }).catch((error: unknown) => {
    forget();
    return throwStorageError(error);
  });
  return opened;
}

/**
 * Does something with the database.
 *
 * @throws Error with a `code` where it is full or not there
 */
export async function withDatabase<Result>(
  work: (database: StudioDatabase) => Promise<Result>,
): Promise<Result> {
  const database = await openDatabase();
  try {
    return await work(database);
  } catch (error) {
    return throwStorageError(error);
  }
}

/** Whether anything was ever kept. Opening the database would make one, and nothing is stored unasked. */
export const hasDatabase = async (): Promise<boolean> =>
  opened !== undefined ||
  (await indexedDB.databases().catch(throwStorageError)).some((database) => database.name === name);

/** Bytes that the page has stored, its own files for offline use among them, and how many it may. */
export async function storageSize(): Promise<{ readonly used: number; readonly allowed: number }> {
  const { usage = 0, quota = 0 } = await navigator.storage.estimate();
  return { used: usage, allowed: quota };
}
