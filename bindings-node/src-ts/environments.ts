/** The environments of a store or of a transaction. */
import { EnvironmentRecord, handleOf, shownFailure, type Home } from './environment.js';
import { EnvironmentLock, takeLock, takeLockSync, type Held } from './environment-lock.js';
import type {
  EnvironmentFilter,
  EnvironmentState,
  HistoryEntry,
  InterruptedEnvironment,
  LockInfo,
  LockOptions,
  TransitionOptions,
} from './environment-types.js';
import { Lifecycles } from './lifecycle.js';
import { later, now, type handles } from './native.js';
import { AT, CREATING_ENVIRONMENT, ENVIRONMENTS, FAILURE, TRANSITION, checked, named, refuse } from './options.js';
import type { Ask } from './reading.js';
import type { Storable } from './types.js';
import { encode, type Json } from './value.js';

/** What the classes of this package may see of environments and others may not. */
export let insideOf: (environments: Environments) => { handle: handles.Environments; ask: Ask };

/**
 * The environments of a store or of a transaction: a record each, with a history and a lock. Each change is checked against
 * the environment's lifecycle, kept in its history, and told by the event `environment.transition`.
 */
export class Environments extends Lifecycles implements Home {
  readonly #handle: handles.Environments;
  readonly #held: Held;
  readonly #ask: Ask;

