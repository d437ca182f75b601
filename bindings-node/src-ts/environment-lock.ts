/** Locks of environments, and waiting for them. */
import { pause } from './abort.js';
import type { Environments } from './environments.js';
import type { EnvironmentRecord } from './environment.js';
import type { EnvironmentState, LockOptions, TransitionOptions } from './environment-types.js';
import { LockedError } from './errors.js';
import { later, now, type Call, type handles } from './native.js';
import { LOCKING, checked } from './options.js';
import type { Json } from './value.js';

/**
 * The locks that a store holds. A lock is released when the last who knows of it lets go of it, and that must not be the
 * garbage collector: who holds a lock need not touch it before the end.
 */
export type Held = Set<handles.EnvironmentLock>;

/** How long a waiter waits between two looks, and at most if it says nothing else. */
const LOOK_EVERY_MS = 7;
const TIMEOUT_MS = 10_000;

/** The lock of an environment, held until it is released, at the end of `await using` at the latest if it is declared so. */
export class EnvironmentLock {
  /** The environment. */
  readonly name: string;
  /** Names this grant, for `withToken` and `forceUnlock`. */
  readonly token: string;
  /** The number of the grant. It only rises, so that what is outside can refuse those who come late. */
  readonly fencing: number;
  readonly #environments: Environments;
  readonly #handle: handles.EnvironmentLock;
  readonly #held: Held;

  /** @internal */
  constructor(handle: handles.EnvironmentLock, environments: Environments, held: Held) {
    this.name = handle.name();
    this.token = handle.token();
    this.fencing = handle.fencing();
    this.#environments = environments.withToken(this.token);
    this.#handle = handle;
    this.#held = held;
    held.add(handle);
  }

  /** Whether it is still held: neither released, nor lost because its lease was over or it was freed by force. */
  async isHeld(): Promise<boolean> {
    return later((later) => this.#handle.isHeld(later));
  }

  /** The twin of {@link isHeld}. */
  isHeldSync(): boolean {
    return now((later) => this.#handle.isHeld(later));
  }

  /** The environments for the holder: what is written through them is written only while the lock is held. */
  environments(): Environments {
    return this.#environments;
  }

  /** The record of the environment. */
  async load<D = Json>(): Promise<EnvironmentRecord<D>> {
    return this.#environments.load(this.name);
  }

  /** The twin of {@link load}. */
  loadSync<D = Json>(): EnvironmentRecord<D> {
    return this.#environments.loadSync(this.name);
  }

  /** Takes the environment to another state of its lifecycle: {@link Environments.transition}. */
  async transition<D = Json>(to: EnvironmentState, options?: TransitionOptions): Promise<EnvironmentRecord<D>> {
    return this.#environments.transition(this.name, to, options);
  }

  /** The twin of {@link transition}. */
  transitionSync<D = Json>(to: EnvironmentState, options?: TransitionOptions): EnvironmentRecord<D> {
    return this.#environments.transitionSync(this.name, to, options);
  }

  /** Saves the data of a record: {@link Environments.save}. */
  async save<D = Json>(environment: EnvironmentRecord<D>): Promise<EnvironmentRecord<D>> {
    return this.#environments.save(environment);
  }

  /** The twin of {@link save}. */
  saveSync<D = Json>(environment: EnvironmentRecord<D>): EnvironmentRecord<D> {
    return this.#environments.saveSync(environment);
  }

  /** Notes a step of the command under way. */
  async setStep<D = Json>(step: string): Promise<EnvironmentRecord<D>> {
    return this.#environments.setStep(this.name, step);
  }

  /** The twin of {@link setStep}. */
  setStepSync<D = Json>(step: string): EnvironmentRecord<D> {
    return this.#environments.setStepSync(this.name, step);
  }

  /** Releases it and returns whether it was still held. Releasing twice is no error. */
  async release(): Promise<boolean> {
    const was = await later((later) => this.#handle.release(later));
    this.#held.delete(this.#handle);
    return was;
  }

  /** The twin of {@link release}. */
  releaseSync(): boolean {
    const was = now((later) => this.#handle.release(later));
    this.#held.delete(this.#handle);
    return was;
  }

  /** Releases it at the end of `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  /** Releases it at the end of `using`. */
  [Symbol.dispose](): void {
    this.releaseSync();
  }
}

export async function takeLock(
  handle: handles.Environments,
  environments: Environments,
  held: Held,
  name: string,
  options: (LockOptions & { readonly signal?: AbortSignal | undefined }) | undefined,
): Promise<EnvironmentLock> {
  const { signal, ...locking } = checked(options, { ...LOCKING, signal: 'signal' }) ?? {};
  const call: Call<handles.EnvironmentLock> = (later) => handle.lock(name, locking as handles.Locking, later);
  return new EnvironmentLock(await whileLocked(call, locking.timeoutMs, signal), environments, held);
}

export function takeLockSync(
  handle: handles.Environments,
  environments: Environments,
  held: Held,
  name: string,
  options: LockOptions | undefined,
): EnvironmentLock {
  const locking = checked(options, LOCKING) as handles.Locking | undefined;
  return new EnvironmentLock(now((later) => handle.lock(name, locking, later)), environments, held);
}

/** Asks again and again while it is locked. No thread waits meanwhile, which those who write would miss. */
export async function whileLocked<T>(
  call: Call<T>,
  timeoutMs: number = TIMEOUT_MS,
  signal?: AbortSignal | undefined,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await later(call);
    } catch (raised) {
      if (!(raised instanceof LockedError) || !(performance.now() < end)) throw raised;
    }
    await pause(Math.min(LOOK_EVERY_MS, end - performance.now()), signal);
  }
}
