/** Transactions: changes that become visible at once, or not at all. */
import { abortable } from './abort.js';
import { NamespacedBackend, type StateBackend } from './backend.js';
import { Case } from './case.js';
import type { CaseFilter, CaseOptions, CaseSummary } from './case-types.js';
import { creating, listing } from './cases.js';
import { Environments } from './environments.js';
import type { Registered } from './migrating.js';
import { MockCloud } from './mock-cloud.js';
import { namespaceOf, type Namespace } from './namespace.js';
import { later, now, type Call, type handles } from './native.js';
import { TRANSACTION, checked, named } from './options.js';
import type { Plugin } from './plugin.js';
import { PluginStates } from './plugin-states.js';
import { refusePromise } from './steps.js';
import type { NamespaceOptions, Receipt, TransactionOptions } from './types.js';
import type { Json } from './value.js';

interface Inside {
  handle: handles.Transaction;
  /** Waits until all that was asked of the transaction is done. */
  drain(): Promise<unknown>;
  committed(receipt: Receipt): void;
}

let insideOf: (tx: Transaction) => Inside;

/**
 * What the function of {@link Store.transaction} gets. It reads from one snapshot and its own writes, and writes nothing
 * before the end. Its operations are carried out in the order in which they are asked for, awaited or not.
 */
export class Transaction extends NamespacedBackend implements StateBackend {
  readonly #handle: handles.Transaction;
  readonly #registered: Registered;
  #last: Promise<unknown> = Promise.resolve();
  #receipt: Receipt | null = null;

  static {
    insideOf = (tx) => ({
      handle: tx.#handle,
      drain: () => tx.#last,
      committed: (receipt) => {
        tx.#receipt = receipt;
      },
    });
  }

  /** @internal */
  constructor(handle: handles.Transaction, registered: Registered) {
    super();
    this.#handle = handle;
    this.#registered = registered;
  }

  /** The receipt, once it is committed; null before. */
  get receipt(): Receipt | null {
    return this.#receipt;
  }

  /** A namespace inside the transaction: the same operations as on the store. */
  namespace(name: string, options?: NamespaceOptions): Namespace {
    return namespaceOf(this, this.#handle, name, options, { ask: (call) => this.#ask(call) });
  }

  /** The state of one plugin inside the transaction: the same operations as on the store. */
  plugin(name: string): Plugin {
    return this.pluginStates().plugin(name);
  }

