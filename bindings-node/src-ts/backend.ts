/** The abstract interface: what code depends on that wants some store, not this one. */
import type { Namespace } from './namespace.js';
import type { Entries, NamespaceOptions, Storable, TtlOptions, Value } from './types.js';

/**
 * Keys with values in namespaces, with TTL and transactions. A Store is one, so are the transactions that it gives, and so
 * is a MemoryBackend; `runStateBackendSuite` of `statehold/testing` tells whether something else is one, too.
 */
export interface StateBackend {
  /** The value of a key; `defaultValue` if it is absent or has expired. */
  get<T = Value>(namespace: string, key: string): Promise<T | undefined>;
  get<T = Value>(namespace: string, key: string, defaultValue: T): Promise<T>;
  /** Sets a key, to expire after `ttlMs` or never, and returns the revision; 0 inside a transaction. */
  set(namespace: string, key: string, value: Storable, options?: TtlOptions): Promise<number>;
  /** Deletes a key and returns whether it was there. */
  delete(namespace: string, key: string): Promise<boolean>;
  /** The keys that match a glob pattern, sorted by their UTF-8 bytes. */
  list(namespace: string, pattern?: string): Promise<string[]>;
  /** Whether a key is there. */
  exists(namespace: string, key: string): Promise<boolean>;
  /** How many milliseconds a key still lives; null if it never expires. KeyNotFoundError if it is absent. */
  getTtl(namespace: string, key: string): Promise<number | null>;
  /** Changes when a key expires (null: never) and returns whether it was there. */
  setTtl(namespace: string, key: string, ttlMs: number | null): Promise<boolean>;
  /** The values of those keys that are there, as of one moment, in the order asked for. */
  batchGet<T = Value>(namespace: string, keys: Iterable<string>): Promise<Map<string, T>>;
  /** Sets many keys, all or none, and returns the revision; 0 inside a transaction. */
  batchSet(namespace: string, entries: Entries, options?: TtlOptions): Promise<number>;
  /** Deletes every key of a namespace and returns how many there were. */
  clearNamespace(namespace: string): Promise<number>;
  /**
   * Runs `fn` on a view of the whole that is isolated from others, and applies what it wrote at once when it is
   * done. After a conflict it is run again. Inside a transaction it joins that one.
   */
  transaction<R>(fn: (tx: StateBackend) => Promise<R> | R): Promise<R>;
}

/** The interface on anything that has namespaces. */
export abstract class NamespacedBackend {
  abstract namespace(name: string, options?: NamespaceOptions): Namespace;

  /** The value of a key; `defaultValue` if it is absent or has expired. */
  get<T = Value>(namespace: string, key: string): Promise<T | undefined>;
  get<T = Value>(namespace: string, key: string, defaultValue: T): Promise<T>;
  async get<T>(namespace: string, key: string, defaultValue?: T): Promise<T | undefined> {
    return this.namespace(namespace).get<T | undefined>(key, defaultValue);
  }

  /** The twin of {@link get}. */
  getSync<T = Value>(namespace: string, key: string): T | undefined;
  getSync<T = Value>(namespace: string, key: string, defaultValue: T): T;
  getSync<T>(namespace: string, key: string, defaultValue?: T): T | undefined {
    return this.namespace(namespace).getSync<T | undefined>(key, defaultValue);
  }

  /** Sets a key, to expire after `ttlMs` or never, and returns the revision; 0 inside a transaction. */
  async set(namespace: string, key: string, value: Storable, options?: TtlOptions): Promise<number> {
    return this.namespace(namespace).set(key, value, options);
  }

  /** The twin of {@link set}. */
  setSync(namespace: string, key: string, value: Storable, options?: TtlOptions): number {
    return this.namespace(namespace).setSync(key, value, options);
  }

  /** Deletes a key and returns whether it was there. */
  async delete(namespace: string, key: string): Promise<boolean> {
    return this.namespace(namespace).delete(key);
  }

  /** The twin of {@link delete}. */
  deleteSync(namespace: string, key: string): boolean {
    return this.namespace(namespace).deleteSync(key);
  }

  /** The keys that match a glob pattern, sorted by their UTF-8 bytes. */
  async list(namespace: string, pattern?: string): Promise<string[]> {
    return this.namespace(namespace).list(pattern);
  }

  /** The twin of {@link list}. */
  listSync(namespace: string, pattern?: string): string[] {
    return this.namespace(namespace).listSync(pattern);
  }

  /** Whether a key is there. */
  async exists(namespace: string, key: string): Promise<boolean> {
    return this.namespace(namespace).exists(key);
  }

  /** The twin of {@link exists}. */
  existsSync(namespace: string, key: string): boolean {
    return this.namespace(namespace).existsSync(key);
  }

  /** How many milliseconds a key still lives; null if it never expires. KeyNotFoundError if it is absent. */
  async getTtl(namespace: string, key: string): Promise<number | null> {
    return this.namespace(namespace).getTtl(key);
  }

  /** The twin of {@link getTtl}. */
  getTtlSync(namespace: string, key: string): number | null {
    return this.namespace(namespace).getTtlSync(key);
  }

  /** Changes when a key expires (null: never) and returns whether it was there. */
  async setTtl(namespace: string, key: string, ttlMs: number | null): Promise<boolean> {
    return this.namespace(namespace).setTtl(key, ttlMs);
  }

  /** The twin of {@link setTtl}. */
  setTtlSync(namespace: string, key: string, ttlMs: number | null): boolean {
    return this.namespace(namespace).setTtlSync(key, ttlMs);
  }

  /** The values of those keys that are there, as of one moment, in the order asked for. */
  async batchGet<T = Value>(namespace: string, keys: Iterable<string>): Promise<Map<string, T>> {
    return this.namespace(namespace).batchGet<T>(keys);
  }

  /** The twin of {@link batchGet}. */
  batchGetSync<T = Value>(namespace: string, keys: Iterable<string>): Map<string, T> {
    return this.namespace(namespace).batchGetSync<T>(keys);
  }

  /** Sets many keys, all or none, and returns the revision; 0 inside a transaction. */
  async batchSet(namespace: string, entries: Entries, options?: TtlOptions): Promise<number> {
    return this.namespace(namespace).batchSet(entries, options);
  }

  /** The twin of {@link batchSet}. */
  batchSetSync(namespace: string, entries: Entries, options?: TtlOptions): number {
    return this.namespace(namespace).batchSetSync(entries, options);
  }

  /** Deletes every key of a namespace and returns how many there were. */
  async clearNamespace(namespace: string): Promise<number> {
    return this.namespace(namespace).clear();
  }

  /** The twin of {@link clearNamespace}. */
  clearNamespaceSync(namespace: string): number {
    return this.namespace(namespace).clearSync();
  }
}
