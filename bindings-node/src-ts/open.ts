/** Opening a store. */
import { handleOf, type ManualClock } from './clock.js';
import { later, native, now, type Call, type handles } from './native.js';
import { OPEN, checked, filePath } from './options.js';
import { Store } from './store.js';
import type { Durability } from './types.js';

/** How a store is opened. A name that is none is refused, with a hint. */
export interface OpenOptions {
  /** What a commit that returned survives; `full` if it is left out. */
  readonly durability?: Durability | undefined;
  /** How long to wait for another process's write lock before BusyError; 5 s. */
  readonly busyTimeoutMs?: number | undefined;
  /** For how long a transaction may hold the write lock; 5 s. */
  readonly lockTimeoutMs?: number | undefined;
  /** What the journal keeps: which keys were changed (`keys`), or what they got as well (`full`); `keys`. */
  readonly journal?: 'keys' | 'full' | undefined;
  /** How many commits the journal keeps; 100,000. */
  readonly journalMaxRows?: number | undefined;
  /** For how long it keeps them; 30 days. */
  readonly journalMaxAgeMs?: number | undefined;
  /** The most bytes that a value may have; 64 MiB. */
  readonly maxValueBytes?: number | undefined;
  /** How long SQLite's log may grow because a snapshot or a transaction is held; those are then ended; 48 MiB. */
  readonly maxWalBytes?: number | undefined;
  /** How much memory may be taken to keep what was read of keys until somebody changes them; 32 MiB, and 0 keeps nothing. */
  readonly cacheBytes?: number | undefined;
  /** Where the store takes its time from; the machine's clock. */
  readonly clock?: ManualClock | null | undefined;
  /** How many backups of each plugin's state are kept; 3, and 0 keeps none. A plugin may register its own number. */
  readonly maxBackups?: number | undefined;
  /** How many receipts of a case stay in the store before the oldest are moved into an archive; no limit. */
  readonly maxReceipts?: number | null | undefined;
  /** Whether a thread purges expired keys and moves the log into the file; true. */
  readonly background?: boolean | undefined;
  /** A word that the journal adds to who committed. */
  readonly label?: string | null | undefined;
  /** Whether the path may be a symbolic link; true. */
  readonly followSymlinks?: boolean | undefined;
  /** Whether to open a store on a network file system, where only one process on one machine can use it safely. */
  readonly allowNetwork?: boolean | undefined;
  /** Whether to create a store that isn't there; true. */
  readonly create?: boolean | undefined;
  /** Whether calls can be delayed and made to fail, for tests; false. */
  readonly faults?: boolean | undefined;
}

/**
 * Opens the store at `path`, or creates it; an older format is upgraded. `":memory:"` makes a private store that is gone
 * when it is closed. An open store does not keep the process alive; a promise that is not yet settled does.
 *
 * @throws {InvalidValueError} for an option that is none or out of range.
 * @throws {NotAStoreError} or SchemaTooNewError or CorruptError for a file that can't be used, which is then unchanged.
 */
export async function open(path: string | URL, options?: OpenOptions): Promise<Store> {
  return opened(await later(opening(path, options)));
}

/** The twin of {@link open}. */
export function openSync(path: string | URL, options?: OpenOptions): Store {
  return opened(now(opening(path, options)));
}

function opening(path: string | URL, options?: OpenOptions): Call<handles.Store> {
  const { clock, ...rest } = checked(options, OPEN) ?? {};
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined && value !== null));
  const file = filePath(path);
  const time = clock ? handleOf(clock) : undefined;
  return (later) => native.open(file, given as Record<string, boolean | number | string>, time, later);
}

function opened(handle: handles.Store): Store {
  const store = new Store(handle);
  const lost = store.lostCommits;
  if (lost) {
    const seen = `${store.path} is at revision ${lost.found}, but revision ${lost.expected} was seen before`;
    process.emitWarning(`${seen}: it was put back from outside, or lost its log`, { code: 'STATEHOLD_LOST_COMMITS' });
  }
  return store;
}
