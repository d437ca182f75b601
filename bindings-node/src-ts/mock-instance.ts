/** What a mock cloud does with its instance. */
import { documentText, packedTransition, shownDocument, shownTransition } from './mock-document.js';
import type { Instance, InstanceState, Some, Transition } from './mock-types.js';
import { now, type handles } from './native.js';
import { flag, textual } from './options.js';
import type { Ask } from './reading.js';

/** What mock clouds have of instances. */
export abstract class MockInstance {
  readonly #handle: handles.MockCloud;
  readonly #ask: Ask;

  /** @internal */
  constructor(handle: handles.MockCloud, ask: Ask) {
    this.#handle = handle;
    this.#ask = ask;
  }

  /** The instance. */
  async getInstance(): Promise<Instance> {
    return shownDocument<Instance>(await this.#ask((later) => this.#handle.getInstance(later)));
  }

  /** The twin of {@link getInstance}. */
  getInstanceSync(): Instance {
    return shownDocument<Instance>(now((later) => this.#handle.getInstance(later)));
  }

  /**
   * Puts some members over those of the instance, and returns all of it. A state that is among them is set at once, with the
   * public address that goes with it, unless that is among them, too.
   *
   * @throws {InvalidValueError} with the path of what is wrong and what would be right.
   */
  async setInstance(partial: Some<Instance>): Promise<Instance> {
    const given = documentText(partial);
    return shownDocument<Instance>(await this.#ask((later) => this.#handle.setInstance(given, later)));
  }

  /** The twin of {@link setInstance}. */
  setInstanceSync(partial: Some<Instance>): Instance {
    const given = documentText(partial);
    return shownDocument<Instance>(now((later) => this.#handle.setInstance(given, later)));
  }

  /**
   * Sets the instance's state at once, and returns all of it. One that runs is given its public address; in any other state it
   * has none. What was to happen to it by itself is cancelled.
   */
  async updateInstanceState(state: InstanceState): Promise<Instance> {
    return shownDocument<Instance>(await this.#ask((later) => this.#handle.updateInstanceState(textual('state', state), later)));
  }

  /** The twin of {@link updateInstanceState}. */
  updateInstanceStateSync(state: InstanceState): Instance {
    return shownDocument<Instance>(now((later) => this.#handle.updateInstanceState(textual('state', state), later)));
  }

  /** The instance's public address; undefined if it has none. */
  async getPublicIp(): Promise<string | undefined> {
    return (await this.#ask((later) => this.#handle.getPublicIp(later))) ?? undefined;
  }

  /** The twin of {@link getPublicIp}. */
  getPublicIpSync(): string | undefined {
    return now((later) => this.#handle.getPublicIp(later)) ?? undefined;
  }

  /**
   * Sets the instance's public address, whatever its state, and has it given this one whenever it runs from now on. Null takes
   * the one away that it has.
   *
   * @throws {InvalidValueError} for what is no IP address.
   */
  async setPublicIp(address: string | null): Promise<void> {
    await this.#ask((later) => this.#handle.setPublicIp(address === null ? null : textual('address', address), later));
  }

  /** The twin of {@link setPublicIp}. */
  setPublicIpSync(address: string | null): void {
    now((later) => this.#handle.setPublicIp(address === null ? null : textual('address', address), later));
  }

  /** Whether the instance has a volume. */
  async hasVolume(): Promise<boolean> {
    return this.#ask((later) => this.#handle.hasVolume(later));
  }

  /** The twin of {@link hasVolume}. */
  hasVolumeSync(): boolean {
    return now((later) => this.#handle.hasVolume(later));
  }

  /** Gives the instance a volume, attached as `/dev/sda1`, or takes all of them away. */
  async setHasVolume(hasVolume: boolean): Promise<void> {
    await this.#ask((later) => this.#handle.setHasVolume(flag('hasVolume', hasVolume), later));
  }

  /** The twin of {@link setHasVolume}. */
  setHasVolumeSync(hasVolume: boolean): void {
    now((later) => this.#handle.setHasVolume(flag('hasVolume', hasVolume), later));
  }

  /**
   * Starts the instance and returns it as it is then: `pending`, or `running` where that takes no time. One that is or will be
   * running is left alone.
   *
   * @throws {InvalidTransitionError} in a state from which it can't be started.
   */
  async startInstance(): Promise<Instance> {
    return shownDocument<Instance>(await this.#ask((later) => this.#handle.startInstance(later)));
  }

  /** The twin of {@link startInstance}. */
  startInstanceSync(): Instance {
    return shownDocument<Instance>(now((later) => this.#handle.startInstance(later)));
  }

  /**
   * Stops the instance and returns it as it is then: `stopping`, or `stopped` where that takes no time. One that is or will be
   * stopped is left alone.
   *
   * @throws {InvalidTransitionError} in a state from which it can't be stopped.
   */
  async stopInstance(): Promise<Instance> {
    return shownDocument<Instance>(await this.#ask((later) => this.#handle.stopInstance(later)));
  }

  /** The twin of {@link stopInstance}. */
  stopInstanceSync(): Instance {
    return shownDocument<Instance>(now((later) => this.#handle.stopInstance(later)));
  }

  /**
   * Ends a start or a stop that is under way, now; says whether there was one. The only way on where transitions are
   * `'manual'`.
   */
  async completeTransition(): Promise<boolean> {
    return this.#ask((later) => this.#handle.completeTransition(later));
  }

  /** The twin of {@link completeTransition}. */
  completeTransitionSync(): boolean {
    return now((later) => this.#handle.completeTransition(later));
  }

  /** How long starting and stopping take. */
  async getTransition(): Promise<Transition> {
    return shownTransition(await this.#ask((later) => this.#handle.getTransition(later)));
  }

  /** The twin of {@link getTransition}. */
  getTransitionSync(): Transition {
    return shownTransition(now((later) => this.#handle.getTransition(later)));
  }

  /** Sets how long starting and stopping take from now on. */
  async setTransition(transition: Transition): Promise<void> {
    const given = packedTransition(transition);
    await this.#ask((later) => this.#handle.setTransition(given, later));
  }

  /** The twin of {@link setTransition}. */
  setTransitionSync(transition: Transition): void {
    const given = packedTransition(transition);
    now((later) => this.#handle.setTransition(given, later));
  }
}
