/** Tuning tables in a browser: an IndexedDB of the page's origin. */
import type { TuningStore } from "./store.js";

const database = "bpclip";
const objects = "tuning";

export const databaseStore: TuningStore = {
  /** A page that has no database, or may have none, has no table. */
  read: (name) => withObjects("readonly", (store) => store.get(name)).catch(() => undefined),
  async write(name, text) {
    await withObjects("readwrite", (store) => store.put(text, name));
    return `the IndexedDB "${database}" of this site`;
  },
};

async function withObjects<T>(
  mode: IDBTransactionMode,
  use: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const opening = indexedDB.open(database, 1);
  opening.onupgradeneeded = () => {
    if (mode === "readwrite") opening.result.createObjectStore(objects);
    // There is none yet, and reading makes none.
    else opening.transaction!.abort();
  };
  const opened = await settled(opening);
  try {
    return await settled(use(opened.transaction(objects, mode).objectStore(objects)));
  } finally {
    opened.close();
  }
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
