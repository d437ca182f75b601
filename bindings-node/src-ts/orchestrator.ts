/** Commands on environments: lock, transition, work, transition, unlock. */
import { EnvironmentRecord } from './environment.js';
import { whileLocked } from './environment-lock.js';
import type { EnvironmentCommand, FailureKind, LockOptions } from './environment-types.js';
import { insideOf, type Environments } from './environments.js';
import { later, now, type handles } from './native.js';
import { COMMAND, COMMAND_LOCK, checked, named, reasonOf, refuse, shown } from './options.js';
import { ask, atOnce, byPromises, run, type Steps } from './steps.js';
import type { Storable } from './types.js';
import { encode, type Json } from './value.js';

/** What the function of a command gets: how to tell how far it has come. */
export class CommandProgress<D = Json> {
  readonly #handle: handles.Run;
  readonly #environments: Environments;

  /** @internal */
  constructor(handle: handles.Run, environments: Environments) {
    this.#handle = handle;
    this.#environments = environments;
  }

  /** The environment, as it was last written. */
  get record(): EnvironmentRecord<D> {
    return new EnvironmentRecord<D>(now(() => this.#handle.record()), this.#environments);
  }

  /** The number of the grant of its lock, for what is outside to refuse those who come late. */
  get fencing(): number {
    return now(() => this.#handle.fencing());
  }

  /** Notes a step, for those who find the command interrupted; a failure names the last one. */
  async step(step: string): Promise<void> {
    await later((later) => this.#handle.step(named('step', step), later));
  }

  /** The twin of {@link step}. */
  stepSync(step: string): void {
    now((later) => this.#handle.step(named('step', step), later));
  }

  /** What the data is to be when the command has ended, well or badly. */
  setData(data: Storable): void {
    now(() => this.#handle.setData(encode(data)));
  }
}

/**
 * The work of a command. When it throws, the command has failed: an error may say the `kind` of the failure, and carry a
 * `traceFile` and `details`.
 */
export type Work<D = Json> = (progress: CommandProgress<D>) => unknown;

const KINDS: ReadonlySet<unknown> = new Set<FailureKind>([
  'template_rendering',
  'infrastructure_operation',
  'network_connectivity',
  'command_execution',
  'timeout',
  'file_system',
  'configuration',
  'state_persistence',
  'other',
]);

const PROVISION: EnvironmentCommand = { inProgress: 'provisioning', success: 'provisioned', error: 'provision_failed' };
const CONFIGURE: EnvironmentCommand = { inProgress: 'configuring', success: 'configured', error: 'configure_failed' };
const RELEASE: EnvironmentCommand = { inProgress: 'releasing', success: 'released', error: 'release_failed' };
const START: EnvironmentCommand = { inProgress: 'running', success: 'running', error: 'run_failed' };

/** How the lock of a command is taken. */
type CommandLock = Omit<LockOptions, 'reentrant'>;

/**
 * Runs commands on environments: takes the lock, goes to the state of the command, calls the function, goes to the state of
 * its success or failure, and releases the lock; each is kept at once. What the function throws comes out as it is, after
 * the failure was kept. If how it ended can't be kept, that error comes out, with what the function threw as its `cause`.
 */
export class Orchestrator {
  readonly #environments: Environments;
  readonly #locking: CommandLock;

  /** On environments of a store; the options are those of the lock. */
  constructor(environments: Environments, options?: CommandLock) {
    this.#environments = environments;
    this.#locking = { ...checked(options, COMMAND_LOCK) };
  }

  /** Runs a command and returns the record in the state of its success. */
  async run<D = Json>(name: string, command: EnvironmentCommand, fn: Work<D>): Promise<EnvironmentRecord<D>> {
    const begin = this.#begin(name, command, fn);
    const handle = await whileLocked(begin, this.#locking.timeoutMs);
    return byPromises(this.#work(handle, fn), later);
  }

  /** The twin of {@link run}; the function must not be asynchronous. */
  runSync<D = Json>(name: string, command: EnvironmentCommand, fn: Work<D>): EnvironmentRecord<D> {
    return atOnce(this.#work(now(this.#begin(name, command, fn)), fn), 'run');
  }

  #begin(name: string, command: EnvironmentCommand, fn: unknown) {
    if (typeof fn !== 'function') refuse('fn', `it must be a function, not ${shown(fn)}`);
    const { handle } = insideOf(this.#environments);
    const commanding = checked(command, COMMAND) as handles.Commanding;
    for (const state of ['inProgress', 'success', 'error'] as const) named('state', commanding[state]);
    const locking = this.#locking as handles.Locking;
    return (later: boolean) => handle.beginRun(named('environment', name), commanding, locking, later);
  }

  *#work<D>(handle: handles.Run, fn: Work<D>): Steps<EnvironmentRecord<D>> {
    try {
      yield* run(() => fn(new CommandProgress<D>(handle, this.#environments)));
    } catch (cause) {
      try {
        yield* ask((later) => handle.fail(problemOf(cause), later));
      } catch (unsaved) {
        throw Object.assign(unsaved as Error, { cause });
      }
      throw cause;
    }
    return new EnvironmentRecord<D>(yield* ask((later) => handle.succeed(later)), this.#environments);
  }

  /** Runs a command from `created`, or again from `provision_failed`, to `provisioned`: {@link run}. */
  async provision<D = Json>(name: string, fn: Work<D>): Promise<EnvironmentRecord<D>> {
    return this.run(name, PROVISION, fn);
  }

  /** The twin of {@link provision}. */
  provisionSync<D = Json>(name: string, fn: Work<D>): EnvironmentRecord<D> {
    return this.runSync(name, PROVISION, fn);
  }

  /** Runs a command from `provisioned`, or again from `configure_failed`, to `configured`: {@link run}. */
  async configure<D = Json>(name: string, fn: Work<D>): Promise<EnvironmentRecord<D>> {
    return this.run(name, CONFIGURE, fn);
  }

  /** The twin of {@link configure}. */
  configureSync<D = Json>(name: string, fn: Work<D>): EnvironmentRecord<D> {
    return this.runSync(name, CONFIGURE, fn);
  }

  /** Runs a command from `configured`, or again from `release_failed`, to `released`: {@link run}. */
  async release<D = Json>(name: string, fn: Work<D>): Promise<EnvironmentRecord<D>> {
    return this.run(name, RELEASE, fn);
  }

  /** The twin of {@link release}. */
  releaseSync<D = Json>(name: string, fn: Work<D>): EnvironmentRecord<D> {
    return this.runSync(name, RELEASE, fn);
  }

  /** Goes from `released` to `running` and runs a command there; if it fails, to `run_failed`: {@link run}. */
  async start<D = Json>(name: string, fn: Work<D>): Promise<EnvironmentRecord<D>> {
    return this.run(name, START, fn);
  }

  /** The twin of {@link start}. */
  startSync<D = Json>(name: string, fn: Work<D>): EnvironmentRecord<D> {
    return this.runSync(name, START, fn);
  }
}

function problemOf(raised: unknown): handles.ProblemFields {
  const { kind, traceFile, details } = (typeof raised === 'object' ? raised : null) ?? ({} as any);
  const problem: handles.ProblemFields = {
    kind: KINDS.has(kind) ? (kind as string) : 'other',
    summary: reasonOf(raised) || 'it failed without a message',
  };
  if (typeof traceFile === 'string') problem.traceFile = traceFile;
  const text = details === undefined ? undefined : asText(details);
  if (text !== undefined) problem.details = text;
  return problem;
}

/** Details that can't be kept must not keep the failure from being kept. */
function asText(details: unknown): string | undefined {
  try {
    return encode(details);
  } catch {
    return undefined;
  }
}