  /** The states of all plugins inside the transaction. */
  pluginStates(): PluginStates {
    return new PluginStates(this.#handle.pluginStates(), this.#registered, (call) => this.#ask(call));
  }

  /**
   * Creates a case and returns it; its first receipt is the proof.
   *
   * @throws {ConflictError} if there is one of this id.
   */
  async createCase<C extends object = { readonly [key: string]: Json }>(ctx: object = {}, options?: CaseOptions): Promise<Case<C>> {
    const call = creating(this.#handle, ctx, options);
    return new Case<C>(await this.#ask(call), (call) => this.#ask(call));
  }

  /** The twin of {@link createCase}. */
  createCaseSync<C extends object = { readonly [key: string]: Json }>(ctx: object = {}, options?: CaseOptions): Case<C> {
    return new Case<C>(now(creating(this.#handle, ctx, options)), (call) => this.#ask(call));
  }

  /**
   * A case as it was last committed, by whomever: also after a crash.
   *
   * @throws {NotFoundError} if there is none.
   */
  async case<C extends object = { readonly [key: string]: Json }>(caseId: string): Promise<Case<C>> {
    return new Case<C>(await this.#ask((later) => this.#handle.case(named('case', caseId), later)), (call) => this.#ask(call));
  }

  /** The twin of {@link case}. */
  caseSync<C extends object = { readonly [key: string]: Json }>(caseId: string): Case<C> {
    return new Case<C>(now((later) => this.#handle.case(named('case', caseId), later)), (call) => this.#ask(call));
  }

  /** The cases that match, sorted by the UTF-8 bytes of their ids. */
  async cases(options?: CaseFilter): Promise<CaseSummary[]> {
    return this.#ask(listing(this.#handle, options));
  }

  /** The twin of {@link cases}. */
  casesSync(options?: CaseFilter): CaseSummary[] {
    return now(listing(this.#handle, options));
  }

  /** The environments inside the transaction. Locks are taken outside of it. */
  environments(): Environments {
    return new Environments(this.#handle.environments(), new Set(), (call) => this.#ask(call));
  }

  /** A mock cloud inside the transaction: the same operations as on the store, but that the commit is what persists them. */
  mockCloud(name = 'default'): MockCloud {
    return new MockCloud(now(() => this.#handle.mockCloud(named('mock cloud', name))), (call) => this.#ask(call));
  }

  #ask<T>(call: Call<T>): Promise<T> {
    const answer = this.#last.then(() => later(call));
    this.#last = answer.catch(() => {});
    return answer;
  }

  /** Runs `fn` so that its failure undoes only what was written since. What was read stays read. */
  async savepoint<R>(fn: (tx: Transaction) => Promise<R> | R): Promise<R> {
    await this.#last;
    const mark = now(() => this.#handle.mark());
    try {
      return await fn(this);
    } catch (raised) {
      await this.#last;
      now(() => this.#handle.undoTo(mark));
      throw raised;
    }
  }

  /** The twin of {@link savepoint}. */
  savepointSync<R>(fn: (tx: Transaction) => R): R {
    const mark = now(() => this.#handle.mark());
    try {
      return refusePromise(fn(this), 'savepoint');
    } catch (raised) {
      now(() => this.#handle.undoTo(mark));
      throw raised;
    }
  }

  /** Joins this transaction: nothing but a call of `fn`. */
  async transaction<R>(fn: (tx: Transaction) => Promise<R> | R): Promise<R> {
    return fn(this);
  }

  /** The twin of {@link transaction}. */
  transactionSync<R>(fn: (tx: Transaction) => R): R {
    return refusePromise(fn(this), 'transaction');
  }
}

/** Runs a function in a transaction, and again after a conflict. */
export async function run<R>(
  store: handles.Store,
  registered: Registered,
  fn: (tx: Transaction) => Promise<R> | R,
  options?: TransactionOptions,
): Promise<R> {
  const given = checked(options, TRANSACTION);
  const signal = given?.signal;
  const attempts = now(() => store.attempts(given as handles.Running | undefined));
  for (;;) {
    signal?.throwIfAborted();
    const begun = later((later) => attempts.begin(later));
    const handle = await abortable(signal, begun, (late) => late.rollback());
    const tx = new Transaction(handle, registered);
    const { drain, committed } = insideOf(tx);
    let value: R;
    try {
      value = await fn(tx);
      await drain();
      signal?.throwIfAborted();
    } catch (raised) {
      await drain();
      handle.rollback();
      throw raised;
    }
    const receipt = await later((later) => attempts.commit(handle, later));
    if (receipt) {
      committed(receipt);
      return value;
    }
  }
}

/** The same for a function that is not asynchronous. */
export function runSync<R>(
  store: handles.Store,
  registered: Registered,
  fn: (tx: Transaction) => R,
  options?: Omit<TransactionOptions, 'signal'>,
): R {
  const { signal, ...kinds } = TRANSACTION;
  const given = checked(options, kinds);
  const attempts = now(() => store.attempts(given as handles.Running | undefined));
  for (;;) {
    const handle = now((later) => attempts.begin(later));
    const tx = new Transaction(handle, registered);
    let value: R;
    try {
      value = refusePromise(fn(tx), 'transaction');
    } catch (raised) {
      handle.rollback();
      throw raised;
    }
    const receipt = now((later) => attempts.commit(handle, later));
    if (receipt) {
      insideOf(tx).committed(receipt);
      return value;
    }
  }
}
