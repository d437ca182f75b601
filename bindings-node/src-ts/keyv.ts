/** `statehold/keyv`: a storage adapter for Keyv 5 and 6. It only implements an interface, and imports nothing of Keyv. */
import { beginningWith, placeIn, type Place } from './adapter.js';
import { Store, type OpenOptions, type Storable } from './index.js';

/** Where the adapter keeps its keys, and how the store is opened if it was given a path. */
export interface KeyvStateholdOptions extends OpenOptions {
  /** The namespace of the store; `keyv`. */
  readonly namespace?: string | undefined;
}

/** A pair as Keyv sets many of them. */
export interface KeyvStateholdEntry {
  readonly key: string;
  readonly value: unknown;
  /** After how many milliseconds it expires. */
  readonly ttl?: number | undefined;
}

/** What lives longer than a store can be told to never expires. */
const CENTURY_MS = 100 * 365 * 86_400_000;

/**
 * A storage adapter for Keyv on a store, or on the one at a path, which it opens. An expired key is gone by itself, and
 * what sets, deletes or clears many keys is one commit.
 *
 * ```js
 * import Keyv from 'keyv';
 * import { KeyvStatehold } from 'statehold/keyv';
 *
 * const cache = new Keyv({ store: new KeyvStatehold('cache.db') });
 * await cache.set('ada', { visits: 1 }, 60_000);
 * ```
 *
 * An open adapter does not keep the process alive.
 */
export class KeyvStatehold {
  /** What Keyv 5 looks at: it iterates over dialects that it knows only, and a store is an SQLite file. */
  readonly opts: { readonly dialect: 'sqlite'; readonly url: string; [option: string]: unknown };
  /** The store, for all else that it can do. */
  readonly store: Store;
  /**
   * Set by Keyv 5, which begins each key with it and a colon, and read when it clears. Keyv 6 does the same by itself for
   * adapters in which it does not find this; there must be no such property before somebody sets it.
   */
  declare namespace?: string | undefined;
  readonly #place: Place;

  /**
   * @throws {StateholdError} as `openSync` does, for a path that can't be opened.
   */
  constructor(store: string | URL | Store, options: KeyvStateholdOptions = {}) {
    const { namespace = 'keyv', ...opening } = options;
    this.#place = placeIn(namespace, { ...(store instanceof Store ? { store } : { path: store }), ...opening });
    this.store = this.#place.store;
    this.opts = { dialect: 'sqlite', url: `sqlite://${this.store.path}` };
  }

  /** Keyv listens for errors here. There are none to tell of: what fails rejects the call that it was asked by. */
  on(_event: string, _listener: (...values: any[]) => void): this {
    return this;
  }

  /** What a key holds; undefined if it is absent or has expired. */
  async get<T>(key: string): Promise<T | undefined> {
    return this.#place.keys.get<T>(key);
  }

  /** What each of the keys holds, as of one moment and in the order of the keys. */
  async getMany<T>(keys: string[]): Promise<Array<T | undefined>> {
    const found = await this.#place.keys.batchGet<T>(keys);
    return keys.map((key) => found.get(key));
  }

  /** Sets a key, to expire after so many milliseconds or never. True, since an error is thrown. */
  async set(key: string, value: unknown, ttl?: number): Promise<boolean> {
    if (isOver(ttl)) await this.#place.keys.delete(key);
    else await this.#place.keys.set(key, storable(value), { ttlMs: lifetime(ttl) });
    return true;
  }

  /**
   * Sets many keys in one commit, all or none. True for each, since an error is thrown: an array, as Keyv passes it on, though
   * Keyv 5 declares nothing here.
   */
  async setMany(entries: readonly KeyvStateholdEntry[]): Promise<any> {
    const commit = this.store.atomic();
    const { name } = this.#place.keys;
    for (const { key, value, ttl } of entries) {
      if (isOver(ttl)) commit.delete(name, key);
      else commit.set(name, key, storable(value), { ttlMs: lifetime(ttl) });
    }
    await commit.commit();
    return entries.map(() => true);
  }

  /** Deletes a key and returns whether it was there. */
  async delete(key: string): Promise<boolean> {
    return this.#place.keys.delete(key);
  }

  /** Deletes many keys in one commit and returns whether any of them was there. */
  async deleteMany(keys: string[]): Promise<boolean> {
    return (await this.#place.keys.batchDelete(keys)) > 0;
  }

  /** Whether a key is there. */
  async has(key: string): Promise<boolean> {
    return this.#place.keys.exists(key);
  }

  /** Whether each of the keys is there, as of one moment. */
  async hasMany(keys: string[]): Promise<boolean[]> {
    const found = await this.#place.keys.batchGet(keys);
    return keys.map((key) => found.has(key));
  }

  /** Deletes every key of Keyv's namespace in one commit; without one, every key that the adapter keeps. */
  async clear(): Promise<void> {
    if (this.namespace) await this.#place.keys.deleteMatching(beginningWith(`${this.namespace}:`));
    else await this.#place.keys.clear();
  }

  /** The pairs of a namespace of Keyv's, or all of them, in the order of the keys. */
  async *iterator(namespace?: string): AsyncGenerator<[string, any], void> {
    yield* this.#place.keys.items(namespace ? beginningWith(`${namespace}:`) : '*');
  }

  /** Closes the store if the adapter has opened it. */
  async disconnect(): Promise<void> {
    await this.#place.close();
  }
}

/** Whether a time was over before it began. */
function isOver(ttl: number | undefined): boolean {
  return typeof ttl === 'number' && ttl < 0;
}

/** Keyv's 0 is none, as is what is no number. */
function lifetime(ttl: number | undefined): number | undefined {
  return typeof ttl === 'number' && ttl > 0 && ttl <= CENTURY_MS ? ttl : undefined;
}

/** Without a serializer Keyv hands over an object, in which `expires` is undefined for a key that does not expire. */
function storable(value: unknown): Storable {
  if (typeof value !== 'object' || value === null || !('value' in value)) return value as Storable;
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));
}
