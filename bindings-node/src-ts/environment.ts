/** The record of one environment. */
import type { handles } from './native.js';
import { WAY, checked } from './options.js';
import type { EnvironmentState, Failure, FailureOptions, RecoveryGuide, TransitionOptions } from './environment-types.js';
import { decode, type Json } from './value.js';

/** What a record's methods go through. */
export interface Home {
  transition<D>(name: string, to: string, options?: TransitionOptions): Promise<EnvironmentRecord<D>>;
  transitionSync<D>(name: string, to: string, options?: TransitionOptions): EnvironmentRecord<D>;
}

/** What the classes of this package may see of a record and others may not. */
export let handleOf: (record: EnvironmentRecord<any>) => handles.EnvironmentRecord | undefined;

/** How a record goes to another state: always from its own revision. */
type Way = Omit<TransitionOptions, 'ifRevision'>;

/**
 * An environment, as it was when it was read or written: its data, and where it stands in its lifecycle. The methods take it
 * to another state at once and return the record as it is then, if it is still at this one's revision. To keep other data,
 * replace `data` and give the record to {@link Environments.save}.
 */
export class EnvironmentRecord<D = Json> {
  /** Its name. */
  readonly name: string;
  /** The lifecycle that it follows. */
  readonly lifecycle: string;
  /** Where it stands in it. */
  readonly state: EnvironmentState;
  /** Its data. */
  data: D;
  /** Why the last command failed, in an error state; else null. */
  readonly failure: Failure | null;
  /** The last state that was no error and no command under way. */
  readonly lastSuccess: EnvironmentState | null;
  /** The step of the command under way, if it was told. */
  readonly step: string | null;
  /** The revision that wrote it; 0 if the transaction that reads it has written it itself. */
  readonly revision: number;
  /** When it was created, in milliseconds since 1970. */
  readonly createdAtMs: number;
  /** When it was last written. */
  readonly updatedAtMs: number;
  /** When it came into its state. */
  readonly enteredAtMs: number;
  readonly #handle: handles.EnvironmentRecord;
  readonly #home: Home;

  static {
    handleOf = (record) => (typeof record === 'object' && record !== null && #handle in record ? record.#handle : undefined);
  }

  /** @internal */
  constructor(handle: handles.EnvironmentRecord, home: Home) {
    const { data, failure, lastSuccess, step, ...fields } = handle.fields();
    this.name = fields.name;
    this.lifecycle = fields.lifecycle;
    this.state = fields.state;
    this.data = decode(data) as D;
    this.failure = failure ? shownFailure(failure) : null;
    this.lastSuccess = lastSuccess ?? null;
    this.step = step ?? null;
    this.revision = fields.revision;
    this.createdAtMs = fields.createdAtMs;
    this.updatedAtMs = fields.updatedAtMs;
    this.enteredAtMs = fields.enteredAtMs;
    this.#handle = handle;
    this.#home = home;
  }

  /** What to do about its state, if that is one that a command of the deployment lifecycle has left behind; else null. */
  recovery(): RecoveryGuide | null {
    return this.#handle.recovery() as RecoveryGuide | null;
  }

  /**
   * Takes it to another state of its lifecycle.
   *
   * @throws {InvalidTransitionError} that names what is allowed.
   * @throws {ConflictError} if it is at another revision by now.
   */
  async transition(to: EnvironmentState, options?: Way): Promise<EnvironmentRecord<D>> {
    return this.#home.transition(this.name, to, this.#here(options));
  }

  /** The twin of {@link transition}. */
  transitionSync(to: EnvironmentState, options?: Way): EnvironmentRecord<D> {
    return this.#home.transitionSync(this.name, to, this.#here(options));
  }

  #here(options: Way | undefined): TransitionOptions {
    // 0 is what a transaction has written itself, which nobody else can have changed.
    const ifRevision = this.revision === 0 ? undefined : this.revision;
    return { ...checked(options, WAY), ifRevision };
  }

  /** From `created` to `provisioning`. */
  async startProvisioning(): Promise<EnvironmentRecord<D>> {
    return this.transition('provisioning');
  }

  /** The twin of {@link startProvisioning}. */
  startProvisioningSync(): EnvironmentRecord<D> {
    return this.transitionSync('provisioning');
  }

