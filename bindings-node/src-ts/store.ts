/** The store: what a program opens. */
import { Atomic } from './atomic.js';
import type { StateBackend } from './backend.js';
import { Case } from './case.js';
import type { CaseFilter, CaseOptions, CaseSummary } from './case-types.js';
import { creating, listing } from './cases.js';
import type { Held } from './environment-lock.js';
import { Environments } from './environments.js';
import type { StoreEvents } from './event-types.js';
import { Events } from './events.js';
import { Faults } from './faults.js';
import type { Registered } from './migrating.js';
import type { MockCloud } from './mock-cloud.js';
import { cloudOf } from './mock-open.js';
import type { MockCloudOptions } from './mock-types.js';
import { namespaceOf, type Namespace } from './namespace.js';
import { later, now, type handles } from './native.js';
import type { Stats } from './operation-types.js';
import { Operations } from './operations.js';
import { WATCHING, checked, named } from './options.js';
import type { Plugin } from './plugin.js';
import { PluginStates } from './plugin-states.js';
import { Recall } from './recall.js';
import { Snapshot } from './snapshot.js';
import { Together } from './together.js';
import { run, runSync, type Transaction } from './transaction.js';
import type {
  LostCommits,
  NamespaceOptions,
  TransactionOptions,
  WatchOptions,
} from './types.js';
import type { Json } from './value.js';
import { Watch, beginWatch } from './watch.js';

/** An open store: one SQLite file with the state of an application. Made by `open`. */
export class Store extends Operations implements StateBackend {
  readonly #handle: handles.Store;
  readonly #events: Events;
  readonly #registered: Registered = new Map();
  readonly #locks: Held = new Set();
  readonly #together: Together | undefined;
  readonly #recall: Recall | undefined;

