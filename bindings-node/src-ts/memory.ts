/** A backend that keeps everything in memory. */
import type { StateBackend } from './backend.js';
import { handleOf, type ManualClock } from './clock.js';
import { pack, packEntries, unpack, unpackPairs } from './content.js';
import { ConflictError } from './errors.js';
import { native, now, type handles } from './native.js';
import { TTL, checked, named, namedKeys, numeric } from './options.js';
import type { Entries, Storable, TtlOptions, Value } from './types.js';

/** How often a transaction is run again before its conflict is the caller's. */
const RETRIES = 100;

type Handle = Omit<handles.MemoryTransaction, 'commit' | 'rollback'>;

/** The operations on what is in memory. They never wait. */
abstract class InMemory implements StateBackend {
  readonly #handle: Handle;

  /** @internal */
  constructor(handle: Handle) {
    this.#handle = handle;
  }

  /** The value of a key; `defaultValue` if it is absent or has expired. */
  get<T = Value>(namespace: string, key: string): Promise<T | undefined>;
  get<T = Value>(namespace: string, key: string, defaultValue: T): Promise<T>;
  async get<T>(namespace: string, key: string, defaultValue?: T): Promise<T | undefined> {
    const found = now(() => this.#handle.get(named('namespace', namespace), named('key', key)));
    return found === null ? defaultValue : unpack<T>(found);
  }

  /** Sets a key, to expire after `ttlMs` or never, and returns the revision; 0 inside a transaction. */
  async set(namespace: string, key: string, value: Storable, options?: TtlOptions): Promise<number> {
    const ttlMs = checked(options, TTL)?.ttlMs;
    return now(() => this.#handle.set(named('namespace', namespace), named('key', key), pack(value), ttlMs));
  }

  /** Deletes a key and returns whether it was there. */
  async delete(namespace: string, key: string): Promise<boolean> {
    return now(() => this.#handle.delete(named('namespace', namespace), named('key', key)));
  }

  /** The keys that match a glob pattern, sorted by their UTF-8 bytes. */
  async list(namespace: string, pattern = '*'): Promise<string[]> {
    return now(() => this.#handle.list(named('namespace', namespace), named('pattern', pattern)));
  }

  /** Whether a key is there. */
  async exists(namespace: string, key: string): Promise<boolean> {
    return now(() => this.#handle.exists(named('namespace', namespace), named('key', key)));
  }

  /** How many milliseconds a key still lives; null if it never expires. KeyNotFoundError if it is absent. */
  async getTtl(namespace: string, key: string): Promise<number | null> {
    return now(() => this.#handle.getTtl(named('namespace', namespace), named('key', key)));
  }

  /** Changes when a key expires (null: never) and returns whether it was there. */
  async setTtl(namespace: string, key: string, ttlMs: number | null): Promise<boolean> {
    const ttl = ttlMs === null ? null : numeric('ttl', ttlMs);
    return now(() => this.#handle.setTtl(named('namespace', namespace), named('key', key), ttl));
  }

  /** The values of those keys that are there, as of one moment, in the order asked for. */
  async batchGet<T = Value>(namespace: string, keys: Iterable<string>): Promise<Map<string, T>> {
    return new Map(unpackPairs<T>(now(() => this.#handle.batchGet(named('namespace', namespace), namedKeys(keys)))));
  }

  /** Sets many keys, all or none, and returns the revision; 0 inside a transaction. */
  async batchSet(namespace: string, entries: Entries, options?: TtlOptions): Promise<number> {
    const ttlMs = checked(options, TTL)?.ttlMs;
    return now(() => this.#handle.batchSet(named('namespace', namespace), packEntries(entries), ttlMs));
  }

  /** Deletes every key of a namespace and returns how many there were. */
  async clearNamespace(namespace: string): Promise<number> {
    return now(() => this.#handle.clearNamespace(named('namespace', namespace)));
  }

  abstract transaction<R>(fn: (tx: StateBackend) => Promise<R> | R): Promise<R>;
}

/** A transaction of a MemoryBackend. */
class MemoryTransaction extends InMemory {
  async transaction<R>(fn: (tx: StateBackend) => Promise<R> | R): Promise<R> {
    return fn(this);
  }
}

/**
 * A StateBackend in memory: for tests of code that depends on the interface, and as proof that the interface asks for
 * nothing that only SQLite has.
 */
export class MemoryBackend extends InMemory {
  readonly #handle: handles.MemoryBackend;

  /** An empty one, on the machine's clock or on one of your own. */
  constructor(options?: { readonly clock?: ManualClock | null | undefined }) {
    const clock = checked(options, { clock: 'object' })?.clock;
    const handle = now(() => new native.MemoryBackend(clock ? handleOf(clock) : undefined));
    super(handle);
    this.#handle = handle;
  }

  /**
   * Runs `fn` on a view of the whole that is isolated from others, and applies what it wrote at once when it is done.
   * After a conflict it is run again.
   */
  async transaction<R>(fn: (tx: StateBackend) => Promise<R> | R): Promise<R> {
    for (let failed = 0; ; failed += 1) {
      const handle = this.#handle.begin();
      let value: R;
      try {
        value = await fn(new MemoryTransaction(handle));
      } catch (raised) {
        handle.rollback();
        throw raised;
      }
      try {
        now(() => handle.commit());
        return value;
      } catch (raised) {
        if (!(raised instanceof ConflictError) || failed === RETRIES) throw raised;
      }
    }
  }
}
