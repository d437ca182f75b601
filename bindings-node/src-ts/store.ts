/** The store: what a program opens. */
import { fileURLToPath } from 'node:url';
import { Atomic } from './atomic.js';
import { NamespacedBackend, type StateBackend } from './backend.js';
import { ManualClock, handleOf } from './clock.js';
import { namespaceOf, type Namespace } from './namespace.js';
import { later, native, now, type Call, type handles } from './native.js';
import { OPEN, checked, named, numeric, refuse, shown } from './options.js';
import { Snapshot } from './snapshot.js';
import { run, runSync, type Transaction } from './transaction.js';
import type {
  Durability,
  JournalCheck,
  JournalRow,
  LostCommits,
  NamespaceOptions,
  TransactionOptions,
} from './types.js';

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
  /** Where the store takes its time from; the machine's clock. */
  readonly clock?: ManualClock | null | undefined;
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
  const file = path instanceof URL ? fileURLToPath(path) : path;
  if (typeof file !== 'string') refuse('path', `it must be a string or a file URL, not ${shown(file)}`);
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

/** An open store: one SQLite file with the state of an application. Made by {@link open}. */
export class Store extends NamespacedBackend implements StateBackend {
  readonly #handle: handles.Store;

  /** @internal */
  constructor(handle: handles.Store) {
    super();
    this.#handle = handle;
  }

  /** The absolute path of the file. */
  get path(): string {
    return this.#handle.path();
  }

  /** Whether it was closed. */
  get isClosed(): boolean {
    return this.#handle.isClosed();
  }

  /** The commits that were lost before it was opened, as far as the file beside it knows; null if none. */
  get lostCommits(): LostCommits | null {
    return this.#handle.lostCommits();
  }

  /**
   * A namespace, with a default TTL, which reads may renew. Makes nothing: a namespace exists while it holds a live key. A
   * name that can't be one is refused by its operations.
   */
  namespace(name: string, options?: NamespaceOptions): Namespace {
    return namespaceOf(this, this.#handle, name, options);
  }

  /** The names of the namespaces that hold at least one live key and match a glob pattern, sorted by their UTF-8 bytes. */
  async namespaces(pattern = '*'): Promise<string[]> {
    return later((later) => this.#handle.namespaces(named('pattern', pattern), later));
  }

  /** The twin of {@link namespaces}. */
  namespacesSync(pattern = '*'): string[] {
    return now((later) => this.#handle.namespaces(named('pattern', pattern), later));
  }

  /**
   * Runs `fn` in a transaction, commits when it is done, and returns what it gave. What it read is checked then; if a
   * commit of somebody else has changed any of it, `fn` is run again, so it must have no other effects. The last of the
   * tries holds the write lock. An error of `fn` discards everything.
   *
   * @throws {ConflictError} when the tries are used up.
   */
  async transaction<R>(fn: (tx: Transaction) => Promise<R> | R, options?: TransactionOptions): Promise<R> {
    return run(this.#handle, fn, options);
  }

  /** The twin of {@link transaction}; `fn` must not be asynchronous. */
  transactionSync<R>(fn: (tx: Transaction) => R, options?: Omit<TransactionOptions, 'signal'>): R {
    return runSync(this.#handle, fn, options);
  }

  /** A list of checks and mutations to be committed together, without reading. */
  atomic(): Atomic {
    return new Atomic(this.#handle.atomic());
  }

  /** The store as of this moment, for many reads. */
  async snapshot(): Promise<Snapshot> {
    return new Snapshot(await later((later) => this.#handle.snapshot(later)));
  }

  /** The twin of {@link snapshot}. */
  snapshotSync(): Snapshot {
    return new Snapshot(now((later) => this.#handle.snapshot(later)));
  }

  /** Removes all keys that have expired from the file and returns how many. They are invisible anyway. */
  async purgeExpired(): Promise<number> {
    return later((later) => this.#handle.purgeExpired(later));
  }

  /** The twin of {@link purgeExpired}. */
  purgeExpiredSync(): number {
    return now((later) => this.#handle.purgeExpired(later));
  }

  /** Makes every commit so far survive a power loss, whatever durability it was made with. */
  async flush(): Promise<void> {
    await later((later) => this.#handle.flush(later));
  }

  /** The twin of {@link flush}. */
  flushSync(): void {
    now((later) => this.#handle.flush(later));
  }

  /** The last revision; 0 for a store that nothing was committed to. */
  async revision(): Promise<number> {
    return later((later) => this.#handle.revision(later));
  }

  /** The twin of {@link revision}. */
  revisionSync(): number {
    return now((later) => this.#handle.revision(later));
  }

  /** Up to `limit` rows of the journal after revision `after`: who changed what, and when. */
  async journal(after = 0, limit = 1000): Promise<JournalRow[]> {
    return later((later) => this.#handle.journal(numeric('after', after), numeric('limit', limit), later));
  }

  /** The twin of {@link journal}. */
  journalSync(after = 0, limit = 1000): JournalRow[] {
    return now((later) => this.#handle.journal(numeric('after', after), numeric('limit', limit), later));
  }

  /**
   * Recomputes the journal's chain of hashes. It proves that no row was changed, removed or put in another order, unless by
   * somebody who rebuilt the whole chain.
   */
  async verifyJournal(): Promise<JournalCheck> {
    return later((later) => this.#handle.verifyJournal(later));
  }

  /** The twin of {@link verifyJournal}. */
  verifyJournalSync(): JournalCheck {
    return now((later) => this.#handle.verifyJournal(later));
  }

  /** Ends the use of the store; what is asked of it from now on gives ClosedError. Closing twice is no error. */
  async close(): Promise<void> {
    await later((later) => this.#handle.close(later));
  }

  /** The twin of {@link close}. */
  closeSync(): void {
    now((later) => this.#handle.close(later));
  }

  /** Closes it at the end of `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Closes it at the end of `using`. */
  [Symbol.dispose](): void {
    this.closeSync();
  }
}