  /** @internal */
  constructor(handle: handles.Store) {
    super(handle);
    this.#handle = handle;
    this.#events = new Events(handle);
    const writes = handle.writesTogether();
    this.#together = writes ? new Together(writes) : undefined;
    this.#recall = writes ? new Recall(handle, handle.recallBytes()) : undefined;
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
    return namespaceOf(this, this.#handle, name, options, { together: this.#together, recall: this.#recall });
  }

  /** The names of the namespaces that hold at least one live key and match a glob pattern, sorted by their UTF-8 bytes. */
  async namespaces(pattern = '*'): Promise<string[]> {
    return later((later) => this.#handle.namespaces(named('pattern', pattern), later));
  }

  /** The twin of {@link namespaces}. */
  namespacesSync(pattern = '*'): string[] {
    return now((later) => this.#handle.namespaces(named('pattern', pattern), later));
  }

  /** What makes its operations slow, or fail, on demand; only of a store that was opened with `faults: true`. */
  get faults(): Faults {
    return new Faults(this.#handle.faults());
  }

  /**
   * A mock cloud, which comes to be with the first call, from its fixtures. Other processes that have opened the store see the
   * same one. What can't be its name, or its fixtures, is refused by its operations.
   */
  mockCloud(name = 'default', options?: MockCloudOptions): MockCloud {
    return cloudOf(this.#handle, name, options);
  }

  /** The names of the mock clouds that there are and that match a glob pattern, sorted by their UTF-8 bytes. */
  async mockClouds(pattern = '*'): Promise<string[]> {
    return later((later) => this.#handle.mockClouds(named('pattern', pattern), later));
  }

  /** The twin of {@link mockClouds}. */
  mockCloudsSync(pattern = '*'): string[] {
    return now((later) => this.#handle.mockClouds(named('pattern', pattern), later));
  }

  /** Deletes a mock cloud with its faults; says whether there was one. The next call of one of its name makes it anew. */
  async deleteMockCloud(name: string): Promise<boolean> {
    return later((later) => this.#handle.deleteMockCloud(named('mock cloud', name), later));
  }

  /** The twin of {@link deleteMockCloud}. */
  deleteMockCloudSync(name: string): boolean {
    return now((later) => this.#handle.deleteMockCloud(named('mock cloud', name), later));
  }

  /** The state of one plugin: what a host hands to it, since it reaches no other. */
  plugin(name: string): Plugin {
    return this.pluginStates().plugin(name);
  }

  /** The states of all plugins. */
  pluginStates(): PluginStates {
    return new PluginStates(this.#handle.pluginStates(), this.#registered);
  }

  /**
   * Creates a case and returns it; its first receipt is the proof.
   *
   * @throws {ConflictError} if there is one of this id.
   */
  async createCase<C extends object = { readonly [key: string]: Json }>(ctx: object = {}, options?: CaseOptions): Promise<Case<C>> {
    const call = creating(this.#handle, ctx, options);
    return new Case<C>(await later(call));
  }

  /** The twin of {@link createCase}. */
  createCaseSync<C extends object = { readonly [key: string]: Json }>(ctx: object = {}, options?: CaseOptions): Case<C> {
    return new Case<C>(now(creating(this.#handle, ctx, options)));
  }

  /**
   * A case as it was last committed, by whomever: also after a crash.
   *
   * @throws {NotFoundError} if there is none.
   */
  async case<C extends object = { readonly [key: string]: Json }>(caseId: string): Promise<Case<C>> {
    return new Case<C>(await later((later) => this.#handle.case(named('case', caseId), later)));
  }

  /** The twin of {@link case}. */
  caseSync<C extends object = { readonly [key: string]: Json }>(caseId: string): Case<C> {
    return new Case<C>(now((later) => this.#handle.case(named('case', caseId), later)));
  }

  /** The cases that match, sorted by the UTF-8 bytes of their ids. */
  async cases(options?: CaseFilter): Promise<CaseSummary[]> {
    return later(listing(this.#handle, options));
  }

  /** The twin of {@link cases}. */
  casesSync(options?: CaseFilter): CaseSummary[] {
    return now(listing(this.#handle, options));
  }

  /** The environments. */
  environments(): Environments {
    return new Environments(this.#handle.environments(), this.#locks);
  }

  /**
   * Calls a function whenever this happens through this store, after the commit, on the event loop of this thread. It does
   * not keep the process alive. What the function throws is emitted as a warning and disturbs nothing.
   *
   * @throws {InvalidValueError} for what is no event, with those there are.
   */
  on<E extends keyof StoreEvents>(event: E, callback: (event: StoreEvents[E]) => unknown): this {
    this.#events.on(event, callback);
    return this;
  }

  /** Ends that, for the function that was given last if it was given more than once. */
  off<E extends keyof StoreEvents>(event: E, callback: (event: StoreEvents[E]) => unknown): this {
    this.#events.off(event, callback);
    return this;
  }

  /**
   * Runs `fn` in a transaction, commits when it is done, and returns what it gave. What it read is checked then; if a
   * commit of somebody else has changed any of it, `fn` is run again, so it must have no other effects. The last of the
   * tries holds the write lock. An error of `fn` discards everything.
   *
   * @throws {ConflictError} when the tries are used up.
   */
  async transaction<R>(fn: (tx: Transaction) => Promise<R> | R, options?: TransactionOptions): Promise<R> {
    return run(this.#handle, this.#registered, fn, options);
  }

  /** The twin of {@link transaction}; `fn` must not be asynchronous. */
  transactionSync<R>(fn: (tx: Transaction) => R, options?: Omit<TransactionOptions, 'signal'>): R {
    return runSync(this.#handle, this.#registered, fn, options);
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

  /**
   * Watches for changes, by any process: from now on, once the promise is fulfilled, or from a revision on. To be iterated
   * over by `for await`.
   *
   * @throws {FeedLaggedError} when the journal no longer reaches back to the revision.
   */
  async watch(options?: WatchOptions): Promise<Watch> {
    const { signal, ...watching } = checked(options, WATCHING) ?? {};
    return beginWatch((later) => this.#handle.watch(watching as handles.Watching, later), signal);
  }

  /** The twin of {@link watch}. */
  watchSync(options?: Omit<WatchOptions, 'signal'>): Watch {
    const { signal, ...kinds } = WATCHING;
    const watching = checked(options, kinds) as handles.Watching | undefined;
    return new Watch(now((later) => this.#handle.watch(watching, later)));
  }

  override stats(): Stats {
    const stats = super.stats();
    const { hits, bytes } = this.#recall?.counts ?? { hits: 0, bytes: 0 };
    return { ...stats, cacheHits: stats.cacheHits + hits, cacheBytes: stats.cacheBytes + bytes };
  }

  /** Ends the use of the store; what is asked of it from now on gives ClosedError. Closing twice is no error. */
  async close(): Promise<void> {
    await this.#together?.drain();
    this.#recall?.close();
    await later((later) => this.#handle.close(later));
    this.#events.close();
  }

  /** The twin of {@link close}. */
  closeSync(): void {
    this.#together?.drainSync();
    this.#recall?.close();
    now((later) => this.#handle.close(later));
    this.#events.close();
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
