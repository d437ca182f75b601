/** Faults: calls that are slow, or fail, on demand. */
import type { FaultCall, FaultOptions, FaultRule } from './fault-types.js';
import { later, native, now, type Call, type handles } from './native.js';
import { FAULT, checked, named, numeric } from './options.js';

/**
 * The faults of a store, or of one mock cloud: what makes its operations slow, or fail, so that you can test how your own
 * application takes it. The store must have been opened with `faults: true`. They are shared by all processes that opened it
 * so, and count for the next call.
 *
 * An operation is named by its facet and itself in snake_case, `namespace.get_or_set`; a pattern (`plugin.*`) means all that
 * match, and a name in camelCase (`startInstance`) the operation of a mock cloud.
 */
export class Faults {
  readonly #handle: handles.Faults;

  /** @internal */
  constructor(handle: handles.Faults) {
    this.#handle = handle;
  }

  /** The full names of all operations. */
  static operations(): string[] {
    return native.faultOperations();
  }

  /** Has every call wait so long that no fault with a latency of its own delays; 0 for not at all. */
  async setGlobalLatency(latencyMs: number): Promise<void> {
    await later((later) => this.#handle.setGlobalLatency(numeric('latencyMs', latencyMs), later));
  }

  /** The twin of {@link setGlobalLatency}. */
  setGlobalLatencySync(latencyMs: number): void {
    now((later) => this.#handle.setGlobalLatency(numeric('latencyMs', latencyMs), later));
  }

  /** How long every call waits. */
  async getGlobalLatency(): Promise<number> {
    return later((later) => this.#handle.getGlobalLatency(later));
  }

  /** The twin of {@link getGlobalLatency}. */
  getGlobalLatencySync(): number {
    return now((later) => this.#handle.getGlobalLatency(later));
  }

  /**
   * Sets a fault on an operation, or on all that match a pattern, in place of the one that was set on just this.
   *
   * @throws {InvalidValueError} for what is no operation, with the nearest one that is, and for a fault that does nothing.
   */
  async setOperationFailure(operation: string, options?: FaultOptions): Promise<void> {
    await later(this.#setting(operation, options));
  }

  /** The twin of {@link setOperationFailure}. */
  setOperationFailureSync(operation: string, options?: FaultOptions): void {
    now(this.#setting(operation, options));
  }

  #setting(operation: string, options: FaultOptions | undefined): Call<void> {
    const { seed, ...given } = checked(options, FAULT) ?? {};
    const failing = { ...given, ...(seed !== undefined && { seed: String(seed) }) } as handles.Failing;
    return (later) => this.#handle.setOperationFailure(named('operation', operation), failing, later);
  }

  /** The fault that is set on just this operation or pattern; undefined if none is. */
  async getOperationFailure(operation: string): Promise<FaultRule | undefined> {
    const found = await later((later) => this.#handle.getOperationFailure(named('operation', operation), later));
    return found ? shownRule(found) : undefined;
  }

  /** The twin of {@link getOperationFailure}. */
  getOperationFailureSync(operation: string): FaultRule | undefined {
    const found = now((later) => this.#handle.getOperationFailure(named('operation', operation), later));
    return found ? shownRule(found) : undefined;
  }

  /** Removes the fault from an operation or a pattern; says whether there was one. */
  async clearOperationFailure(operation: string): Promise<boolean> {
    return later((later) => this.#handle.clearOperationFailure(named('operation', operation), later));
  }

  /** The twin of {@link clearOperationFailure}. */
  clearOperationFailureSync(operation: string): boolean {
    return now((later) => this.#handle.clearOperationFailure(named('operation', operation), later));
  }

  /** Removes all faults, and says how many there were. What every call waits stays. */
  async clearAllFailures(): Promise<number> {
    return later((later) => this.#handle.clearAllFailures(later));
  }

  /** The twin of {@link clearAllFailures}. */
  clearAllFailuresSync(): number {
    return now((later) => this.#handle.clearAllFailures(later));
  }

  /** All faults that are set, in the order of their operations; those that are used up stay until they are cleared. */
  async list(): Promise<FaultRule[]> {
    return (await later((later) => this.#handle.list(later))).map(shownRule);
  }

  /** The twin of {@link list}. */
  listSync(): FaultRule[] {
    return now((later) => this.#handle.list(later)).map(shownRule);
  }

  /** The calls of an operation, or of all that match a pattern, the oldest first: those of the last 10,000 of all. */
  async calls(operation = '*'): Promise<FaultCall[]> {
    return (await later((later) => this.#handle.calls(named('operation', operation), later))).map(shownCall);
  }

  /** The twin of {@link calls}. */
  callsSync(operation = '*'): FaultCall[] {
    return now((later) => this.#handle.calls(named('operation', operation), later)).map(shownCall);
  }

  /** How many calls there were of an operation, or of all that match a pattern. */
  async count(operation = '*'): Promise<number> {
    return later((later) => this.#handle.count(named('operation', operation), later));
  }

  /** The twin of {@link count}. */
  countSync(operation = '*'): number {
    return now((later) => this.#handle.count(named('operation', operation), later));
  }

  /**
   * Fails if there were not so many calls.
   *
   * @throws {ValidationError} that tells how many there were.
   */
  async verify(operation: string, count: number): Promise<void> {
    await later((later) => this.#handle.verify(named('operation', operation), numeric('count', count), later));
  }

  /** The twin of {@link verify}. */
  verifySync(operation: string, count: number): void {
    now((later) => this.#handle.verify(named('operation', operation), numeric('count', count), later));
  }

  /** Forgets all calls. */
  async clearCalls(): Promise<void> {
    await later((later) => this.#handle.clearCalls(later));
  }

  /** The twin of {@link clearCalls}. */
  clearCallsSync(): void {
    now((later) => this.#handle.clearCalls(later));
  }
}

function shownRule({ scope, failure, remaining, ...rest }: handles.FaultRule): FaultRule {
  const { times, probability, seed: digits, latencyMs, jitterMs, ...fields } = failure as Required<handles.Failing>;
  const seed = Number.isSafeInteger(Number(digits)) ? Number(digits) : BigInt(digits);
  const limits = { times: times ?? null, probability: probability ?? null };
  const shown = { ...fields, ...limits, seed, latencyMs: latencyMs ?? null, jitterMs: jitterMs ?? null };
  return { ...rest, scope: scope ?? null, failure: shown, remaining: remaining ?? null };
}

function shownCall({ scope, errorCode, ...rest }: handles.FaultCall): FaultCall {
  return { ...rest, scope: scope ?? null, errorCode: errorCode ?? null };
}
