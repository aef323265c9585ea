import { signal } from '@preact/signals';

interface Entry {
  readonly id?: string;
  readonly name?: string;
}

/** Stands in for `src/teach/database.ts`: what several tabs keep, in memory. */
export function fakeDatabase() {
  const kept: Record<string, Map<string, Entry>> = {};
  let transactions = 0;
  let allowed = Infinity;
  const objectStore = (store: string) => {
    const entries = (kept[store] ??= new Map());
    return {
      getAll: async () => [...entries.values()].map((entry) => structuredClone(entry)),
      put: async (entry: Entry) => void entries.set((entry.id ?? entry.name)!, structuredClone(entry)),
      delete: async (key: string) => void entries.delete(key),
    };
  };
  const database = {
    getAll: (store: string) => objectStore(store).getAll(),
    transaction() {
      if (++transactions > allowed) throw new Error('The tab was closed.');
      return { done: Promise.resolve(), objectStore };
    },
  };
  return {
    deletions: signal(0),
    hasDatabase: async () => Object.keys(kept).length > 0,
    withDatabase: async <Result>(work: (opened: typeof database) => Promise<Result>) => work(database),
    /** Closes the tab: lets so many transactions begin, and no other until `reopen`. */
    closeAfter: (count: number) => (allowed = transactions + count),
    reopen: () => (allowed = Infinity),
    /** Forgets all. */
    reset() {
      for (const store of Object.keys(kept)) delete kept[store];
      allowed = Infinity;
    },
  };
}
