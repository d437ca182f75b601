/// <reference types="node" preserve="true" />
/** The shapes of arguments and results. */
import type { Json } from './value.js';

/** What a key holds: JSON, or bytes, which come back as a Buffer. */
export type Value = Json | Buffer;

/**
 * What can be stored: JSON values and bytes. Objects must be plain; what would not come back equal (a Date, a Map,
 * undefined, NaN) is refused with the path to it.
 */
export type Storable = null | boolean | number | bigint | string | object;

/** Keys with values: a plain object, a Map, or pairs. */
export type Entries = Readonly<Record<string, Storable>> | Iterable<readonly [string, Storable]>;

/** A value and what the store knows of it. */
export interface Entry<T = Value> {
  /** The value. */
  readonly value: T;
  /** The revision that wrote it; 0 if the transaction that reads it has written it itself. */
  readonly revision: number;
  /** When the key came to be, in milliseconds since 1970, as `new Date()` takes them. */
  readonly createdAtMs: number;
  /** When the value was last written. */
  readonly updatedAtMs: number;
  /** When the key expires; null if never. */
  readonly expiresAtMs: number | null;
}

/** Proof of a commit. */
export interface Receipt {
  /** The revision that the commit got. If it changed nothing: the one at which its checks held. */
  readonly revision: number;
  /** When, by the store's clock, in milliseconds since 1970. */
  readonly timeMs: number;
  /** The hash that chains the journal up to this revision, as hexadecimal digits. */
  readonly hash: string;
}

/** Something that a commit changed. */
export interface Change {
  /** The revision of its commit. */
  readonly revision: number;
  /** When, by the store's clock, in milliseconds since 1970. */
  readonly timeMs: number;
  /** Who: `host/process` or `host/process/label`. */
  readonly actor: string;
  /** The facet: `namespace`, `plugin`, `case`, `environment` or `lifecycle`; `store` for what is done to all of it. */
  readonly facet: string;
  /** The name in the facet: of the namespace, the plugin, the case, … */
  readonly name: string;
  /** The key; empty where a name has none. */
  readonly key: string;
  /** What happened: in a namespace `set`, `set_ttl`, `touch`, `delete` or `expire`; in other facets words of theirs. */
  readonly operation: string;
  /** Whether it is the last of its commit: of those that the watch lets through, in a row of the journal of all. */
  readonly isLast: boolean;
}

/** One commit, as the journal has it. */
export interface JournalRow {
  /** 1, 2, 3, … over the whole store. */
  readonly revision: number;
  /** When, by the store's clock, in milliseconds since 1970. */
  readonly timeMs: number;
  /** Who: `host/process` or `host/process/label`. */
  readonly actor: string;
  /** What it changed. */
  readonly changes: readonly Change[];
  /** The hash that chains it to the row before, as hexadecimal digits. */
  readonly hash: string;
}

/** What a look through the whole journal found. */
export interface JournalCheck {
  /** How many rows there are. */
  readonly rows: number;
  /** The last revision. */
  readonly revision: number;
  /** The hash of the last row. Keep it elsewhere to prove later that the journal up to here was not rewritten. */
  readonly hash: string;
  /** What is wrong; empty when the journal is whole. */
  readonly problems: readonly string[];
}

/** Commits that a file beside the store knows of and the store has not. */
export interface LostCommits {
  /** The revision that had been seen. */
  readonly expected: number;
  /** The revision that the store had when it was opened. */
  readonly found: number;
}

/**
 * What a commit that returned survives. `full`, the default: power loss. `normal`: a crash of the process at once,
 * power loss but for the last moments. `deferred(ms)`: as `normal`, and synced within that time; `deferred` alone is 100.
 */
export type Durability = 'full' | 'normal' | 'deferred' | `deferred(${number})`;

/** When a key expires. */
export interface TtlOptions {
  /** After how many milliseconds; never if it is left out, unless the namespace has a default. */
  readonly ttlMs?: number | null | undefined;
}

/** How a key is set. The three conditions exclude each other; if one does not hold: ConflictError. */
export interface SetOptions extends TtlOptions {
  /** A key that is there keeps its expiry. */
  readonly keepTtl?: boolean | undefined;
  /** Only if the key is absent. */
  readonly onlyIfAbsent?: boolean | undefined;
  /** Only if the key is present. */
  readonly onlyIfPresent?: boolean | undefined;
  /** Only if the key is at this revision; 0: absent. */
  readonly ifRevision?: number | null | undefined;
}

/** Which keys are listed. */
export interface ListOptions {
  /** At most so many. */
  readonly limit?: number | null | undefined;
  /** Only those that come after this key (before it, in reverse), whether it is there or not. */
  readonly startAfter?: string | null | undefined;
  /** From the last to the first. */
  readonly reverse?: boolean | undefined;
}

/** How a number is incremented. */
export interface IncrementOptions extends TtlOptions {
  /** What a missing key counts from; 0 if it is left out. */
  readonly initial?: number | bigint | undefined;
}

/** How a missing value is made. */
export interface GetOrSetOptions extends TtlOptions {
  /** Ends the wait for another caller who is making the value. */
  readonly signal?: AbortSignal | undefined;
}

/** Defaults of a namespace. */
export interface NamespaceOptions extends TtlOptions {
  /** Whether `get`, `entry` and `batchGet` renew a key's TTL: it starts anew with its full length. */
  readonly sliding?: boolean | undefined;
}

/** Which changes are watched; all, from now on, unless the options say otherwise. */
export interface WatchOptions {
  /** Only those of this facet. */
  readonly facet?: string | null | undefined;
  /** Only those of this name in the facet; without a facet, of this namespace. */
  readonly namespace?: string | null | undefined;
  /** Only those whose key matches this glob pattern, or where there are no keys, whose name does. */
  readonly pattern?: string | null | undefined;
  /** Only those after this revision; 0: all that the journal has. */
  readonly after?: number | null | undefined;
  /** Ends the watch. */
  readonly signal?: AbortSignal | null | undefined;
}

/** How a transaction is run. */
export interface TransactionOptions {
  /** How often the function is run again after a conflict, the last time under the write lock; 10 if it is left out. */
  readonly maxRetries?: number | undefined;
  /** Whether to take the write lock up front, so that there can be no conflict. Others then wait. */
  readonly lock?: boolean | undefined;
  /** For how long the write lock is held at most; then the transaction goes on without it. */
  readonly lockTimeoutMs?: number | null | undefined;
  /** How durable the commit is; the store's setting if it is left out. */
  readonly durability?: Durability | undefined;
  /** Ends the wait for the lock, and keeps the function from being run again. */
  readonly signal?: AbortSignal | undefined;
}
