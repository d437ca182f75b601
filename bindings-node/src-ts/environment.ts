/** The record of one environment. */
import type { handles } from './native.js';
import { now } from './native.js';
import type { EnvironmentState, Failure, FailureOptions, RecoveryGuide, TransitionOptions } from './environment-types.js';
import { decode, type Json } from './value.js';

/** What a record's methods go through. */
export interface Home {
  transition<D>(name: string, to: string, options?: TransitionOptions): Promise<EnvironmentRecord<D>>;
  transitionSync<D>(name: string, to: string, options?: TransitionOptions): EnvironmentRecord<D>;
}

/** What the classes of this package may see of a record and others may not. */
export let handleOf: (record: EnvironmentRecord<any>) => handles.EnvironmentRecord | undefined;

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
  async transition(to: EnvironmentState, options?: TransitionOptions): Promise<EnvironmentRecord<D>> {
    return this.#home.transition(this.name, to, this.#here(options));
  }

  /** The twin of {@link transition}. */
  transitionSync(to: EnvironmentState, options?: TransitionOptions): EnvironmentRecord<D> {
    return this.#home.transitionSync(this.name, to, this.#here(options));
  }

  #here(options: TransitionOptions | undefined): TransitionOptions {
    // 0 is what a transaction has written itself, which nobody else can have changed.
    return { ...(this.revision === 0 ? {} : { ifRevision: this.revision }), ...options };
  }

  #retried(): string {
    return now(() => this.#handle.retried());
  }

  /** From `created` to `provisioning`. */
  async startProvisioning(options?: TransitionOptions): Promise<EnvironmentRecord<D>> {
    return this.transition('provisioning', options);
  }

  /** The twin of {@link startProvisioning}. */
  startProvisioningSync(options?: TransitionOptions): EnvironmentRecord<D> {
    return this.transitionSync('provisioning', options);
  }

  /** From `provisioning` to `provisioned`. */
  async provisioned(options?: TransitionOptions): Promise<EnvironmentRecord<D>> {
    return this.transition('provisioned', options);
  }

  /** The twin of {@link provisioned}. */
  provisionedSync(options?: TransitionOptions): EnvironmentRecord<D> {
    return this.transitionSync('provisioned', options);
  }

  /** From `provisioning` to `provision_failed`. */
  async provisionFailed(failure: FailureOptions, options?: TransitionOptions): Promise<EnvironmentRecord<D>> {
    return this.transition('provision_failed', { ...options, failure });
  }

  /** The twin of {@link provisionFailed}. */
  provisionFailedSync(failure: FailureOptions, options?: TransitionOptions): EnvironmentRecord<D> {
    return this.transitionSync('provision_failed', { ...options, failure });
  }

  /** From `provisioned` to `configuring`. */
  async startConfiguring(options?: TransitionOptions): Promise<EnvironmentRecord<D>> {
    return this.transition('configuring', options);
  }

  /** The twin of {@link startConfiguring}. */
  startConfiguringSync(options?: TransitionOptions): EnvironmentRecord<D> {
    return this.transitionSync('configuring', options);
  }

  /** From `configuring` to `configured`. */
  async configured(options?: TransitionOptions): Promise<EnvironmentRecord<D>> {
    return this.transition('configured', options);
  }

  /** The twin of {@link configured}. */
  configuredSync(options?: TransitionOptions): EnvironmentRecord<D> {
    return this.transitionSync('configured', options);
  }

  /** From `configuring` to `configure_failed`. */
  async configureFailed(failure: FailureOptions, options?: TransitionOptions): Promise<EnvironmentRecord<D>> {
    return this.transition('configure_failed', { ...options, failure });
  }

  /** The twin of {@link configureFailed}. */
  configureFailedSync(failure: FailureOptions, options?: TransitionOptions): EnvironmentRecord<D> {
    return this.transitionSync('configure_failed', { ...options, failure });
  }

  /** From `configured` to `releasing`. */
  async startReleasing(options?: TransitionOptions): Promise<EnvironmentRecord<D>> {
    return this.transition('releasing', options);
  }

  /** The twin of {@link startReleasing}. */
  startReleasingSync(options?: TransitionOptions): EnvironmentRecord<D> {
    return this.transitionSync('releasing', options);
  }

  /** From `releasing` to `released`. */
  async released(options?: TransitionOptions): Promise<EnvironmentRecord<D>> {
    return this.transition('released', options);
  }

  /** The twin of {@link released}. */
  releasedSync(options?: TransitionOptions): EnvironmentRecord<D> {
    return this.transitionSync('released', options);
  }

  /** From `releasing` to `release_failed`. */
  async releaseFailed(failure: FailureOptions, options?: TransitionOptions): Promise<EnvironmentRecord<D>> {
    return this.transition('release_failed', { ...options, failure });
  }

  /** The twin of {@link releaseFailed}. */
  releaseFailedSync(failure: FailureOptions, options?: TransitionOptions): EnvironmentRecord<D> {
    return this.transitionSync('release_failed', { ...options, failure });
  }

  /** From `released` to `running`. */
  async startRunning(options?: TransitionOptions): Promise<EnvironmentRecord<D>> {
    return this.transition('running', options);
  }

  /** The twin of {@link startRunning}. */
  startRunningSync(options?: TransitionOptions): EnvironmentRecord<D> {
    return this.transitionSync('running', options);
  }

  /** From `running` to `run_failed`. */
  async runFailed(failure: FailureOptions, options?: TransitionOptions): Promise<EnvironmentRecord<D>> {
    return this.transition('run_failed', { ...options, failure });
  }

  /** The twin of {@link runFailed}. */
  runFailedSync(failure: FailureOptions, options?: TransitionOptions): EnvironmentRecord<D> {
    return this.transitionSync('run_failed', { ...options, failure });
  }

  /** From any but `destroyed` to `destroyed`. */
  async destroy(options?: TransitionOptions): Promise<EnvironmentRecord<D>> {
    return this.transition('destroyed', options);
  }

  /** The twin of {@link destroy}. */
  destroySync(options?: TransitionOptions): EnvironmentRecord<D> {
    return this.transitionSync('destroyed', options);
  }

  /** From an error state to the state in which its command is under way again; from `run_failed` to `released`. */
  async retry(options?: TransitionOptions): Promise<EnvironmentRecord<D>> {
    return this.transition(this.#retried(), options);
  }

  /** The twin of {@link retry}. */
  retrySync(options?: TransitionOptions): EnvironmentRecord<D> {
    return this.transitionSync(this.#retried(), options);
  }
}

export function shownFailure(failure: handles.Failure): Failure {
  const { details, traceFile, ...fields } = failure;
  const decoded = details === undefined || details === null ? null : decode(details);
  return { ...fields, traceFile: traceFile ?? null, details: decoded } as Failure;
}
