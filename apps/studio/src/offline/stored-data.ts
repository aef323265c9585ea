/** Deletes everything the page has stored on the device: settings, models, recordings, and its own files for offline use. */
export async function deleteEverything(): Promise<void> {
  localStorage.clear();
  sessionStorage.clear();
  const databases = await indexedDB.databases();
  await Promise.all(databases.map(({ name }) => name !== undefined && deleteDatabase(name)));
  const root = await navigator.storage?.getDirectory?.();
  if (root)
    for await (const name of (root as unknown as { keys(): AsyncIterable<string> }).keys())
      await root.removeEntry(name, { recursive: true });
  if ('serviceWorker' in navigator)
    for (const registration of await navigator.serviceWorker.getRegistrations())
      await registration.unregister();
  if ('caches' in globalThis) for (const name of await caches.keys()) await caches.delete(name);
}

const deleteDatabase = (name: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error ?? new Error(`${name} could not be deleted.`));
    // Another tab still has it open; it goes when that is closed.
    request.onblocked = () => resolve();
  });

/** Bytes stored on the device, the page's own files included; undefined where the browser does not say. */
export const storedBytes = async (): Promise<number | undefined> =>
  (await navigator.storage?.estimate?.())?.usage;
