/** `statehold/unstorage`: a driver for unstorage. It only implements an interface, and imports nothing of unstorage. */
import { beginningWith, placeIn } from './adapter.js';
import { KeyNotFoundError, type Json, type OpenOptions, type Store } from './index.js';
import { Report, type WatchCallback } from './unstorage-watch.js';

/** Where the driver keeps its keys, and how the store is opened if it is given a path. */
export interface StateholdDriverOptions extends OpenOptions {
  /** The file of the store, which the driver opens, and closes when it is disposed of. */
  readonly path?: string | URL | undefined;
  /** Instead of a path: a store that is open, and stays so. */
  readonly store?: Store | undefined;
  /** The namespace of the store; `unstorage`. */
  readonly namespace?: string | undefined;
  /** After how many seconds a key expires for which no other `ttl` is given; never if it is left out. */
  readonly ttl?: number | undefined;
  /** Not looked at: Nitro hands over the whole of a mount, its driver's name included. */
  readonly driver?: unknown;
}

/** How one item is set. */
export interface StateholdItemOptions {
  /** After how many seconds it expires. */
  readonly ttl?: number | undefined;
}

/** An item of many that are set. */
export interface StateholdItem {
  readonly key: string;
  readonly value: string;
  readonly options?: StateholdItemOptions | undefined;
}

/** What the store knows of an item. */
export interface StateholdMeta {
  /** When it was last written. */
  readonly mtime: Date;
  /** When it came to be. */
  readonly birthtime: Date;
  /** In how many seconds it expires; left out if never. */
  readonly ttl?: number;
  readonly [member: string]: Date | number | undefined;
}

/** The driver as unstorage takes it. */
export interface StateholdDriver {
  readonly name: 'statehold';
  readonly flags: { readonly ttl: true };
  readonly options: StateholdDriverOptions;
  /** The store, for all else that it can do. */
  getInstance(): Store;
  /** Whether a key is there. */
  hasItem(key: string): Promise<boolean>;
  /** The text of a key, or the JSON that another program has set; null if it is absent or has expired. */
  getItem(key: string): Promise<any>;
  /** Those of many keys, as of one moment. */
  getItems(items: ReadonlyArray<{ readonly key: string }>): Promise<Array<{ key: string; value: any }>>;
  /** What a key holds, bytes as a Buffer; null if it is absent or has expired. */
  getItemRaw(key: string): Promise<any>;
  /** Sets a key to a text. */
  setItem(key: string, value: string, options?: StateholdItemOptions): Promise<void>;
  /** Sets many keys in one commit, all or none. */
  setItems(items: readonly StateholdItem[], options?: StateholdItemOptions): Promise<void>;
  /** Sets a key to bytes or to JSON. */
  setItemRaw(key: string, value: any, options?: StateholdItemOptions): Promise<void>;
  /** Deletes a key. */
  removeItem(key: string): Promise<void>;
  /** What the store knows of a key; null if it is absent or has expired. */
  getMeta(key: string): Promise<StateholdMeta | null>;
  /** The keys that begin with a text, sorted by their UTF-8 bytes. */
  getKeys(base?: string): Promise<string[]>;
  /** Deletes the keys that begin with a text, in one commit. */
  clear(base?: string): Promise<void>;
  /** Ends the watches, and closes the store if the driver has opened it. */
  dispose(): Promise<void>;
  /** Calls a function with each change by any process from now on; what it gives ends that. */
  watch(callback: WatchCallback): Promise<() => Promise<void>>;
}

/**
 * An unstorage driver on a store, or on the one at a path, which it opens. The keys expire by themselves if they have a
 * `ttl`, and `watch` tells what any process has changed.
 *
 * ```js
 * import { createStorage } from 'unstorage';
 * import stateholdDriver from 'statehold/unstorage';
 *
 * const storage = createStorage({ driver: stateholdDriver({ path: 'app.db' }) });
 * await storage.setItem('users:ada', { visits: 1 });
 * ```
 *
 * It keeps the process alive only while it is watched.
 *
 * @throws {StateholdError} as `openSync` does, for a path that can't be opened.
 */
export function stateholdDriver(options: StateholdDriverOptions): StateholdDriver {
  const { namespace = 'unstorage', ttl: defaultTtl, driver: _, ...where } = options;
  const { store, keys, close } = placeIn(namespace, where);
  const reports = new Set<Report>();
  const lasting = (item?: StateholdItemOptions, common?: StateholdItemOptions): { ttlMs: number | undefined } => {
    const seconds = item?.ttl ?? common?.ttl ?? defaultTtl;
    return { ttlMs: seconds ? seconds * 1000 : undefined };
  };

  return {
    name: 'statehold',
    flags: { ttl: true },
    options,
    getInstance: () => store,
    hasItem: (key) => keys.exists(key),
    getItem: async (key) => text(await keys.get(key)),
    async getItems(items) {
      const found = await keys.batchGet(items.map(({ key }) => key));
      return items.map(({ key }) => ({ key, value: text(found.get(key)) }));
    },
    getItemRaw: async (key) => (await keys.get(key)) ?? null,
    async setItem(key, value, item) {
      await keys.set(key, value, lasting(item));
    },
    async setItems(items, common) {
      const commit = store.atomic();
      for (const { key, value, options: item } of items) commit.set(namespace, key, value, lasting(item, common));
      await commit.commit();
    },
    async setItemRaw(key, value, item) {
      await keys.set(key, bytes(value), lasting(item));
    },
    async removeItem(key) {
      await keys.delete(key);
    },
    async getMeta(key) {
      const entry = await keys.entry(key);
      if (entry === null) return null;
      const times = { mtime: new Date(entry.updatedAtMs), birthtime: new Date(entry.createdAtMs) };
      if (entry.expiresAtMs === null) return times;
      try {
        const ttlMs = await keys.getTtl(key);
        return ttlMs === null ? times : { ...times, ttl: ttlMs / 1000 };
      } catch (error) {
        if (error instanceof KeyNotFoundError) return null;
        throw error;
      }
    },
    getKeys: (base) => keys.list(beginningWith(base ?? '')),
    async clear(base) {
      await keys.deleteMatching(beginningWith(base ?? ''));
    },
    async dispose() {
      await Promise.all([...reports].map((report) => report.end()));
      await close();
    },
    async watch(callback) {
      const report = await Report.begin(keys, callback);
      reports.add(report);
      return async () => {
        reports.delete(report);
        await report.end();
      };
    },
  };
}

export default stateholdDriver;

/** What unstorage takes for a text: bytes as the text that they are in UTF-8, as its driver for files has it. */
function text(value: Json | Buffer | undefined): Json {
  return Buffer.isBuffer(value) ? value.toString() : (value ?? null);
}

/** Bytes of any kind as those that a store takes. */
function bytes(value: any): any {
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return new Uint8Array(value);
  return ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : value;
}
