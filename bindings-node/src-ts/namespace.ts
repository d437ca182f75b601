/** Namespaces: isolated sets of keys. */
import { pack, packEntries, unpack } from './content.js';
import { getOrSet, getOrSetSync } from './making.js';
import { now, type handles } from './native.js';
import { MAKING, NAMESPACE, SETTING, TTL, checked, named, namedKeys, numeric, refuse } from './options.js';
import { Reading, insideOf, type Ask } from './reading.js';
import type { Recall } from './recall.js';
import { atOnce, byPromises } from './steps.js';
import { outcome, type Together } from './together.js';
import type {
  Entries,
  GetOrSetOptions,
  IncrementOptions,
  NamespaceOptions,
  SetOptions,
  Storable,
  TtlOptions,
  Value,
} from './types.js';
import { updating } from './updating.js';
import { decode, encode } from './value.js';
import { Watch, beginWatch } from './watch.js';

/** How its calls are made: one after the other in a transaction; in a store what is known is not asked for. */
export interface Way {
  readonly ask?: Ask | undefined;
  readonly together?: Together | undefined;
  readonly recall?: Recall | undefined;
  /** Whether what is set expires, unless it is said otherwise. */
  readonly expires?: boolean;
}

const INCREMENT = { ...TTL, initial: 'numeric' } as const;

/**
 * An isolated set of keys, of a store or of a transaction. Cheap to make and to keep, and it creates nothing: a
 * namespace exists while it holds a live key.
 *
 * Each method gives a promise and has a twin that ends in `Sync` and gives the result itself. Calls that are not awaited
 * may be carried out in any order, except inside a transaction.
 */
export class Namespace extends Reading {
  readonly #handle: handles.Namespace;
  readonly #ask: Ask;
  /** What it belongs to: a store, or a transaction. */
  readonly #owner: object;
  /** Where the writes of a turn are gathered; undefined where each is a call of its own. */
  readonly #together: Together | undefined;
  /** Where what is set is kept, which must not expire. */
  readonly #keeper: Recall | undefined;

  /** @internal */
  constructor(owner: object, name: string, handle: handles.Namespace, way: Way = {}) {
    super(name, handle, way.ask, way.recall && { handle, recall: way.recall });
    this.#together = way.together;
    this.#keeper = way.expires ? undefined : way.recall;
    this.#handle = handle;
    this.#ask = insideOf(this).ask;
    this.#owner = owner;
  }

  /** Another name for {@link exists}, as a Map has it. */
  has(key: string): Promise<boolean> {
    return this.exists(key);
  }

  /** The twin of {@link has}. */
  hasSync(key: string): boolean {
    return this.existsSync(key);
  }

  /** The pairs of key and value, as {@link items} gives them. */
  [Symbol.asyncIterator](): AsyncGenerator<[string, Value], void, undefined> {
    return this.items();
  }

  /** The twin of iterating asynchronously. */
  [Symbol.iterator](): Generator<[string, Value], void, undefined> {
    return this.itemsSync();
  }

