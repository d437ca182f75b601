/** Scenarios: named presets of a mock cloud. */
import { now, type handles } from './native.js';
import { named } from './options.js';
import type { Ask } from './reading.js';
import type { Scenario, ScenarioInfo } from './scenario-types.js';
import { decode, encode } from './value.js';

/** The scenarios that a mock cloud can be put into: those that are built in, and those that were saved in its store. */
export class Scenarios {
  readonly #handle: handles.Scenarios;
  readonly #ask: Ask;

  /** @internal */
  constructor(handle: handles.Scenarios, ask: Ask) {
    this.#handle = handle;
    this.#ask = ask;
  }

  /** Those that there are: the built-in ones, then those that were saved. */
  async list(): Promise<ScenarioInfo[]> {
    return this.#ask((later) => this.#handle.list(later));
  }

  /** The twin of {@link list}. */
  listSync(): ScenarioInfo[] {
    return now((later) => this.#handle.list(later));
  }

  /**
   * The document of a scenario.
   *
   * @throws {NotFoundError} that lists the names that there are.
   */
  async get(name: string): Promise<Scenario> {
    return shown(await this.#ask((later) => this.#handle.get(named('scenario', name), later)));
  }

  /** The twin of {@link get}. */
  getSync(name: string): Scenario {
    return shown(now((later) => this.#handle.get(named('scenario', name), later)));
  }

  /**
   * Puts the cloud into a scenario: a reset, then its state and its faults, in place of all earlier ones of this cloud.
   *
   * @throws {NotFoundError} that lists the names that there are.
   * @throws {InvalidValueError} for one with faults or a latency, where the store was opened without.
   */
  async apply(name: string): Promise<void> {
    await this.#ask((later) => this.#handle.apply(named('scenario', name), later));
  }

  /** The twin of {@link apply}. */
  applySync(name: string): void {
    now((later) => this.#handle.apply(named('scenario', name), later));
  }

  /**
   * Saves a scenario in the store, for all clouds of it, in place of an earlier one of its name.
   *
   * @throws {InvalidValueError} with the path of what is wrong and what would be right.
   * @throws {InvalidNameError} for the name of a built-in one.
   */
  async save(document: Scenario): Promise<void> {
    const text = encode(document);
    await this.#ask((later) => this.#handle.save(text, later));
  }

  /** The twin of {@link save}. */
  saveSync(document: Scenario): void {
    now((later) => this.#handle.save(encode(document), later));
  }

  /** Deletes one that was saved; says whether there was one. The clouds that are in it stay so. */
  async delete(name: string): Promise<boolean> {
    return this.#ask((later) => this.#handle.delete(named('scenario', name), later));
  }

  /** The twin of {@link delete}. */
  deleteSync(name: string): boolean {
    return now((later) => this.#handle.delete(named('scenario', name), later));
  }

  /** The scenario that was applied last; undefined if there is none since a reset. */
  async current(): Promise<string | undefined> {
    return (await this.#ask((later) => this.#handle.current(later))) ?? undefined;
  }

  /** The twin of {@link current}. */
  currentSync(): string | undefined {
    return now((later) => this.#handle.current(later)) ?? undefined;
  }

  /** Goes back to the fixtures, without any fault of this cloud. */
  async reset(): Promise<void> {
    await this.#ask((later) => this.#handle.reset(later));
  }

  /** The twin of {@link reset}. */
  resetSync(): void {
    now((later) => this.#handle.reset(later));
  }
}

function shown(text: string): Scenario {
  return decode(text) as unknown as Scenario;
}
