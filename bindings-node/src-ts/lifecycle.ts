/** Lifecycles: which states there are, and which transitions between them. */
import type { LifecycleDefinition } from './environment-types.js';
import { now, type handles } from './native.js';
import { named } from './options.js';
import type { Ask } from './reading.js';
import { decode, encode } from './value.js';

/** A lifecycle, as the store checks by it. */
export class Lifecycle implements LifecycleDefinition {
  readonly name: string;
  /** The states. */
  readonly states: readonly string[];
  /** The one in which an environment is created. */
  readonly initial: string;
  /** Those after which nothing follows by itself. */
  readonly terminal: readonly string[];
  /** Those that a failure leads to. */
  readonly errors: readonly string[];
  /** Those in which a command is under way. */
  readonly inProgress: readonly string[];
  /** The pairs of states that a transition leads from and to. */
  readonly transitions: ReadonlyArray<readonly [from: string, to: string]>;

  /** @internal */
  constructor(definition: Required<LifecycleDefinition>) {
    this.name = definition.name;
    this.states = definition.states;
    this.initial = definition.initial;
    this.terminal = definition.terminal as readonly string[];
    this.errors = definition.errors as readonly string[];
    this.inProgress = definition.inProgress as readonly string[];
    this.transitions = definition.transitions;
  }

  /** Where it may go from a state. */
  allowed(state: string): string[] {
    return this.transitions.filter(([from]) => from === state).map(([, to]) => to);
  }

  /** Whether a command is under way in a state. */
  isInProgress(state: string): boolean {
    return this.inProgress.includes(state);
  }

  /** Whether it is a state that comes not of a failure. */
  isSuccessState(state: string): boolean {
    return this.states.includes(state) && !this.isErrorState(state);
  }

  /** Whether it is a state after a failure. */
  isErrorState(state: string): boolean {
    return this.errors.includes(state);
  }

  /** Whether nothing is under way in a state and nothing follows by itself. */
  isTerminalState(state: string): boolean {
    return this.terminal.includes(state);
  }
}

/** What environments have of lifecycles. */
export abstract class Lifecycles {
  readonly #handle: handles.Environments;
  readonly #ask: Ask;

  /** @internal */
  constructor(handle: handles.Environments, ask: Ask) {
    this.#handle = handle;
    this.#ask = ask;
  }

  /**
   * Registers a lifecycle, so that every process and language checks by it. The same definition once more is no error.
   *
   * @throws {ValidationError} with every rule that it breaks.
   * @throws {ConflictError} if environments follow another one of this name.
   */
  async registerLifecycle(lifecycle: LifecycleDefinition): Promise<void> {
    const text = packLifecycle(lifecycle);
    await this.#ask((later) => this.#handle.registerLifecycle(text, later));
  }

  /** The twin of {@link registerLifecycle}. */
  registerLifecycleSync(lifecycle: LifecycleDefinition): void {
    now((later) => this.#handle.registerLifecycle(packLifecycle(lifecycle), later));
  }

  /**
   * A lifecycle that is registered, or built in.
   *
   * @throws {NotFoundError} if there is none of this name.
   */
  async lifecycle(name: string): Promise<Lifecycle> {
    return shownLifecycle(await this.#ask((later) => this.#handle.lifecycle(named('lifecycle', name), later)));
  }

  /** The twin of {@link lifecycle}. */
  lifecycleSync(name: string): Lifecycle {
    return shownLifecycle(now((later) => this.#handle.lifecycle(named('lifecycle', name), later)));
  }

  /** All lifecycles, in the order of their names. */
  async lifecycles(): Promise<Lifecycle[]> {
    return (await this.#ask((later) => this.#handle.lifecycles(later))).map(shownLifecycle);
  }

  /** The twin of {@link lifecycles}. */
  lifecyclesSync(): Lifecycle[] {
    return now((later) => this.#handle.lifecycles(later)).map(shownLifecycle);
  }
}

function packLifecycle(lifecycle: LifecycleDefinition): string {
  const { inProgress, ...rest } = lifecycle ?? {};
  const members = Object.entries({ ...rest, in_progress: inProgress }).filter(([, value]) => value !== undefined);
  return encode(Object.fromEntries(members));
}

function shownLifecycle(text: string): Lifecycle {
  const { in_progress: inProgress, ...rest } = decode(text) as { readonly [member: string]: any };
  return new Lifecycle({ ...rest, inProgress } as unknown as Required<LifecycleDefinition>);
}
