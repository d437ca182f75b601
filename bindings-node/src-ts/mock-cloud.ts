/** A mock cloud: the state of a provider that is none. */
import { Faults } from './faults.js';
import { shownState, stateText } from './mock-document.js';
import { exclusively, exclusivelySync } from './mock-lock.js';
import { MockResources } from './mock-resources.js';
import type { CloudState, PartialState } from './mock-types.js';
import { later, now, type handles } from './native.js';
import type { Ask } from './reading.js';
import { Scenarios } from './scenarios.js';

/**
 * A mock cloud: the state of a provider that is none, for local development and tests. One instance, SSM parameters and
 * commands, backups, costs and a stack; all that it gives are copies.
 *
 * An instance takes 2.5 s to start and to stop, by the store's clock, unless `setTransition` says otherwise. Nothing runs
 * meanwhile: whoever looks after the time is up sees that it runs. Documents that go in may be spelt in camelCase, or in
 * snake_case as they stand in files.
 */
export class MockCloud extends MockResources {
  readonly #handle: handles.MockCloud;
  readonly #ask: Ask;

  /** @internal */
  constructor(handle: handles.MockCloud, ask: Ask = later) {
    super(handle, ask);
    this.#handle = handle;
    this.#ask = ask;
  }

  /** Its name. */
  get name(): string {
    return this.#handle.name();
  }

  /** Whether it, or the store that it is of, was closed. */
  get isClosed(): boolean {
    return this.#handle.isClosed();
  }

  /** The faults of this cloud alone. Its store must have been opened with `faults: true`; a cloud that stands alone is. */
  get faults(): Faults {
    return new Faults(this.#handle.faults());
  }

  /** The scenarios that it can be put into. */
  get scenarios(): Scenarios {
    return new Scenarios(this.#handle.scenarios(), this.#ask);
  }

  /** All of the cloud: a copy. */
  async getState(): Promise<CloudState> {
    return shownState<CloudState>(await this.#ask((later) => this.#handle.getState(later)));
  }

  /** The twin of {@link getState}. */
  getStateSync(): CloudState {
    return shownState<CloudState>(now((later) => this.#handle.getState(later)));
  }

  /**
   * Goes back to the fixtures. What was to happen by itself is cancelled, and there is no scenario any more. Faults stay as they
   * are; `scenarios.reset` removes them, too.
   */
  async resetState(): Promise<void> {
    await this.#ask((later) => this.#handle.resetState(later));
  }

  /** The twin of {@link resetState}. */
  resetStateSync(): void {
    now((later) => this.#handle.resetState(later));
  }

  /**
   * Puts a part of a state over the state, section by section: parameters are merged by name and costs by period; commands,
   * backups and timers are replaced; all else merged member by member. A parameter that is null is removed. Times may be
   * relative to now (`'now-36h'`).
   *
   * @throws {InvalidValueError} with the path of what is wrong and what would be right; nothing is changed then.
   */
  async patchState(partial: PartialState): Promise<void> {
    const given = stateText(partial);
    await this.#ask((later) => this.#handle.patchState(given, later));
  }

  /** The twin of {@link patchState}. */
  patchStateSync(partial: PartialState): void {
    const given = stateText(partial);
    now((later) => this.#handle.patchState(given, later));
  }

  /**
   * Makes all that was done survive a power loss: writes the file of a cloud that has one, and flushes the store of one that is
   * in a store. Not inside a transaction, whose commit does that.
   */
  async persistNow(): Promise<void> {
    await this.#ask((later) => this.#handle.persistNow(later));
  }

  /** The twin of {@link persistNow}. */
  persistNowSync(): void {
    now((later) => this.#handle.persistNow(later));
  }

  /**
   * Runs `fn` on the cloud with nobody else in between: in this process in the order of the calls, and of other processes
   * nobody, since it holds the store's write lock. All that `fn` does is one commit; what it throws undoes all, and is thrown.
   * It has to use the cloud that it is given, since another one would wait for it for ever. One that takes longer than
   * `lockTimeoutMs` lets others in, and is run again if they have changed the cloud meanwhile.
   *
   * @throws {BusyError} when the write lock was not free in time.
   */
  async withLock<R>(fn: (cloud: MockCloud) => Promise<R> | R): Promise<R> {
    return exclusively(this.#handle, this.#ask, false, inside, fn);
  }

  /** The twin of {@link withLock}. While others wait for their turn asynchronously, it fails rather than waiting for ever. */
  withLockSync<R>(fn: (cloud: MockCloud) => R): R {
    return exclusivelySync(this.#handle, false, inside, fn);
  }

  /** As {@link withLock}, and what was done survives a power loss when it is done. */
  async withLockAndPersist<R>(fn: (cloud: MockCloud) => Promise<R> | R): Promise<R> {
    return exclusively(this.#handle, this.#ask, true, inside, fn);
  }

  /** The twin of {@link withLockAndPersist}. */
  withLockAndPersistSync<R>(fn: (cloud: MockCloud) => R): R {
    return exclusivelySync(this.#handle, true, inside, fn);
  }

  /**
   * Ends the use of a cloud that stands alone: what is not written yet is written to its file. A cloud of a store is closed
   * with the store, and not by this. Closing twice is no error.
   */
  async close(): Promise<void> {
    await this.#ask((later) => this.#handle.close(later));
  }

  /** The twin of {@link close}. */
  closeSync(): void {
    now((later) => this.#handle.close(later));
  }

  /** Closes it at the end of `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Closes it at the end of `using`. */
  [Symbol.dispose](): void {
    this.closeSync();
  }
}

const inside = (handle: handles.MockCloud, ask: Ask): MockCloud => new MockCloud(handle, ask);
