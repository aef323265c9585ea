import { signal } from '@preact/signals';
import { readWeightsFile } from '../models/weights-file.js';
import { deletions, hasDatabase, withDatabase } from './database.js';
import { freeName } from './free-name.js';
import type { Lesson, TaughtModel } from './taught-model.js';
import { startTeacher } from './teacher.js';

/** The models that are kept, the newest first. */
export const models = signal<readonly TaughtModel[]>([]);

deletions.subscribe((count) => {
  if (count > 0) models.value = [];
});

let loaded: Promise<void> | undefined;

/** Reads what was kept, once. */
export const loadModels = (): Promise<void> =>
  (loaded ??= readModels().catch((error: unknown) => {
    loaded = undefined;
    throw error;
  }));

async function readModels(): Promise<void> {
  if (!(await hasDatabase())) return;
  const kept = await withDatabase((database) => database.getAll('models'));
  models.value = kept.sort((a, b) => b.keptAt - a.keptAt);
}

/**
 * Keeps a model.
 *
 * @throws Error with a `code` where the storage is full or not there: nothing of it is kept then
 */
export async function keepModel(
  name: string,
  weights: Uint8Array<ArrayBuffer>,
  { classNames, lesson }: { readonly classNames: readonly string[]; readonly lesson?: Lesson },
): Promise<TaughtModel> {
  const model: TaughtModel = {
    id: crypto.randomUUID(),
    name: nameForModel(name),
    classNames,
    keptAt: Date.now(),
    size: weights.length,
    ...(lesson && { lesson }),
  };
  await withDatabase(async (database) => {
    const transaction = database.transaction(['models', 'weights'], 'readwrite');
    await Promise.all([
      transaction.objectStore('models').put(model),
      transaction.objectStore('weights').put(weights, model.id),
      transaction.done,
    ]);
  });
  models.value = [model, ...models.value];
  return model;
}

/** The name, with a number behind it where another model has it. */
const nameForModel = (name: string): string =>
  freeName(name, (free) => models.value.some((model) => model.name === free));

/** Gives a model another name. */
export async function renameModel(id: string, name: string): Promise<void> {
  const model = models.value.find((other) => other.id === id);
  if (!model || model.name === name) return;
  const renamed = { ...model, name: nameForModel(name) };
  await withDatabase((database) => database.put('models', renamed));
  models.value = models.value.map((other) => (other.id === id ? renamed : other));
}

/** Deletes a model for good. */
export async function removeModel(id: string): Promise<void> {
  await withDatabase(async (database) => {
    const transaction = database.transaction(['models', 'weights'], 'readwrite');
    await Promise.all([
      transaction.objectStore('models').delete(id),
      transaction.objectStore('weights').delete(id),
      transaction.done,
    ]);
  });
  models.value = models.value.filter((other) => other.id !== id);
}

/** The weights of a model that is kept, as a safetensors file. */
export async function weightsOf(id: string): Promise<Uint8Array<ArrayBuffer>> {
  const weights = await withDatabase((database) => database.get('weights', id));
  if (!weights) throw new Error(`There is no model ${id}.`);
  return weights;
}

/**
 * Keeps a model from a safetensors file.
 *
 * @throws Error with the code `weights-unknown` where there is no model in it, or as `readWeightsFile` and `keepModel`
 */
export async function importModel(file: File): Promise<TaughtModel> {
  const bytes = await readWeightsFile(file);
  const teacher = startTeacher();
  const classNames = await teacher
    .classesOf(bytes)
    .catch((cause: unknown) => {
      throw Object.assign(new Error(`${file.name}: ${String(cause)}`, { cause }), {
        code: 'weights-unknown',
      });
    })
    .finally(teacher.end);
  return keepModel(file.name.replace(/\.safetensors$/i, ''), bytes, { classNames });
}