  /**
   * Sets a key and returns the revision; an earlier TTL is cleared. Once the promise is fulfilled, the value is visible to
   * everyone, and durable as the store demands. Inside a transaction the revision is 0: the transaction's receipt has it.
   *
   * @throws {InvalidValueError} with the path of what can't be stored.
   * @throws {ConflictError} when a condition among the options does not hold.
   */
  async set(key: string, value: Storable, options?: SetOptions): Promise<number> {
    const content = pack(value);
    const setting = checked(options, SETTING) as handles.Setting | undefined;
    const name = named('key', key);
    if (!this.#together) return this.#ask((later) => this.#handle.set(name, content, setting, later));
    return outcome(await this.#together.add((writes) => writes.set(this.#handle, name, content, setting)));
  }

  /** The twin of {@link set}. */
  setSync(key: string, value: Storable, options?: SetOptions): number {
    const setting = checked(options, SETTING) as handles.Setting | undefined;
    const name = named('key', key);
    const content = pack(value);
    const revision = now((later) => this.#handle.set(name, content, setting, later));
    if (setting === undefined && typeof content === 'string') this.#keeper?.keepSet(this.name, name, content);
    return revision;
  }

  /** Deletes a key and returns whether it was there. */
  async delete(key: string): Promise<boolean> {
    const name = named('key', key);
    if (!this.#together) return this.#ask((later) => this.#handle.delete(name, later));
    return outcome(await this.#together.add((writes) => writes.delete(this.#handle, name)));
  }

  /** The twin of {@link delete}. */
  deleteSync(key: string): boolean {
    return now((later) => this.#handle.delete(named('key', key), later));
  }

  /** Deletes a key and returns the value that it held; `defaultValue` if it is absent. */
  pop<T = Value>(key: string): Promise<T | undefined>;
  pop<T = Value>(key: string, defaultValue: T): Promise<T>;
  async pop<T>(key: string, defaultValue?: T): Promise<T | undefined> {
    const found = await this.#ask((later) => this.#handle.pop(named('key', key), later));
    return found === null || found === undefined ? defaultValue : unpack<T>(found);
  }

  /** The twin of {@link pop}. */
  popSync<T = Value>(key: string): T | undefined;
  popSync<T = Value>(key: string, defaultValue: T): T;
  popSync<T>(key: string, defaultValue?: T): T | undefined {
    const found = now((later) => this.#handle.pop(named('key', key), later));
    return found === null || found === undefined ? defaultValue : unpack<T>(found);
  }

  /** Changes when a key expires and nothing else: after `ttlMs`, or never (null). Returns whether it was there. */
  async setTtl(key: string, ttlMs: number | null): Promise<boolean> {
    const ttl = ttlMs === null ? null : numeric('ttl', ttlMs);
    return this.#ask((later) => this.#handle.setTtl(named('key', key), ttl, later));
  }

  /** The twin of {@link setTtl}. */
  setTtlSync(key: string, ttlMs: number | null): boolean {
    const ttl = ttlMs === null ? null : numeric('ttl', ttlMs);
    return now((later) => this.#handle.setTtl(named('key', key), ttl, later));
  }

  /**
   * Renews a key: it lives on for the full length of the TTL that it was given. One that never expires stays so. Returns
   * whether it was there.
   */
  async touch(key: string): Promise<boolean> {
    return this.#ask((later) => this.#handle.touch(named('key', key), later));
  }

  /** The twin of {@link touch}. */
  touchSync(key: string): boolean {
    return now((later) => this.#handle.touch(named('key', key), later));
  }

  /**
   * Sets many keys in one commit, all or none, and returns its revision. With nothing to set there is no commit, and it
   * returns the store's last revision.
   */
  async batchSet(entries: Entries, options?: TtlOptions): Promise<number> {
    const packed = packEntries(entries);
    const ttlMs = checked(options, TTL)?.ttlMs;
    return this.#ask((later) => this.#handle.batchSet(packed, ttlMs, later));
  }

  /** The twin of {@link batchSet}. */
  batchSetSync(entries: Entries, options?: TtlOptions): number {
    const ttlMs = checked(options, TTL)?.ttlMs;
    return now((later) => this.#handle.batchSet(packEntries(entries), ttlMs, later));
  }

  /** Deletes many keys in one commit and returns how many were there. */
  async batchDelete(keys: Iterable<string>): Promise<number> {
    const unwanted = namedKeys(keys);
    return this.#ask((later) => this.#handle.batchDelete(unwanted, later));
  }

  /** The twin of {@link batchDelete}. */
  batchDeleteSync(keys: Iterable<string>): number {
    return now((later) => this.#handle.batchDelete(namedKeys(keys), later));
  }

  /**
   * Adds to a number and returns the sum, atomically over threads and processes. Integers are exact, and a bigint where
   * a number can't hold them. A missing key counts from `initial`; the TTL is for a key that is made by this.
   *
   * @throws {InvalidValueError} if the key holds no number or the sum is out of range; nothing is changed then.
   */
  async increment(key: string, by: number | bigint = 1, options?: IncrementOptions): Promise<number | bigint> {
    const given = incrementing(by, options);
    const name = named('key', key);
    const sum = this.#together
      ? await this.#together.add((writes) => writes.increment(this.#handle, name, given.by, given.initial, given.ttlMs))
      : await this.#ask((later) => this.#handle.increment(name, given.by, given.initial, given.ttlMs, later));
    return decode(outcome(sum)) as number;
  }

  /** The twin of {@link increment}. */
  incrementSync(key: string, by: number | bigint = 1, options?: IncrementOptions): number | bigint {
    const given = incrementing(by, options);
    return decode(
      now((later) => this.#handle.increment(named('key', key), given.by, given.initial, given.ttlMs, later)),
    ) as number;
  }

  /**
   * Changes a value by a function of it, atomically, and returns what the function gave. When another writer got in
   * between, the function is run again, so it should do nothing else. For a missing key it gets `defaultValue`. The key keeps
   * its expiry.
   */
  async update<T = Value, R extends Storable = Storable>(
    key: string,
    fn: (value: T) => Promise<R> | R,
    defaultValue?: T,
  ): Promise<R> {
    return byPromises(updating(this.#handle, named('key', key), fn, defaultValue), this.#ask);
  }

  /** The twin of {@link update}. */
  updateSync<T = Value, R extends Storable = Storable>(key: string, fn: (value: T) => R, defaultValue?: T): R {
    return atOnce(updating(this.#handle, named('key', key), fn, defaultValue), 'update');
  }

  /**
   * Applies a JSON merge patch (RFC 7396) and returns the new value. A missing key counts as `{}`. The key keeps its
   * expiry.
   *
   * @throws {InvalidValueError} if the key holds bytes.
   */
  async merge<T = Value>(key: string, patch: Storable): Promise<T> {
    const text = encode(patch);
    return decode(await this.#ask((later) => this.#handle.merge(named('key', key), text, later))) as T;
  }

  /** The twin of {@link merge}. */
  mergeSync<T = Value>(key: string, patch: Storable): T {
    return decode(now((later) => this.#handle.merge(named('key', key), encode(patch), later))) as T;
  }

  /**
   * The value of a key; if it is absent, the one that `fn` makes, which is set. Of many callers in many processes one
   * runs its function and the others wait for what it sets. If it fails, or its process dies, the next one runs its own.
   * Inside a transaction it does not keep others from running theirs.
   */
  async getOrSet<T extends Storable = Storable>(
    key: string,
    fn: () => Promise<T> | T,
    options?: GetOrSetOptions,
  ): Promise<T> {
    const place = { owner: this.#owner, namespace: this.name, key: named('key', key) };
    return getOrSet(place, this.#handle, this.#ask, fn, checked(options, MAKING));
  }

  /** The twin of {@link getOrSet}; its wait can't be ended by a signal. */
  getOrSetSync<T extends Storable = Storable>(key: string, fn: () => T, options?: TtlOptions): T {
    const place = { owner: this.#owner, namespace: this.name, key: named('key', key) };
    return getOrSetSync(place, this.#handle, fn, checked(options, TTL)?.ttlMs);
  }

  /** Deletes every key and returns how many there were. */
  async clear(): Promise<number> {
    return this.#ask((later) => this.#handle.clear(later));
  }

  /** The twin of {@link clear}. */
  clearSync(): number {
    return now((later) => this.#handle.clear(later));
  }

  /** Deletes every key that matches, in one commit, and returns how many there were. */
  async deleteMatching(pattern: string): Promise<number> {
    return this.#ask((later) => this.#handle.deleteMatching(named('pattern', pattern), later));
  }

  /** The twin of {@link deleteMatching}. */
  deleteMatchingSync(pattern: string): number {
    return now((later) => this.#handle.deleteMatching(named('pattern', pattern), later));
  }

  /**
   * Watches for what is committed to the keys that match, by any process, from now on: once the promise is fulfilled.
   * {@link Store.watch} can also begin at an earlier revision.
   */
  async watch(pattern = '*', options?: { readonly signal?: AbortSignal | undefined }): Promise<Watch> {
    const signal = checked(options, { signal: 'signal' })?.signal;
    return beginWatch((later) => this.#handle.watch(named('pattern', pattern), later), signal);
  }

  /** The twin of {@link watch}. */
  watchSync(pattern = '*'): Watch {
    return new Watch(now((later) => this.#handle.watch(named('pattern', pattern), later)));
  }
}

/** Makes a namespace of what gives its handle. */
export function namespaceOf(
  owner: object,
  maker: Pick<handles.Store, 'namespace'>,
  name: string,
  options?: NamespaceOptions,
  way?: Way,
): Namespace {
  const given = checked(options, NAMESPACE);
  const handle = now(() => maker.namespace(named('namespace', name), given?.ttlMs, given?.sliding ?? false));
  return new Namespace(owner, name, handle, { ...way, expires: given?.ttlMs !== undefined });
}

function incrementing(by: number | bigint, options: IncrementOptions | undefined) {
  const { initial, ttlMs } = checked(options, INCREMENT) ?? {};
  const start = initial === undefined || initial === null ? undefined : encode(initial, 'initial');
  return { by: numberText('by', by), initial: start, ttlMs };
}

function numberText(path: string, value: number | bigint): string {
  if (typeof value === 'number' || typeof value === 'bigint') return encode(value, path);
  return refuse(path, 'it must be a number or a bigint');
}