  /** From `provisioning` to `provisioned`. */
  async provisioned(): Promise<EnvironmentRecord<D>> {
    return this.transition('provisioned');
  }

  /** The twin of {@link provisioned}. */
  provisionedSync(): EnvironmentRecord<D> {
    return this.transitionSync('provisioned');
  }

  /** From `provisioning` to `provision_failed`. */
  async provisionFailed(failure: FailureOptions): Promise<EnvironmentRecord<D>> {
    return this.transition('provision_failed', { failure });
  }

  /** The twin of {@link provisionFailed}. */
  provisionFailedSync(failure: FailureOptions): EnvironmentRecord<D> {
    return this.transitionSync('provision_failed', { failure });
  }

  /** From `provisioned` to `configuring`. */
  async startConfiguring(): Promise<EnvironmentRecord<D>> {
    return this.transition('configuring');
  }

  /** The twin of {@link startConfiguring}. */
  startConfiguringSync(): EnvironmentRecord<D> {
    return this.transitionSync('configuring');
  }

  /** From `configuring` to `configured`. */
  async configured(): Promise<EnvironmentRecord<D>> {
    return this.transition('configured');
  }

  /** The twin of {@link configured}. */
  configuredSync(): EnvironmentRecord<D> {
    return this.transitionSync('configured');
  }

  /** From `configuring` to `configure_failed`. */
  async configureFailed(failure: FailureOptions): Promise<EnvironmentRecord<D>> {
    return this.transition('configure_failed', { failure });
  }

  /** The twin of {@link configureFailed}. */
  configureFailedSync(failure: FailureOptions): EnvironmentRecord<D> {
    return this.transitionSync('configure_failed', { failure });
  }

  /** From `configured` to `releasing`. */
  async startReleasing(): Promise<EnvironmentRecord<D>> {
    return this.transition('releasing');
  }

  /** The twin of {@link startReleasing}. */
  startReleasingSync(): EnvironmentRecord<D> {
    return this.transitionSync('releasing');
  }

  /** From `releasing` to `released`. */
  async released(): Promise<EnvironmentRecord<D>> {
    return this.transition('released');
  }

  /** The twin of {@link released}. */
  releasedSync(): EnvironmentRecord<D> {
    return this.transitionSync('released');
  }

  /** From `releasing` to `release_failed`. */
  async releaseFailed(failure: FailureOptions): Promise<EnvironmentRecord<D>> {
    return this.transition('release_failed', { failure });
  }

  /** The twin of {@link releaseFailed}. */
  releaseFailedSync(failure: FailureOptions): EnvironmentRecord<D> {
    return this.transitionSync('release_failed', { failure });
  }

  /** From `released` to `running`. */
  async startRunning(): Promise<EnvironmentRecord<D>> {
    return this.transition('running');
  }

  /** The twin of {@link startRunning}. */
  startRunningSync(): EnvironmentRecord<D> {
    return this.transitionSync('running');
  }

  /** From `running` to `run_failed`. */
  async runFailed(failure: FailureOptions): Promise<EnvironmentRecord<D>> {
    return this.transition('run_failed', { failure });
  }

  /** The twin of {@link runFailed}. */
  runFailedSync(failure: FailureOptions): EnvironmentRecord<D> {
    return this.transitionSync('run_failed', { failure });
  }

  /** From any but `destroyed` to `destroyed`. */
  async destroy(): Promise<EnvironmentRecord<D>> {
    return this.transition('destroyed');
  }

  /** The twin of {@link destroy}. */
  destroySync(): EnvironmentRecord<D> {
    return this.transitionSync('destroyed');
  }

  /** From an error state to the state in which its command is under way again; from `run_failed` to `released`. */
  async retry(): Promise<EnvironmentRecord<D>> {
    return this.transition(this.#handle.retried());
  }

  /** The twin of {@link retry}. */
  retrySync(): EnvironmentRecord<D> {
    return this.transitionSync(this.#handle.retried());
  }
}

export function shownFailure(failure: handles.Failure): Failure {
  const { details, traceFile, ...fields } = failure;
  const decoded = details === undefined || details === null ? null : decode(details);
  return { ...fields, traceFile: traceFile ?? null, details: decoded } as Failure;
}