  static {
    insideOf = (environments) => ({ handle: environments.#handle, ask: environments.#ask });
  }

  /** @internal */
  constructor(handle: handles.Environments, held: Held, ask: Ask = later) {
    super(handle, ask);
    this.#handle = handle;
    this.#held = held;
    this.#ask = ask;
  }

  /** The same for the holder of a lock: what is written through them is written only while the lock has this token. */
  withToken(token: string): Environments {
    return new Environments(this.#handle.withToken(named('token', token)), this.#held, this.#ask);
  }

  #record<D>(handle: handles.EnvironmentRecord): EnvironmentRecord<D> {
    return new EnvironmentRecord<D>(handle, this);
  }

  /**
   * Creates an environment in the initial state of its lifecycle: `deployment`, unless the options name another.
   *
   * @throws {ConflictError} if the name is taken.
   * @throws {NotFoundError} for a lifecycle that is not registered.
   */
  async create<D = Json>(name: string, data: Storable, options?: CreateOptions): Promise<EnvironmentRecord<D>> {
    const [text, lifecycle] = [encode(data), checked(options, CREATING_ENVIRONMENT)?.lifecycle];
    return this.#record(await this.#ask((later) => this.#handle.create(named('environment', name), text, lifecycle, later)));
  }

  /** The twin of {@link create}. */
  createSync<D = Json>(name: string, data: Storable, options?: CreateOptions): EnvironmentRecord<D> {
    const [text, lifecycle] = [encode(data), checked(options, CREATING_ENVIRONMENT)?.lifecycle];
    return this.#record(now((later) => this.#handle.create(named('environment', name), text, lifecycle, later)));
  }

  /**
   * The record of an environment.
   *
   * @throws {NotFoundError} if there is none.
   */
  async load<D = Json>(name: string): Promise<EnvironmentRecord<D>> {
    return this.#record(await this.#ask((later) => this.#handle.load(named('environment', name), later)));
  }

  /** The twin of {@link load}. */
  loadSync<D = Json>(name: string): EnvironmentRecord<D> {
    return this.#record(now((later) => this.#handle.load(named('environment', name), later)));
  }

  /** The record of an environment; null if there is none. */
  async find<D = Json>(name: string): Promise<EnvironmentRecord<D> | null> {
    const found = await this.#ask((later) => this.#handle.find(named('environment', name), later));
    return found ? this.#record(found) : null;
  }

  /** The twin of {@link find}. */
  findSync<D = Json>(name: string): EnvironmentRecord<D> | null {
    const found = now((later) => this.#handle.find(named('environment', name), later));
    return found ? this.#record(found) : null;
  }

  /** Whether there is an environment of this name. */
  async exists(name: string): Promise<boolean> {
    return this.#ask((later) => this.#handle.exists(named('environment', name), later));
  }

  /** The twin of {@link exists}. */
  existsSync(name: string): boolean {
    return now((later) => this.#handle.exists(named('environment', name), later));
  }

  /** The environments that match, in the order of their names. */
  async list<D = Json>(options?: EnvironmentFilter): Promise<EnvironmentRecord<D>[]> {
    const listing = checked(options, ENVIRONMENTS) as handles.EnvironmentListing | undefined;
    return (await this.#ask((later) => this.#handle.list(listing, later))).map((found) => this.#record(found));
  }

  /** The twin of {@link list}. */
  listSync<D = Json>(options?: EnvironmentFilter): EnvironmentRecord<D>[] {
    const listing = checked(options, ENVIRONMENTS) as handles.EnvironmentListing | undefined;
    return now((later) => this.#handle.list(listing, later)).map((found) => this.#record(found));
  }

  /**
   * Saves the data of a record and returns the record with its new revision.
   *
   * @throws {ConflictError} with both revisions if somebody else has written it since it was read: load it again.
   * @throws {LockedError} while somebody else holds the lock, here as in all that writes.
   */
  async save<D = Json>(environment: EnvironmentRecord<D>): Promise<EnvironmentRecord<D>> {
    const [handle, text] = [recordOf(environment), encode(environment.data)];
    return this.#record(await this.#ask((later) => this.#handle.save(handle, text, later)));
  }

  /** The twin of {@link save}. */
  saveSync<D = Json>(environment: EnvironmentRecord<D>): EnvironmentRecord<D> {
    const [handle, text] = [recordOf(environment), encode(environment.data)];
    return this.#record(now((later) => this.#handle.save(handle, text, later)));
  }

  /**
   * Takes an environment to another state of its lifecycle and returns its record.
   *
   * @throws {InvalidTransitionError} that names what is allowed.
   * @throws {InvalidValueError} for an error state without a failure, or a failure without an error state.
   */
  async transition<D = Json>(name: string, to: EnvironmentState, options?: TransitionOptions): Promise<EnvironmentRecord<D>> {
    const transitioning = packTransition(options);
    const given = [named('environment', name), named('state', to)] as const;
    return this.#record(await this.#ask((later) => this.#handle.transition(...given, transitioning, later)));
  }

  /** The twin of {@link transition}. */
  transitionSync<D = Json>(name: string, to: EnvironmentState, options?: TransitionOptions): EnvironmentRecord<D> {
    const transitioning = packTransition(options);
    const given = [named('environment', name), named('state', to)] as const;
    return this.#record(now((later) => this.#handle.transition(...given, transitioning, later)));
  }

  /** Notes a step of the command under way, for those who find it interrupted, and returns the record. */
  async setStep<D = Json>(name: string, step: string): Promise<EnvironmentRecord<D>> {
    return this.#record(await this.#ask((later) => this.#handle.setStep(named('environment', name), named('step', step), later)));
  }

  /** The twin of {@link setStep}. */
  setStepSync<D = Json>(name: string, step: string): EnvironmentRecord<D> {
    return this.#record(now((later) => this.#handle.setStep(named('environment', name), named('step', step), later)));
  }

  /**
   * Sets the state right by hand, to any state of the lifecycle; the history has it as a recovery, with the note that says
   * why. Of an error state it keeps the failure that was there, or makes one of the note.
   */
  async recover<D = Json>(name: string, to: EnvironmentState, note: string): Promise<EnvironmentRecord<D>> {
    const given = [named('environment', name), named('state', to), named('note', note)] as const;
    return this.#record(await this.#ask((later) => this.#handle.recover(...given, later)));
  }

  /** The twin of {@link recover}. */
  recoverSync<D = Json>(name: string, to: EnvironmentState, note: string): EnvironmentRecord<D> {
    return this.#record(now((later) => this.#handle.recover(named('environment', name), named('state', to), named('note', note), later)));
  }

  /** Deletes the record of an environment and frees its lock; returns whether there was one. Its history stays. */
  async delete(name: string): Promise<boolean> {
    return this.#ask((later) => this.#handle.delete(named('environment', name), later));
  }

  /** The twin of {@link delete}. */
  deleteSync(name: string): boolean {
    return now((later) => this.#handle.delete(named('environment', name), later));
  }

  /**
   * What has happened to environments of this name, in order.
   *
   * @throws {NotFoundError} if nothing has.
   */
  async history<D = Json>(name: string): Promise<HistoryEntry<D>[]> {
    const found = await this.#ask((later) => this.#handle.history(named('environment', name), later));
    return found.map((entry) => this.#entry(entry));
  }

  /** The twin of {@link history}. */
  historySync<D = Json>(name: string): HistoryEntry<D>[] {
    return now((later) => this.#handle.history(named('environment', name), later)).map((entry) => this.#entry(entry));
  }

  #entry<D>({ from, to, note, failure, spentMs, record, ...rest }: handles.HistoryEntry): HistoryEntry<D> {
    return {
      ...rest,
      from: from ?? null,
      to: to ?? null,
      note: note ?? null,
      failure: failure ? shownFailure(failure) : null,
      spentMs: spentMs ?? null,
      record: record ? this.#record(record) : null,
    } as HistoryEntry<D>;
  }

  /** The record of an environment as it was at a revision or a time; null if there was none then. */
  async at<D = Json>(name: string, options: Moment): Promise<EnvironmentRecord<D> | null> {
    const moment = momentOf(options);
    const found = await this.#ask((later) => this.#handle.at(named('environment', name), moment, later));
    return found ? this.#record(found) : null;
  }

  /** The twin of {@link at}. */
  atSync<D = Json>(name: string, options: Moment): EnvironmentRecord<D> | null {
    const found = now((later) => this.#handle.at(named('environment', name), momentOf(options), later));
    return found ? this.#record(found) : null;
  }

  /** The environments in whose state a command is under way, but that nobody works on any more. */
  async interrupted<D = Json>(): Promise<InterruptedEnvironment<D>[]> {
    return (await this.#ask((later) => this.#handle.interrupted(later))).map((found) => this.#interrupted(found));
  }

  /** The twin of {@link interrupted}. */
  interruptedSync<D = Json>(): InterruptedEnvironment<D>[] {
    return now((later) => this.#handle.interrupted(later)).map((found) => this.#interrupted(found));
  }

  #interrupted<D>({ record, holder }: handles.InterruptedEnvironment): InterruptedEnvironment<D> {
    return { record: this.#record(record), holder: holder ? shownLock(holder) : null };
  }

  /**
   * Takes the lock of an environment, which one holder at a time has, over processes and languages. It is released by
   * `release()`, at the end of `await using`, and when the process ends.
   *
   * @throws {LockedError} that names the holder, when the time is up.
   */
  async lock(name: string, options?: LockOptions & { readonly signal?: AbortSignal | undefined }): Promise<EnvironmentLock> {
    return takeLock(this.#handle, this, this.#held, named('environment', name), options);
  }

  /** The twin of {@link lock}; its wait can't be ended by a signal. */
  lockSync(name: string, options?: LockOptions): EnvironmentLock {
    return takeLockSync(this.#handle, this, this.#held, named('environment', name), options);
  }

  /** Who has the lock, or had it last; null if nobody ever had. */
  async lockInfo(name: string): Promise<LockInfo | null> {
    const found = await this.#ask((later) => this.#handle.lockInfo(named('environment', name), later));
    return found ? shownLock(found) : null;
  }

  /** The twin of {@link lockInfo}. */
  lockInfoSync(name: string): LockInfo | null {
    const found = now((later) => this.#handle.lockInfo(named('environment', name), later));
    return found ? shownLock(found) : null;
  }

  /**
   * Frees the lock of another, whom it names by the token that {@link lockInfo} tells.
   *
   * @throws {NotFoundError} if it is free.
   * @throws {ConflictError} if another has it by now.
   */
  async forceUnlock(name: string, token: string): Promise<void> {
    await this.#ask((later) => this.#handle.forceUnlock(named('environment', name), named('token', token), later));
  }

  /** The twin of {@link forceUnlock}. */
  forceUnlockSync(name: string, token: string): void {
    now((later) => this.#handle.forceUnlock(named('environment', name), named('token', token), later));
  }
}

interface CreateOptions {
  /** The lifecycle that it follows; `deployment` if it is left out. */
  readonly lifecycle?: string | undefined;
}

/** A moment: one of both. */
interface Moment {
  /** After the commit with this revision. */
  readonly revision?: number | undefined;
  /** At this time, in milliseconds since 1970. */
  readonly timeMs?: number | undefined;
}

function momentOf(options: Moment): handles.AtRevision | handles.AtTime {
  const { revision, timeMs } = checked(options, AT) ?? {};
  if (typeof revision === 'number' && typeof timeMs !== 'number') return { revision };
  if (typeof timeMs === 'number' && typeof revision !== 'number') return { timeMs };
  return refuse('options', 'there must be a revision or a timeMs, and not both');
}

function packTransition(options: TransitionOptions | undefined): handles.Transitioning {
  const { failure, ...rest } = checked(options, TRANSITION) ?? {};
  const { details, ...told } = checked(failure ?? undefined, FAILURE) ?? {};
  const packed = details === undefined ? told : { ...told, details: encode(details, '$.details') };
  return { ...rest, ...(failure ? { failure: packed } : {}) } as handles.Transitioning;
}

function recordOf(record: EnvironmentRecord<any>): handles.EnvironmentRecord {
  return handleOf(record) ?? refuse('record', 'it must be a record that was loaded, such as load() gives');
}

function shownLock(info: handles.LockInfo): LockInfo {
  const { token, purpose, ttlMs, expiresAtMs, ...rest } = info;
  return { ...rest, token: token ?? null, purpose: purpose ?? null, ttlMs: ttlMs ?? null, expiresAtMs: expiresAtMs ?? null };
}
